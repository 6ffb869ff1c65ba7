package check

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"softshell/capture"
	"softshell/effects"
	"softshell/ir"
	"softshell/ir/types"
	"softshell/mir"
)

func TestMain(m *testing.M) {
	if capture.WrapperMain() {
		return
	}
	os.Exit(m.Run())
}

// TestCorpusTypes resolves every type of every local of a cargo project and
// its dependencies, and lists those that nothing describes, the most frequent
// first. SOFTSHELL_CORPUS names the project, SOFTSHELL_CORPUS_CACHE a cache folder.
func TestCorpusTypes(t *testing.T) {
	project := os.Getenv("SOFTSHELL_CORPUS")
	if project == "" {
		t.Skip("SOFTSHELL_CORPUS names no project")
	}
	ctx := context.Background()
	c := capture.New()
	build, err := c.Run(ctx, capture.Options{Path: project, Deps: true, CacheDir: os.Getenv("SOFTSHELL_CORPUS_CACHE")})
	if err != nil {
		t.Fatal(err)
	}
	models, err := effects.Load()
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Build: build, Capturer: c, Jobs: 2, Models: models}
	loaded, err := load(ctx, &in)
	if err != nil {
		t.Fatal(err)
	}
	prog := ir.NewProgram()
	for _, l := range loaded {
		if l.bodies != nil {
			l.crate = prog.AddCrate(l.unit.Crate, l.unit.Dir, l.sources, l.bodies)
		}
	}
	prog.Link()
	ti := newTypes(ctx, &in, loaded)
	start := time.Now()
	defs, unknown := map[*types.Def]bool{}, map[string]int{}
	texts, others, unsure := 0, map[string]int{}, map[string]int{}
	for _, l := range loaded {
		ut := ti.units[l.crate]
		if ut == nil {
			continue
		}
		seen := map[*mir.Type]bool{}
		for _, f := range l.crate.Funcs {
			for i := range f.Body.Locals {
				ty := f.Body.Locals[i].Type
				if ty == nil || seen[ty] {
					continue
				}
				seen[ty] = true
				texts++
				r := ut.resolved(ut.answer(ty), ty)
				if ut.owns(ty) == types.Unknown {
					for _, d := range ti.u.Definitions(r, true) {
						if !d.Known() || ti.u.Encoding(d)&types.OwnUnknown != 0 {
							unsure[d.Path+why(ti.u, d)]++
						}
					}
				}
				r.Walk(func(x *types.Type) bool {
					switch {
					case x.Kind == types.Other:
						others[ut.crate.Name+": "+x.Name+" in "+ty.Text]++
					case x.Kind == types.ADT:
						defs[x.Def] = true
						if !x.Def.Known() {
							unknown[ut.crate.Name+": "+x.Def.Path]++
						}
					}
					return true
				})
			}
		}
	}
	bad := 0
	for d := range defs {
		if !d.Known() {
			bad++
		}
	}
	fmt.Printf("%d spellings, %d definitions, %d unresolved (%.2f %%), %.1f s\n", texts, len(defs), bad, 100*float64(bad)/float64(len(defs)), time.Since(start).Seconds())
	show("not described", unknown)
	show("not understood", others)
	show("owns something unknown", unsure)
}

func show(title string, n map[string]int) {
	keys := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
	fmt.Printf("%s: %d\n", title, len(keys))
	for _, k := range keys[:min(len(keys), 150)] {
		fmt.Printf("  %5d %s\n", n[k], k)
	}
}

// why lists the fields of a definition whose ownership is not known.
func why(u *types.Universe, d *types.Def) string {
	var out []string
	for _, v := range u.Fields(u.Identity(d)) {
		for _, f := range v.Fields {
			if o := u.Owns(f.Type); o&types.OwnUnknown != 0 {
				out = append(out, f.Name+": "+f.Type.String())
			}
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " {" + strings.Join(out, ", ") + "}"
}
