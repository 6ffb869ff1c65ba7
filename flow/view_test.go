package flow

import (
	_ "embed"
	"testing"

	"softshell/effects"
	"softshell/mir"
)

//go:embed testdata/view.mir
var viewMIR string

// The text is this function:
//
//	pub fn fill<F: FnMut() -> u8>(v: &mut Vec<u8>, n: usize, mut f: F) {
//	    if n > v.capacity() { return; }
//	    unsafe { v.set_len(n) };
//	    let mut i = 0;
//	    while i < n {
//	        let p = unsafe { v.as_mut_ptr().add(i) };
//	        unsafe { std::ptr::write(p, f()) };
//	        i += 1;
//	    }
//	}
func view(t *testing.T) (*View, map[string]*CallSite) {
	w := load(t, 0, viewMIR)
	v := w.View(w.fn("fill"))
	calls := map[string]*CallSite{}
	for _, c := range v.Calls() {
		calls[c.Last()] = c
	}
	return v, calls
}

func TestMayCall(t *testing.T) {
	v, _ := view(t)
	if !v.Fn.MayCall("set_len") || !v.Fn.MayCall("nothing_of_it", "write") || !v.Fn.Raw {
		t.Error("the filter denies what the body calls")
	}
	if v.Fn.MayCall("assume_init") {
		t.Error("the filter says nothing: assume_init")
	}
}

func TestViewCalls(t *testing.T) {
	v, calls := view(t)
	if !calls["set_len"].Is("Vec::set_len") || calls["set_len"].Is("Vec::len") {
		t.Errorf("set_len has the names %v", calls["set_len"].keys)
	}
	if c := calls["call_mut"]; !v.UserCode(c.Block) || v.Unwinds(c.Block) != effects.Yes {
		t.Error("a closure's call is code of the caller's choice and may panic")
	}
	if c := calls["write"]; v.UserCode(c.Block) || v.Unwinds(c.Block) != effects.No {
		t.Error("ptr::write cannot panic")
	}
	if ty := v.TypeOf(&calls["write"].Args[1]); ty == nil || ty.Text != "u8" || v.Generic(ty) {
		t.Error("u8 is no type parameter")
	}
	if !v.Generic(v.MIR.Locals[3].Type) {
		t.Error("F is a type parameter")
	}
}

func TestRoot(t *testing.T) {
	v, calls := view(t)
	r, s := v.Root(&calls["write"].Args[0]), v.Root(&calls["set_len"].Args[0])
	if r.Local() != 1 || !r.Points || len(r.Via) != 2 || r.Made != -1 {
		t.Errorf("the pointer that is written through comes from %+v", r)
	}
	if r.Ref != s.Ref || !v.Inside(r.Ref, s.Ref) {
		t.Errorf("%+v and %+v are one Vec", r, s)
	}
	if r := v.Root(&calls["write"].Args[1]); r.Made != calls["call_mut"].Block {
		t.Errorf("what is written is made by the closure, not %+v", r)
	}
	if r := v.Root(&calls["add"].Args[1]); r.Local() == 2 || r.Made != -1 {
		t.Errorf("i is assigned twice: %+v", r)
	}
}

func TestOrder(t *testing.T) {
	v, calls := view(t)
	set, write, call := calls["set_len"].Block, calls["write"].Block, calls["call_mut"].Block
	if !v.Before(Point{set, Term}, Point{write, Term}) || v.Before(Point{write, Term}, Point{set, Term}) {
		t.Error("set_len comes before write, and not the other way round")
	}
	if v.Loop(set) != 0 || v.Loop(write) == 0 || v.Loop(write) != v.Loop(call) {
		t.Errorf("loops: set_len %d, write %d, call %d", v.Loop(set), v.Loop(write), v.Loop(call))
	}
	guards := v.Guards(set)
	if len(guards) != 1 {
		t.Fatalf("set_len is behind %d branches", len(guards))
	}
	c, ok := v.Compares(guards[0])
	if !ok || c.Op != "Le" || v.Root(c.X).Local() != 2 || v.Root(c.Y).Made != calls["capacity"].Block {
		t.Errorf("set_len is called where n <= capacity, not %+v", c)
	}
}

func TestWalk(t *testing.T) {
	v, calls := view(t)
	set, call := calls["set_len"].Block, calls["call_mut"].Block
	resumed := Point{-1, 0}
	w := v.WalkReturn(set, func(at Point, unwound bool) bool {
		if unwound && v.MIR.Blocks[at.Block].Term.Kind == mir.UnwindResume {
			resumed = at
		}
		return at.Block != call || at.Stmt != Term || unwound
	})
	if resumed.Block < 0 {
		t.Error("as_mut_ptr has an unwinding edge before the closure's call")
	}
	path := w.To(call, false)
	if len(path) < 3 || path[0].Block != set || path[len(path)-1].Block != call || !v.Feasible(path) {
		t.Errorf("the way to the closure is %v", path)
	}
	if w.To(calls["capacity"].Block, false) != nil {
		t.Error("nothing leads back to capacity")
	}
	w = v.WalkUnwind(call, func(Point, bool) bool { return true })
	if end := w.Ending(resumed, true); end.Unwound != call {
		t.Errorf("the panic comes from bb%d", end.Unwound)
	}
	for i := range v.MIR.Blocks {
		if v.MIR.Blocks[i].Term.Kind == mir.Return && w.To(int32(i), false) != nil {
			t.Error("what unwinds does not return")
		}
	}
}

// TestInfeasible: the way that takes both sides of one comparison is none.
func TestInfeasible(t *testing.T) {
	v, calls := view(t)
	g := v.Guards(calls["set_len"].Block)[0]
	both := []Step{{Block: g.Block, Case: g.Case}, {Block: g.Block, Case: -1 - g.Case}}
	if v.Feasible(both) || !v.Feasible(both[:1]) {
		t.Error("n > capacity and n <= capacity hold together")
	}
}
