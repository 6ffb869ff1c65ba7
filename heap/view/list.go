package view

import (
	"cmp"
	"slices"
	"strings"

	"softshell/heap/profile"
)

// Totals are all costs, by Cost.
type Totals [5]int64

// Totals of one stack.
func (s *Stack) Totals() (t Totals) {
	for _, c := range Costs {
		t[c] = c.Of(s)
	}
	return t
}

// Add adds other totals.
func (t *Totals) Add(o Totals) {
	for i := range t {
		t[i] += o[i]
	}
}

// Sum is the total of all stacks that are shown.
func (v *View) Sum() (t Totals) {
	for i := range v.Stacks {
		t.Add(v.Stacks[i].Totals())
	}
	return t
}

// Lost is what was lost in the stacks that are shown.
func (v *View) Lost() (out profile.Left) {
	for i := range v.Stacks {
		out.Add(v.Stacks[i].Lost())
	}
	return out
}

// Left is what was left at the end in the stacks that are shown, by kind.
func (v *View) Left() (out [profile.NumKinds]profile.Left) {
	for i := range v.Stacks {
		for k, l := range v.Stacks[i].Left {
			out[k].Add(l)
		}
	}
	return out
}

// Group is one or more sites that look the same, wholly or at their innermost
// frames.
type Group struct {
	Stack       // the sum; Calls and Site are those of the greatest, Type and Via what all share
	Sites []int // indices of Stacks
}

// Groups puts stacks that look the same together and sorts them by measure, the
// greatest first; what measures nothing is left out. depth is how many of the
// innermost frames of the program count, with the function of std that they called
// and the type that it was for; 0 stands for all frames that are shown, alone.
func (v *View) Groups(depth int, measure func(*Stack) int64) []Group {
	index := map[string]int{}
	var out []Group
	var best []int64
	for i := range v.Stacks {
		s := &v.Stacks[i]
		n := measure(s)
		if n == 0 {
			continue
		}
		key := v.key(s, depth)
		g, ok := index[key]
		if !ok {
			index[key] = len(out)
			out = append(out, Group{Stack: *s, Sites: []int{i}})
			best = append(best, n)
			continue
		}
		out[g].add(s, i)
		if n > best[g] {
			best[g] = n
			out[g].Calls, out[g].Site = s.Calls, s.Site
		}
	}
	order := make([]int, len(out)) // a Group is large: each is moved once
	for i := range out {
		order[i], best[i] = i, measure(&out[i].Stack)
	}
	slices.SortFunc(order, func(a, b int) int {
		if c := cmp.Compare(best[b], best[a]); c != 0 {
			return c
		}
		return cmp.Or(v.compareCalls(out[a].Calls, out[b].Calls), cmp.Compare(a, b))
	})
	sorted := make([]Group, len(out))
	for i, k := range order {
		sorted[i] = out[k]
	}
	return sorted
}

func (v *View) key(s *Stack, depth int) string {
	if depth == 0 {
		return callsKey(s.Calls)
	}
	calls, via := s.Calls, s.Via
	if v.Options.Unfold {
		calls, via = v.Folded(calls)
	}
	return callsKey(calls[:min(depth, len(calls))]) + "\x00" + via + "\x00" + s.Type
}

func (g *Group) add(s *Stack, i int) {
	g.Sites = append(g.Sites, i)
	if g.Via != s.Via {
		g.Via = ""
	}
	if g.Type != s.Type {
		g.Type = ""
	}
	g.Counts.Add(&s.Counts)
	for k := range g.Left {
		g.Left[k].Add(s.Left[k])
	}
	g.Held.Add(s.Held)
}

// Caller is a frame on the way that most of a group came, and how much came so.
type Caller struct {
	Call
	Measure int64
}

// Callers follows the stacks of a group from its innermost frame to the callers
// that most of it came from, as long as that is a fifth of the whole.
func (v *View) Callers(g *Group, measure func(*Stack) int64) []Caller {
	var out []Caller
	whole := measure(&g.Stack)
	for way := g.Sites; ; {
		sums := map[int]int64{}
		best := Caller{Call: Call{Frame: -1}}
		for _, i := range way {
			s := &v.Stacks[i]
			if len(s.Calls) <= len(out) {
				continue
			}
			c := s.Calls[len(out)]
			sums[c.Frame] += measure(s)
			if n := sums[c.Frame]; n > best.Measure || n == best.Measure && c.Frame < best.Frame {
				best = Caller{c, n}
			}
		}
		if best.Frame < 0 || best.Measure*5 < whole {
			return out
		}
		var next []int
		for _, i := range way {
			if s := &v.Stacks[i]; len(s.Calls) > len(out) && s.Calls[len(out)].Frame == best.Frame {
				next = append(next, i)
			}
		}
		out, way = append(out, best), next
	}
}

func callsKey(calls []Call) string {
	b := make([]byte, 0, 4*len(calls))
	for _, c := range calls {
		b = append(b, byte(c.Frame), byte(c.Frame>>8), byte(c.Frame>>16), byte(c.Frame>>24))
	}
	return string(b)
}

func (v *View) compareCalls(a, b []Call) int {
	return slices.CompareFunc(a, b, func(x, y Call) int {
		f, g := &v.Frames[x.Frame], &v.Frames[y.Frame]
		return cmp.Or(strings.Compare(v.Functions[f.Function], v.Functions[g.Function]), strings.Compare(f.File, g.File), cmp.Compare(f.Line, g.Line))
	})
}

// Function is what was allocated by a function itself, and by it and all that it
// calls; a function that calls itself counts once.
type Function struct {
	Function    int // index in Functions
	Self, Total Totals
}

// ByFunction lists the functions, sorted by what they allocated themselves, or
// with what they call when total is set.
func (v *View) ByFunction(cost Cost, total bool) []Function {
	all := make([]Function, len(v.Functions))
	seen := make([]int, len(v.Functions)) // the last stack that was counted, from 1
	for i := range v.Stacks {
		s := &v.Stacks[i]
		t := s.Totals()
		for k, c := range s.Calls {
			n := v.Frames[c.Frame].Function
			all[n].Function = n
			if k == 0 {
				all[n].Self.Add(t)
			}
			if seen[n] != i+1 {
				seen[n] = i + 1
				all[n].Total.Add(t)
			}
		}
	}
	first := func(f Function) int64 { return f.Self[cost] }
	if total {
		first = func(f Function) int64 { return f.Total[cost] }
	}
	all = slices.DeleteFunc(all, func(f Function) bool { return first(f) == 0 })
	slices.SortFunc(all, func(a, b Function) int {
		return cmp.Or(cmp.Compare(first(b), first(a)), cmp.Compare(b.Total[cost], a.Total[cost]), strings.Compare(v.Functions[a.Function], v.Functions[b.Function]))
	})
	return all
}

// Type is what was allocated for values of one type; "" stands for blocks whose
// type is not known.
type Type struct {
	Type   string
	Totals Totals
}

// ByType lists the types.
func (v *View) ByType(cost Cost) []Type {
	index := map[string]int{}
	var out []Type
	for i := range v.Stacks {
		s := &v.Stacks[i]
		n, ok := index[s.Type]
		if !ok {
			n = len(out)
			index[s.Type] = n
			out = append(out, Type{Type: s.Type})
		}
		out[n].Totals.Add(s.Totals())
	}
	out = slices.DeleteFunc(out, func(t Type) bool { return t.Totals[cost] == 0 })
	slices.SortFunc(out, func(a, b Type) int {
		return cmp.Or(cmp.Compare(b.Totals[cost], a.Totals[cost]), strings.Compare(a.Type, b.Type))
	})
	return out
}

// Edge is what passed from one function to another.
type Edge struct {
	Function int
	Totals   Totals
}

// Calls lists who called a function, and whom it called; an edge that a stack
// passes more than once counts once.
func (v *View) Calls(function int, cost Cost) (callers, callees []Edge) {
	in, out := map[int]*Edge{}, map[int]*Edge{}
	for i := range v.Stacks {
		s := &v.Stacks[i]
		t := s.Totals()
		var seenIn, seenOut []int
		for k, c := range s.Calls {
			if v.Frames[c.Frame].Function != function {
				continue
			}
			if k+1 < len(s.Calls) {
				pass(in, v.Frames[s.Calls[k+1].Frame].Function, t, &seenIn)
			}
			if k > 0 {
				pass(out, v.Frames[s.Calls[k-1].Frame].Function, t, &seenOut)
			}
		}
	}
	return v.edges(in, cost), v.edges(out, cost)
}

func pass(to map[int]*Edge, function int, t Totals, seen *[]int) {
	if slices.Contains(*seen, function) {
		return
	}
	*seen = append(*seen, function)
	e := to[function]
	if e == nil {
		e = &Edge{Function: function}
		to[function] = e
	}
	e.Totals.Add(t)
}

func (v *View) edges(from map[int]*Edge, cost Cost) []Edge {
	var out []Edge
	for _, e := range from {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(b.Totals[cost], a.Totals[cost]), strings.Compare(v.Functions[a.Function], v.Functions[b.Function]))
	})
	return out
}
