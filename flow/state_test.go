package flow

import (
	"maps"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var drawNumber = rapid.OneOf(rapid.Int32Range(0, 3), rapid.SampledFrom([]int32{254, 255, 256, 511, 65535, math.MaxInt32}))

// facts are what a state says, in a form that does not depend on the order in which it was told.
type facts struct {
	phase      phase
	lent, sure bool
	holders    map[loc]bool // whether derived
	flags      map[int32]bool
}

func drawFacts(t *rapid.T) facts {
	return facts{
		phase: rapid.SampledFrom([]phase{unborn, owned, raw}).Draw(t, "phase"),
		lent:  rapid.Bool().Draw(t, "lent"), sure: rapid.Bool().Draw(t, "sure"),
		holders: rapid.MapOfN(rapid.Custom(func(t *rapid.T) loc {
			return loc{drawNumber.Draw(t, "local"), pathID(drawNumber.Draw(t, "path"))}
		}), rapid.Bool(), 0, 10).Draw(t, "holders"),
		flags: rapid.MapOfN(drawNumber, rapid.Bool(), 0, 10).Draw(t, "flags"),
	}
}

func (f facts) equal(g facts) bool {
	return f.phase == g.phase && f.lent == g.lent && f.sure == g.sure && maps.Equal(f.holders, g.holders) && maps.Equal(f.flags, g.flags)
}

// state tells the facts in the order of a Go map, which is another one each time.
func (f facts) state() state {
	s := state{phase: f.phase, lent: f.lent, sure: f.sure}
	for at, derived := range f.holders {
		s.add(holder{at, derived})
	}
	for l, v := range f.flags {
		s.setFlag(l, !v)
		s.setFlag(l, v)
	}
	return s
}

func TestStateEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, g := drawFacts(t), drawFacts(t)
		if rapid.Bool().Draw(t, "near") { // two states that differ in little, or not at all
			g = facts{f.phase, f.lent, f.sure, maps.Clone(f.holders), maps.Clone(f.flags)}
			at := loc{drawNumber.Draw(t, "local"), pathID(drawNumber.Draw(t, "path"))}
			switch rapid.IntRange(0, 4).Draw(t, "differ") {
			case 0:
				g.holders[at] = rapid.Bool().Draw(t, "derived")
			case 1:
				delete(g.holders, at)
			case 2:
				g.flags[at.local] = rapid.Bool().Draw(t, "flag")
			case 3:
				g.sure = rapid.Bool().Draw(t, "sure")
			}
		}
		s, u := f.state(), g.state()
		if s.equal(&u) != f.equal(g) {
			t.Fatalf("%+v\n%+v\nequal: %v, states equal: %v", f, g, f.equal(g), s.equal(&u))
		}
		again := f.state()
		if c := s.clone(); !c.equal(&s) || !again.equal(&s) {
			t.Fatalf("%+v: a state is not equal to itself", f)
		}
	})
}

// A state and what is copied from it do not share anything.
func TestStateClone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		s := f.state()
		was := f.state()
		c := s.clone()
		c.add(holder{at: loc{local: 7}})
		c.removeIf(func(h holder) bool { return h.at.local < 3 })
		for l := range f.flags {
			c.setFlag(l, true)
			c.forgetFlag(l)
		}
		if !s.equal(&was) {
			t.Fatalf("%+v changed with its copy", f)
		}
	})
}

// The holders are a set: ordered, each place once, an owner wins.
func TestHolders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s state
		model := map[loc]bool{}
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			h := holder{loc{rapid.Int32Range(0, 4).Draw(t, "local"), pathID(rapid.Int32Range(0, 2).Draw(t, "path"))}, rapid.Bool().Draw(t, "derived")}
			if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
				s.removeIf(func(g holder) bool { return g.at == h.at })
				delete(model, h.at)
				continue
			}
			derived, held := model[h.at]
			model[h.at] = h.derived && (!held || derived)
			s.add(h)
			before := s.clone()
			if s.add(h); !s.equal(&before) {
				t.Fatal("the same holder twice is not the same as once")
			}
		}
		got := map[loc]bool{}
		for _, h := range s.holders {
			got[h.at] = h.derived
		}
		if len(got) != len(s.holders) || !maps.Equal(got, model) {
			t.Fatalf("holders %v, want %v", s.holders, model)
		}
		if !slices.IsSortedFunc(s.holders, func(a, b holder) int {
			if a.at.local != b.at.local {
				return int(a.at.local - b.at.local)
			}
			return int(a.at.path - b.at.path)
		}) {
			t.Fatalf("holders %v are not in order", s.holders)
		}
		owner := false
		for _, derived := range model {
			owner = owner || !derived
		}
		if hasOwner(&s) != owner {
			t.Fatalf("%v has an owner: %v", s.holders, !owner)
		}
	})
}

func TestFlags(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s state
		model := map[int32]bool{}
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			l := rapid.Int32Range(0, 5).Draw(t, "local")
			if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
				s.forgetFlag(l)
				delete(model, l)
			} else {
				model[l] = rapid.Bool().Draw(t, "value")
				s.setFlag(l, model[l])
			}
		}
		for l := range int32(6) {
			want, has := model[l]
			if got, known := s.flag(l); known != has || got != want {
				t.Fatalf("flag %d is %v %v, want %v %v", l, got, known, want, has)
			}
		}
		if len(s.flags) != len(model) {
			t.Fatalf("flags %v, want %v", s.flags, model)
		}
	})
}
