package flow

import (
	"fmt"
	"slices"
	"testing"

	"softshell/effects"
)

// calling is a function of a pointer and a number: at zero it does what last
// says, else it calls next with the same pointer.
func calling(name, last, next string) string {
	return fmt.Sprintf(`fn %s(_1: *mut u8, _2: u32) -> *mut u8 {
    let mut _0: *mut u8;
    let mut _3: ();

    bb0: {
        switchInt(copy _2) -> [0: bb1, otherwise: bb2];
    }

    bb1: {
        %s
    }

    bb2: {
        _0 = %s(copy _1, copy _2) -> [return: bb3, unwind continue];
    }

    bb3: {
        return;
    }
}

`, name, last, next)
}

const (
	frees   = "_3 = consumes(copy _1) -> [return: bb3, unwind continue];"
	forgets = "_0 = const 0_usize as *mut u8 (PointerWithExposedProvenance);\n        return;"
	returns = "_0 = copy _1;\n        return;"
	unknown = "_3 = take(copy _1) -> [return: bb3, unwind unreachable];"
)

var recursions = calling("alone", frees, "alone") +
	calling("even", frees, "odd") + calling("odd", forgets, "even") +
	calling("first", returns, "second") + calling("second", forgets, "third") + calling("third", frees, "first") +
	calling("asking", frees, "answering") + calling("answering", unknown, "asking") +
	`fn make(_1: u32) -> *mut u8 {
    let mut _0: *mut u8;
    let mut _2: std::boxed::Box<u8>;

    bb0: {
        switchInt(copy _1) -> [0: bb1, otherwise: bb3];
    }

    bb1: {
        _2 = Box::<u8>::new(const 1_u8) -> [return: bb2, unwind continue];
    }

    bb2: {
        _0 = Box::<u8>::into_raw(move _2) -> [return: bb4, unwind continue];
    }

    bb3: {
        _0 = make_below(copy _1) -> [return: bb4, unwind continue];
    }

    bb4: {
        return;
    }
}

fn make_below(_1: u32) -> *mut u8 {
    let mut _0: *mut u8;

    bb0: {
        _0 = make(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        return;
    }
}

fn bomb(_1: u32, _2: Option<u8>) -> () {
    let mut _0: ();
    let mut _3: u8;

    bb0: {
        switchInt(copy _1) -> [0: bb2, otherwise: bb1];
    }

    bb1: {
        _0 = bomb_below(copy _1, copy _2) -> [return: bb3, unwind continue];
    }

    bb2: {
        _3 = Option::<u8>::unwrap(copy _2) -> [return: bb3, unwind continue];
    }

    bb3: {
        return;
    }
}

fn bomb_below(_1: u32, _2: Option<u8>) -> () {
    let mut _0: ();

    bb0: {
        _0 = bomb(copy _1, copy _2) -> [return: bb1, unwind continue];
    }

    bb1: {
        return;
    }
}
`

// Recursion reaches a fixpoint, and which function of it is asked first does not matter.
func TestRecursion(t *testing.T) {
	want := map[string]string{
		"alone": "released",
		// A callee that releases on some path ends the story: what it loses is its own finding.
		"even": "released", "odd": "lost, released",
		"first": "released, returned _0", "second": "lost, released", "third": "released",
		"asking": "released, unclear", "answering": "unclear",
	}
	for _, group := range [][]string{{"alone"}, {"even", "odd"}, {"first", "second", "third"}, {"asking", "answering"}} {
		for i := range group {
			w := load(t, 0, summaries+recursions)
			order := slices.Concat(group[i:], group[:i])
			for _, name := range order {
				if got := w.summary(name, 0); got != want[name] {
					t.Errorf("asked in the order %v, %s: %s, want %s", order, name, got, want[name])
				}
			}
		}
	}
}

func TestRecursionMakes(t *testing.T) {
	for _, order := range [][]string{{"make", "make_below"}, {"make_below", "make"}} {
		w := load(t, 0, summaries+recursions)
		for _, name := range order {
			if got := w.freshOf(name); got != "_0" {
				t.Errorf("asked in the order %v, %s makes %q", order, name, got)
			}
		}
	}
}

func TestRecursionUnwinds(t *testing.T) {
	for _, order := range [][]string{{"bomb", "bomb_below"}, {"bomb_below", "bomb"}} {
		w := load(t, 0, summaries+recursions)
		for _, name := range order {
			if got := w.MayUnwind(w.fn(name)); got != effects.Yes {
				t.Errorf("asked in the order %v, %s may unwind: %d", order, name, got)
			}
		}
	}
}
