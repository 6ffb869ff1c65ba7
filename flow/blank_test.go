package flow

import (
	_ "embed"
	"testing"

	"softshell/effects"
)

//go:embed testdata/blank.mir
var blankMIR string

// The text is this function:
//
//	pub fn repeat<T: Clone>(n: usize, x: T) -> Vec<T> {
//	    let mut v = Vec::with_capacity(n);
//	    unsafe { v.set_len(n) }
//	    for i in 0..n {
//	        v[i] = x.clone();
//	    }
//	    v
//	}
func TestBlanks(t *testing.T) {
	w := load(t, 0, blankMIR)
	f := w.fn("repeat")
	v := w.View(f)
	calls := map[string]*CallSite{}
	for _, c := range v.Calls() {
		calls[c.Last()] = c
	}
	blanks := v.Blanks(nil)
	if !MayBlank(f) || len(blanks) != 2 || blanks[0].How != BlankAlloc {
		t.Fatalf("not the room of the Vec and its length: %+v", blanks)
	}
	b := &blanks[1]
	if b.How != BlankLength || b.Block != calls["set_len"].Block || b.Maker != calls["with_capacity"].Block || b.Elem.Text != "T" {
		t.Errorf("blank is %+v", b)
	}
	if x := v.Exposures(b); len(x) != 0 {
		t.Errorf("a loop that writes comes before the return: %+v", x)
	}
	if v.ReturnsBlank() {
		t.Error("what is returned was written")
	}
	var assign, unwind bool
	for _, d := range v.BlankDrops(b) {
		switch d.Kind {
		case DropAssign:
			assign = d.Type.Text == "T"
		case DropUnwind:
			unwind = d.Panics == effects.Yes && d.Way.Unwound == calls["clone"].Block
		default:
			t.Errorf("unexpected: %+v", d)
		}
	}
	if !assign || !unwind {
		t.Errorf("the assignment drops (%v), and so does a panic of clone (%v)", assign, unwind)
	}
}
