package check

import (
	"strings"

	"softshell/ir"
	"softshell/ir/types"
	"softshell/mir"
)

// bodyFacts is what the bodies of a unit show of its types.
type bodyFacts struct {
	roots  map[string]bool     // names of modules and types at the crate's root
	plain  map[string]bool     // paths, without arguments, of the types of locals
	shapes map[string][]string // what closures capture; the fields of types by path
	strong bool                // a type holds a counted owner

	met map[*mir.Type]bool // while bodies are read
}

func newBodyFacts() *bodyFacts {
	return &bodyFacts{roots: map[string]bool{}, plain: map[string]bool{}, shapes: map[string][]string{}, met: map[*mir.Type]bool{}}
}

// read notes what a body shows.
func (n *bodyFacts) read(b *mir.Body) {
	for i := range b.Locals {
		n.readType(b.Locals[i].Type)
	}
	for i := range b.Blocks {
		for j := range b.Blocks[i].Stmts {
			if rv := b.Blocks[i].Stmts[j].Rvalue; rv != nil {
				n.readRvalue(b, rv)
			}
		}
	}
}

func (n *bodyFacts) addRoot(path string) {
	head, _, _ := strings.Cut(path, "::")
	if head != "" && !strings.ContainsAny(head, "<{ &*([") {
		n.roots[head] = true
	}
}

// readType notes the paths in a type.
func (n *bodyFacts) readType(ty *mir.Type) {
	if ty == nil || n.met[ty] {
		return
	}
	n.met[ty] = true
	if !n.strong {
		n.strong = types.Builtin().MentionsStrong(ty.Text)
	}
	for _, a := range ty.Args {
		n.readType(a)
	}
	if ty.Path == nil || ty.Kind != mir.TypePath && ty.Kind != mir.TypeParam {
		return
	}
	n.plain[ty.Path.Plain] = true
	for _, s := range ty.Path.Segs {
		for _, a := range s.Args {
			n.readType(a.Type)
		}
	}
}

// readRvalue notes what the making of a closure or of a type's value shows.
func (n *bodyFacts) readRvalue(b *mir.Body, rv *mir.Rvalue) {
	switch {
	case rv.Kind == mir.Closure && rv.Type != nil:
		n.addShape(b, rv.Type.Text, rv.Args)
	case rv.Kind == mir.Adt && rv.Path != nil:
		n.addRoot(rv.Path.Plain)
		n.addShape(b, rv.Path.Plain, rv.Args)
		if i := strings.LastIndex(rv.Path.Plain, "::"); i > 0 {
			n.addShape(b, rv.Path.Plain[:i], rv.Args) // of an enum one variant is seen
		}
	}
}

// addShape notes the types of the operands that make a value.
func (n *bodyFacts) addShape(b *mir.Body, text string, args []mir.Operand) {
	if _, have := n.shapes[text]; have {
		return
	}
	fields := make([]string, 0, len(args))
	for i := range args {
		var ty *mir.Type
		switch {
		case args[i].Kind == mir.Copy || args[i].Kind == mir.Move:
			ty = ir.PlaceType(b, &args[i].Place)
		case args[i].Const != nil:
			ty = args[i].Const.Type
		}
		if ty == nil {
			fields = append(fields, "()") // a constant: it owns nothing
			continue
		}
		fields = append(fields, ty.Text)
	}
	n.shapes[text] = fields
}
