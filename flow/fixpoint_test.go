package flow

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// equation says that an answer is some constant bits and, of each of the
// answers that it depends on, the bits of a mask.
type equation struct {
	bits uint8
	of   []dependence
}

type dependence struct {
	on   int
	mask uint8
}

func (q equation) value(ask func(int) uint8) uint8 {
	v := q.bits
	for _, d := range q.of {
		v |= ask(d.on) & d.mask
	}
	return v
}

// least solves the equations by doing them all until nothing changes.
func least(eqs []equation) []uint8 {
	out := make([]uint8, len(eqs))
	for changed := true; changed; {
		changed = false
		for i, q := range eqs {
			if v := q.value(func(on int) uint8 { return out[on] }); v != out[i] {
				out[i], changed = v, true
			}
		}
	}
	return out
}

// answers asks a fresh fixpoint in the given order and says what is wrong.
func answers(eqs []equation, asked []int) error {
	want := least(eqs)
	var x fixpoint[int, uint8]
	computed, restless := 0, false
	var ask func(k int) uint8
	ask = func(k int) uint8 {
		return x.ask(k, 0, func() uint8 {
			computed++
			return eqs[k].value(ask)
		}, func(a, b uint8) bool { return a == b }, func(v uint8) uint8 {
			restless = true
			return v
		})
	}
	for _, k := range asked {
		if got := ask(k); got != want[k] {
			return fmt.Errorf("%d is %b, want %b", k, got, want[k])
		}
		before := computed
		if ask(k); computed != before {
			return fmt.Errorf("%d was computed again", k)
		}
		if x.depth != 0 || len(x.open) != 0 || restless {
			return fmt.Errorf("left open: depth %d, %d answers, restless %v", x.depth, len(x.open), restless)
		}
	}
	return nil
}

// Each answer is that of the least solution, in whatever order they are asked for.
func TestFixpoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "size")
		one := rapid.Custom(func(t *rapid.T) equation {
			return equation{
				bits: uint8(1 << rapid.IntRange(0, 8).Draw(t, "bit")), // 8: none
				of: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) dependence {
					return dependence{rapid.IntRange(0, n-1).Draw(t, "on"), rapid.Uint8().Draw(t, "mask")}
				}), 0, 3).Draw(t, "of"),
			}
		})
		eqs := rapid.SliceOfN(one, n, n).Draw(t, "equations")
		if err := answers(eqs, rapid.SliceOfN(rapid.IntRange(0, n-1), 1, 2*n).Draw(t, "asked")); err != nil {
			t.Fatal(err)
		}
	})
}

// Circles within circles are rare among few: many systems, not made small when one fails.
func TestFixpointOfMany(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60000 {
		n := 3 + r.IntN(5)
		eqs := make([]equation, n)
		for i := range eqs {
			eqs[i].bits = uint8(1 << r.IntN(9))
			for range r.IntN(4) {
				eqs[i].of = append(eqs[i].of, dependence{r.IntN(n), uint8(r.Uint32())})
			}
		}
		if err := answers(eqs, r.Perm(n)); err != nil {
			t.Fatalf("%+v: %v", eqs, err)
		}
	}
}

// What does not depend on itself is computed once, however many ask for it.
func TestFixpointComputesOnce(t *testing.T) {
	var x fixpoint[int, int]
	computed := 0
	var ask func(k int) int
	ask = func(k int) int {
		return x.ask(k, 0, func() int {
			computed++
			if k < 2 {
				return 1
			}
			return ask(k-1) + ask(k-2)
		}, func(a, b int) bool { return a == b }, nil)
	}
	if got := ask(40); got != 165580141 || computed != 41 {
		t.Errorf("%d, computed %d times", got, computed)
	}
}

// A circle that never rests is given up, with all that stand on it.
func TestFixpointGivesUp(t *testing.T) {
	var x fixpoint[int, int]
	computed := 0
	var ask func(k int) int
	ask = func(k int) int {
		return x.ask(k, 0, func() int {
			computed++
			return ask(1-k) + 1
		}, func(a, b int) bool { return a == b }, func(int) int { return -1 })
	}
	if a, b := ask(0), ask(1); a != -1 || b != -1 || computed != 2*maxRounds {
		t.Errorf("%d and %d, computed %d times", a, b, computed)
	}
}
