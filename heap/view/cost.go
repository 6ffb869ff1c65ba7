package view

import (
	"fmt"
	"slices"
	"strings"
)

// Cost is what a list is sorted by and what a graph is drawn of.
type Cost uint8

// Costs.
const (
	Allocations Cost = iota // blocks made
	Bytes                   // asked for, in all
	Leaked                  // bytes lost at the end
	Peak                    // bytes live when the whole heap was at its peak
	Temporary               // blocks freed before the next was made
)

// Costs are all of them, in order.
var Costs = []Cost{Allocations, Bytes, Leaked, Peak, Temporary}

var costWords = []string{"allocations", "bytes", "leaked", "peak", "temporary"}

// CostWords are the names of Costs.
func CostWords() []string { return slices.Clone(costWords) }

func (c Cost) String() string { return costWords[c] }

// InBytes reports whether the cost counts bytes, not blocks.
func (c Cost) InBytes() bool { return c == Bytes || c == Leaked || c == Peak }

// ParseCost reads a name; the error lists them.
func ParseCost(s string) (Cost, error) {
	i := slices.Index(costWords, s)
	if i < 0 {
		return 0, fmt.Errorf("no cost is called %q: use one of %s", s, strings.Join(costWords, ", "))
	}
	return Cost(i), nil
}

// Of is the cost of a stack.
func (c Cost) Of(s *Stack) int64 {
	switch c {
	case Allocations:
		return s.Counts.Allocs
	case Bytes:
		return s.Counts.Bytes
	case Leaked:
		return s.Lost().Bytes
	case Peak:
		return s.Counts.PeakBytes
	}
	return s.Counts.Temporary
}
