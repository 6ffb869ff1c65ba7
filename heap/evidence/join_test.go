package evidence_test

import (
	"strings"
	"testing"

	"softshell/finding"
	"softshell/heap/evidence"
	"softshell/heap/profile/profiletest"
	"softshell/heap/view"
)

func found(item string, fields ...string) finding.Finding {
	return finding.Finding{Rule: "rc-cycle", Crate: "leaky", Item: item, Grade: finding.Possible, Fields: fields}
}

func TestJoin(t *testing.T) {
	for name, c := range map[string]struct {
		f         finding.Finding
		grade     finding.Grade
		evidence  string // words of it, "" for none
		unexplain bool
	}{
		"as recorded":         {found("create_and_leak", "Node.next"), finding.Confirmed, "2 cycles of 2 `leaky::Node` (Rc), 80 bytes each, held by field `next`, allocated at src/main.rs:14 and :15", false},
		"generic type":        {found("create_and_leak", "Node<T>.next"), finding.Confirmed, "2 cycles", false},
		"a caller":            {found("main", "Node.next"), finding.Confirmed, "2 cycles", false},
		"the type alone":      {found("Node.next", "Node.next"), finding.Confirmed, "2 cycles", false},
		"allocated elsewhere": {found("other", "Node.next"), finding.Possible, "`other` did not allocate them", false},
		"another field":       {found("create_and_leak", "Node.prev"), finding.Possible, "", true},
		"another type":        {found("create_and_leak", "Edge.next"), finding.Possible, "", true},
		"one field of two":    {found("create_and_leak", "Node.next", "Node.parent"), finding.Possible, "", true},
		"part of a name":      {found("create", "Node.next"), finding.Possible, "did not allocate", false},
		"no fields known":     {found("create_and_leak"), finding.Possible, "", true},
		"another crate":       {finding.Finding{Rule: "rc-cycle", Crate: "other", Item: "create_and_leak", Fields: []string{"Node.next"}}, finding.Possible, "", true},
		"another rule":        {finding.Finding{Rule: "orphan-object", Crate: "leaky", Item: "create_and_leak", Fields: []string{"Node.next"}}, finding.Possible, "", true},
	} {
		fs := []finding.Finding{c.f}
		notes := evidence.Join(fs, view.New(profiletest.Leaky(), view.Options{}), "run.profile")
		text := ""
		for _, e := range fs[0].Evidence {
			text += e.Text
		}
		if fs[0].Grade != c.grade || !strings.Contains(text, c.evidence) || c.evidence == "" && text != "" || (len(notes) > 0) != c.unexplain {
			t.Errorf("%s: %s, %q, %q", name, fs[0].Grade, text, notes)
		}
	}
}

// The run names types and functions with their arguments, closures and traits.
func TestNames(t *testing.T) {
	p := profiletest.Leaky()
	for i := range p.Frames {
		if f := &p.Frames[i]; f.Function == "leaky::create_and_leak" {
			f.Function = "<leaky::list::Chain<leaky::Item<u8>> as leaky::Build>::build::{closure#0}"
		}
	}
	for i := range p.Cycles[0].Members {
		p.Cycles[0].Members[i].Type = "core::cell::RefCell<leaky::list::Node<leaky::Item<u8>>>"
	}
	for i := range p.Cycles[0].Holds {
		p.Cycles[0].Holds[i].Field = "next.value"
	}
	fs := []finding.Finding{found("<list::Chain<T> as Build>::build", "Node.next")}
	if notes := evidence.Join(fs, view.New(p, view.Options{}), "run.profile"); len(notes) > 0 || fs[0].Grade != finding.Confirmed {
		t.Errorf("%s, %q", fs[0].Grade, notes)
	}
	p.Cycles = nil
	fs[0].Grade = finding.Likely
	if notes := evidence.Join(fs, view.New(p, view.Options{}), "run.profile"); len(notes) != 1 || fs[0].Grade != finding.Likely {
		t.Errorf("a run without a cycle: %s, %q", fs[0].Grade, notes)
	}
}

// A module whose name ends like the crate's stays whole, and a generic function is
// met whatever it was made for.
func TestNamesOfModules(t *testing.T) {
	p := profiletest.Leaky()
	for i := range p.Frames {
		if f := &p.Frames[i]; f.Function == "leaky::create_and_leak" {
			f.Function = "leaky::not_leaky::create::<alloc::vec::Vec<leaky::Item>>::{closure#1}"
		}
	}
	fs := []finding.Finding{found("not_leaky::create", "Node.next")}
	if evidence.Join(fs, view.New(p, view.Options{}), "run.profile"); fs[0].Grade != finding.Confirmed {
		t.Errorf("%s, %+v", fs[0].Grade, fs[0].Evidence)
	}
}
