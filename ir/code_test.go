package ir

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"softshell/mir"
)

// TestProgram holds the order of what a program declares and numbers.
func TestProgram(t *testing.T) {
	p := NewProgram(7)
	a := p.Declare("a", "/a", nil)
	b := p.Declare("b", "/b", []*Crate{a})
	old := p.Declare("a", "/old", nil)
	c := p.Declare("c", "/c", []*Crate{b, old})
	if p.Budget() != 7 || !p.Declares("a") || p.Declares("d") {
		t.Error("budget or names are not what they were")
	}
	if b.deps["a"] != a || c.deps["b"] != b || c.deps["a"] != old || len(a.deps) != 0 {
		t.Errorf("a crate may call %v, the direct dependency of a name goes first", c.deps)
	}
	one := body(t, sane)
	a.Fill(WholeBodies([]*mir.Body{one, one}), nil, nil)
	b.Fill(WholeBodies([]*mir.Body{one}), nil, nil)
	var ids []int
	for _, f := range slices.Concat(a.Funcs, b.Funcs) {
		ids = append(ids, f.ID)
		if f.Blocks != 9 || f.Head.Blocks != nil || f.Shared || f.Last != "f" {
			t.Errorf("%+v", f)
		}
	}
	if !slices.Equal(ids, []int{0, 1, 2}) {
		t.Errorf("functions are numbered %v", ids)
	}
	call := mir.NewTypes().Path("f")
	if p.Resolve(a, call) != nil || p.Resolve(b, call) != b.Funcs[0] || p.Resolve(c, mir.NewTypes().Path("b::f")) != b.Funcs[0] || p.Resolve(b, nil) != nil {
		t.Error("a name that two functions have is told apart, or one is not found")
	}
}

func TestDropImpl(t *testing.T) {
	p, dep, top := load(t, 0)
	types := mir.NewTypes()
	for _, c := range []struct {
		in   *Crate
		ty   string
		want string
	}{
		{top, "m::Unit", "<Unit as Drop>::drop"},
		{top, "m::Node<u8>", ""},
		{top, "dep::m::Node<u8>", "<Node<T> as Drop>::drop"},
		{dep, "m::Node<T>", "<Node<T> as Drop>::drop"},
		{dep, "top::m::Unit", ""}, // it does not depend on top
		{top, "&m::Unit", ""},
		{top, "u8", ""},
	} {
		got := ""
		if f := p.DropImpl(c.in, types.Type(c.ty)); f != nil {
			got = f.Name
		}
		if got != c.want {
			t.Errorf("%s in %s: got %q, want %q", c.ty, c.in.Name, got, c.want)
		}
	}
	if p.DropImpl(top, nil) != nil {
		t.Error("no type has a destructor")
	}
}

func TestTypes(t *testing.T) {
	b := body(t, "fn f(_1: &mut std::boxed::Box<[m::Node<'_, 3, u8>; 2]>) -> () {\n    let mut _0: ();\n\n    bb0: {\n        return;\n    }\n}\n")
	deref, index := mir.Proj{Kind: mir.Deref}, mir.Proj{Kind: mir.Index}
	field := mir.Proj{Kind: mir.Field, Type: b.Ret}
	for _, c := range []struct {
		proj []mir.Proj
		want string
	}{
		{nil, "&mut std::boxed::Box<[m::Node<'_, 3, u8>; 2]>"},
		{[]mir.Proj{deref, deref}, "[m::Node<'_, 3, u8>; 2]"},
		{[]mir.Proj{deref, deref, index}, "m::Node<'_, 3, u8>"},
		{[]mir.Proj{deref, deref, {Kind: mir.Subslice}}, "[m::Node<'_, 3, u8>; 2]"},
		{[]mir.Proj{deref, deref, index, {Kind: mir.Downcast}, field}, "()"},
		{[]mir.Proj{deref, deref, deref}, ""},
		{[]mir.Proj{field, index}, ""},
		{[]mir.Proj{{Kind: mir.UnwrapUnsafeBinder}}, ""},
	} {
		got := ""
		if ty := PlaceType(b, &mir.Place{Local: 1, Proj: c.proj}); ty != nil {
			got = ty.Text
		}
		if got != c.want {
			t.Errorf("%v: got %q, want %q", c.proj, got, c.want)
		}
	}
	node := PlaceType(b, &mir.Place{Local: 1, Proj: []mir.Proj{deref, deref, index}})
	if a := TypeArg(node, 0); a == nil || a.Text != "u8" || TypeArg(node, 1) != nil {
		t.Errorf("the type argument of %s is %v", node.Text, a)
	}
	if PlaceType(b, &mir.Place{Local: 9}) != nil || Pointee(nil) != nil || TypeArg(b.Ret, 0) != nil || LastSeg(nil) != "" {
		t.Error("what is not there has a type")
	}
}

// state is what a test sees of a code.
func state(c *Code) (names []string, blocks int) {
	for _, call := range c.Calls {
		if call != nil && call.Target != nil {
			names = append(names, call.Target.Name)
		}
	}
	return names, len(c.Body.Blocks)
}

func TestReleaseThenCode(t *testing.T) {
	p, _, top := load(t, 0)
	f := named(t, top, "calls")
	before := f.Code()
	if f.Code() != before {
		t.Error("code in memory is made anew")
	}
	names, blocks := state(before)
	then := 0
	top.Release(func() { then++ })
	after := f.Code()
	if after == before || then != 1 {
		t.Errorf("code stays after the release, or what follows ran %d times", then)
	}
	gotNames, gotBlocks := state(after)
	if !slices.Equal(names, gotNames) || blocks != gotBlocks || !reflect.DeepEqual(before.CFG, after.CFG) {
		t.Errorf("read again, the code has the calls %v in %d blocks, not %v in %d", gotNames, gotBlocks, names, blocks)
	}
	for i, ty := range before.Body.Locals {
		if ty.Type != after.Body.Locals[i].Type {
			t.Errorf("_%d: a type is another node when it is read again", i)
		}
	}
	for _, g := range top.Funcs {
		for _, err := range Sanity(g.Code().Body, g.Code().CFG) {
			t.Error(err)
		}
	}
	if p.Err() != nil {
		t.Error(p.Err())
	}
}

// TestNoSource holds that code stays when there is nothing to read it from.
func TestNoSource(t *testing.T) {
	c := NewProgram(1).Declare("c", ".", nil)
	c.Fill(WholeBodies([]*mir.Body{body(t, sane)}), nil, nil)
	c.Release(func() { t.Error("nothing was released") })
	if n := len(c.Funcs[0].Code().Body.Blocks); n != 9 {
		t.Errorf("the code has %d blocks", n)
	}
}

// TestSourceFails holds that the first error is kept, and that a function
// whose body is lost is empty, not gone.
func TestSourceFails(t *testing.T) {
	p := NewProgram(0)
	c := p.Declare("c", ".", nil)
	calls := 0
	c.Fill(WholeBodies([]*mir.Body{body(t, sane), body(t, strings.Replace(sane, "fn f(", "fn g(", 1))}), nil, func(head *mir.Body) (*mir.Body, error) {
		calls++
		return nil, errors.New("gone: " + head.Name)
	})
	c.Release(func() {})
	for _, f := range c.Funcs {
		for range 2 {
			if code := f.Code(); code.Body != f.Head || len(code.Calls) != 0 || len(code.CFG.RPO) != 0 {
				t.Errorf("%s has code that could not be read", f.Name)
			}
		}
	}
	if err := p.Err(); err == nil || err.Error() != "read f of crate c again: gone: f" || calls != 2 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

// TestBudget holds how many bodies of released crates stay in memory: less than
// the budget, but never less than the last one.
func TestBudget(t *testing.T) {
	size := body(t, sane).Size
	for _, c := range []struct {
		budget int64
		most   int
	}{
		{0, 40}, {1, 1}, {2 * size, 1}, {8 * size, 7}, {1000 * size, 40},
	} {
		p := NewProgram(c.budget)
		crate := p.Declare("c", ".", nil)
		var bodies []*mir.Body
		for range 40 {
			bodies = append(bodies, body(t, sane))
		}
		read := 0
		crate.Fill(WholeBodies(bodies), nil, func(*mir.Body) (*mir.Body, error) {
			read++
			return body(t, sane), nil
		})
		crate.Release(func() {})
		most := 0
		for range 3 {
			for _, f := range crate.Funcs {
				if f.Code() == nil || f.code.Load() == nil {
					t.Fatalf("budget %d: what was just asked for is not in memory", c.budget)
				}
				held := 0
				for _, g := range crate.Funcs {
					if g.code.Load() != nil {
						held++
					}
				}
				most = max(most, held)
			}
		}
		if most != c.most {
			t.Errorf("budget of %d bodies: up to %d are held, want %d", c.budget/size, most, c.most)
		}
		if again := read > 40; again != (c.most < 40) {
			t.Errorf("budget of %d bodies: %d were read", c.budget/size, read)
		}
	}
}

// TestCodeAtOnce asks for the same code from many sides; the race detector looks on.
func TestCodeAtOnce(t *testing.T) {
	p, dep, top := load(t, 1)
	dep.Release(func() {})
	top.Release(func() {})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, f := range slices.Concat(top.Funcs, dep.Funcs) {
				if c := f.Code(); len(c.Body.Blocks) != f.Blocks || len(c.Calls) != f.Blocks {
					t.Errorf("%s has %d blocks, not %d", f.Name, len(c.Body.Blocks), f.Blocks)
				}
			}
		})
	}
	wg.Wait()
	if p.Err() != nil {
		t.Error(p.Err())
	}
}
