package flow

import "slices"

// phase is where a resource stands in its story.
type phase uint8

const (
	unborn phase = iota // not made yet on this path
	owned               // a value that the compiler will drop
	raw                 // out of the compiler's sight
	freed               // released, and yet some place reaches it
)

// holder is a place that holds the resource: as its owner, or as a pointer derived from it.
type holder struct {
	at      loc
	derived bool
}

// flagValue is the known value of a tracked bool.
type flagValue struct {
	local int32
	value bool
}

// state is what is known at a program point: values, never shared.
type state struct {
	phase phase
	lent  bool // code out of sight was given a pointer to it while it was owned
	// sure is set on paths that unwind from code that panics for sure or by its
	// caller's choice: such a path must not be merged with one that a mere check starts.
	sure    bool
	holders []holder
	flags   []flagValue // ascending by local
	after   aftermath
}

func (s *state) clone() state {
	c := *s
	c.holders = slices.Clone(s.holders)
	c.flags = slices.Clone(s.flags)
	return c
}

// add inserts a holder; an owner wins over a derived pointer at the same place.
func (s *state) add(h holder) {
	for i := range s.holders {
		if s.holders[i].at == h.at {
			s.holders[i].derived = s.holders[i].derived && h.derived
			return
		}
	}
	s.holders = append(s.holders, h)
	slices.SortFunc(s.holders, func(a, b holder) int {
		if a.at.local != b.at.local {
			return int(a.at.local - b.at.local)
		}
		return int(a.at.path - b.at.path)
	})
}

func (s *state) removeIf(drop func(holder) bool) {
	s.holders = slices.DeleteFunc(s.holders, drop)
}

func (s *state) flag(local int32) (value, known bool) {
	for _, f := range s.flags {
		if f.local == local {
			return f.value, true
		}
	}
	return false, false
}

func (s *state) setFlag(local int32, value bool) {
	for i := range s.flags {
		if s.flags[i].local == local {
			s.flags[i].value = value
			return
		}
	}
	s.flags = append(s.flags, flagValue{local, value})
	slices.SortFunc(s.flags, func(a, b flagValue) int { return int(a.local - b.local) })
}

func (s *state) forgetFlag(local int32) {
	s.flags = slices.DeleteFunc(s.flags, func(f flagValue) bool { return f.local == local })
}

// equal reports whether two states say the same.
func (s *state) equal(t *state) bool {
	return s.phase == t.phase && s.lent == t.lent && s.sure == t.sure && s.after == t.after &&
		slices.Equal(s.holders, t.holders) && slices.Equal(s.flags, t.flags)
}
