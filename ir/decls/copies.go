package decls

import (
	"fmt"
	"strings"

	"softshell/items"
)

// Copied lists the type parameters of a function that are Copy by their bounds.
// impl is the place of the block that holds it as MIR prints it, "" for a free
// function; path is its path from the crate's root, of which a method's last
// segment counts.
func (c *Crate) Copied(impl, path string) map[string]bool {
	out := map[string]bool{}
	for _, f := range c.Items.Fns {
		if impl == "" {
			if f.Impl >= 0 || f.Path != c.Items.Name+"::"+path {
				continue
			}
		} else {
			if f.Impl < 0 || f.Impl >= len(c.Items.Impls) || lastSegment(f.Path) != lastSegment(path) || !stands(c.Items.Impls[f.Impl].Span, impl) {
				continue
			}
			im := c.Items.Impls[f.Impl]
			c.copied(out, im.Generics, im.Where)
		}
		c.copied(out, f.Generics, f.Where)
	}
	return out
}

// stands reports whether a block printed as "file:line:col: line:col" starts
// at a span. Folders are left out: they depend on where rustc ran.
func stands(sp items.Span, at string) bool {
	return strings.HasPrefix(lastFile(at)+":", fmt.Sprintf("%s:%d:%d:", lastFile(sp.File), sp.Line, sp.Col))
}

func lastFile(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

func (c *Crate) copied(out map[string]bool, gs []items.Generic, where []string) {
	for _, g := range gs {
		for _, b := range g.Bounds {
			if c.isCopy(b, 0) {
				out[g.Name] = true
			}
		}
	}
	for _, w := range where {
		if name, bound, ok := strings.Cut(w, ": "); ok && c.isCopy(bound, 0) {
			out[name] = true
		}
	}
}

// isCopy reports whether a bound is Copy, or a trait of the crate that asks for it.
func (c *Crate) isCopy(bound string, depth int) bool {
	for _, b := range strings.Split(bound, " + ") {
		if lastSegment(b) == "Copy" {
			return true
		}
		if t := c.traits[stripped(b)]; t != nil && depth < 4 {
			for _, super := range t.Bounds {
				if c.isCopy(super, depth+1) {
					return true
				}
			}
		}
	}
	return false
}

// stripped is a trait's path without its arguments.
func stripped(bound string) string {
	path, _, _ := strings.Cut(bound, "<")
	return path
}
