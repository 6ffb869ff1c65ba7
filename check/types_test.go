package check

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
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
// first. SOFTSHELL_CORPUS names the project: make corpus runs it.
func TestCorpusTypes(t *testing.T) {
	project := os.Getenv("SOFTSHELL_CORPUS")
	if project == "" {
		t.Skip("SOFTSHELL_CORPUS names no project; make corpus does")
	}
	ctx := context.Background()
	c := capture.New()
	build, err := c.Run(ctx, capture.Options{Path: project, Deps: true})
	if err != nil {
		t.Fatal(err)
	}
	models, err := effects.Load()
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Build: build, Capturer: c, Deps: true, Jobs: 2, Models: models}
	prog := ir.NewProgram(minAgain)
	loaded := units(&in, prog)
	for _, l := range loaded {
		l.needed = l.crate != nil
	}
	ti := newTypes(ctx, &in, loaded)
	if err := pipeline(ctx, in.Jobs, memoryLimits(&in), loaded, func() {}, func(int) error { return nil }); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	known, unknown, unsure, others := map[string]bool{}, map[string]int{}, map[string]int{}, map[string]int{}
	texts := 0
	for _, l := range loaded {
		ut := ti.units[l.crate]
		if ut == nil {
			continue
		}
		seen := map[*mir.Type]bool{}
		for _, f := range l.crate.Funcs {
			body := f.Code().Body
			for i := range body.Locals {
				ty := body.Locals[i].Type
				if ty == nil || seen[ty] {
					continue
				}
				seen[ty] = true
				texts++
				r := ut.resolved(ut.answer(ty), ty)
				own := ti.u.Owns(r)
				r.Walk(func(x *types.Type) bool {
					ti.u.Described(x)
					if x.Kind == types.Other {
						others[ut.crate.Name+": "+x.Name+" in "+ty.Text]++
					}
					return true
				})
				for _, d := range ti.u.Definitions(r, true) {
					known[d.Path] = d.Known
					if !d.Known {
						unknown[ut.crate.Name+": "+d.Path]++
					}
				}
				if own.Answer() == types.Unknown {
					unsure[r.String()]++
				}
			}
		}
	}
	checkVariants(t, ti)
	bad := 0
	for _, ok := range known {
		if !ok {
			bad++
		}
	}
	fmt.Printf("%d spellings, %d definitions, %d unresolved (%.2f %%), %.1f s\n", texts, len(known), bad, 100*float64(bad)/float64(len(known)), time.Since(start).Seconds())
	show("not described", unknown)
	show("not understood", others)
	show("owns something unknown", unsure)
}

// checkVariants compares what bodies show of enums with the crates' items.
func checkVariants(t *testing.T, ti *typeInfo) {
	t.Helper()
	same, open := 0, 0
	for _, ut := range ti.units {
		for enum, variants := range ut.seen().variants {
			if variants == nil {
				t.Errorf("%s: bodies disagree on %s", ut.crate.Name, enum)
			}
			for discr, name := range variants {
				switch want := ti.u.VariantOf(ti.u.ResolveText(ut.crate, enum), discr); {
				case want == "":
					open++
				case sameVariant(want, name) != effects.Yes:
					t.Errorf("%s: %s %d is %s, bodies show %s", ut.crate.Name, enum, discr, want, name)
				default:
					same++
				}
			}
		}
	}
	fmt.Printf("variants: %d as the items say, %d of enums without items\n", same, open)
}

func show(title string, n map[string]int) {
	keys := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
	fmt.Printf("%s: %d\n", title, len(keys))
	for _, k := range keys[:min(len(keys), 150)] {
		fmt.Printf("  %5d %s\n", n[k], k)
	}
}
