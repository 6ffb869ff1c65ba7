package flow

import (
	"slices"
	"testing"

	gopher "github.com/crillab/gophersat/solver"
	"pgregory.net/rapid"
)

// clauses are over the variables 1..n, as the solvers of both libraries read them.
func drawClauses(t *rapid.T, n, most int) [][]int {
	literal := rapid.Custom(func(t *rapid.T) int {
		v := rapid.IntRange(1, n).Draw(t, "variable")
		if rapid.Bool().Draw(t, "negated") {
			return -v
		}
		return v
	})
	return rapid.SliceOfN(rapid.SliceOfN(literal, 1, 4), 0, most).Draw(t, "clauses")
}

func holds(c []int, value func(v int) bool) bool {
	for _, l := range c {
		if value(max(l, -l)) == (l > 0) {
			return true
		}
	}
	return false
}

func bruteForce(n int, cnf [][]int) bool {
	for m := range 1 << n {
		if !slices.ContainsFunc(cnf, func(c []int) bool {
			return !holds(c, func(v int) bool { return m>>(v-1)&1 == 1 })
		}) {
			return true
		}
	}
	return false
}

func gopherSays(n int, cnf [][]int) bool {
	copied := make([][]int, len(cnf)) // the library sorts clauses in place
	for i, c := range cnf {
		copied[i] = slices.Clone(c)
	}
	return gopher.New(gopher.ParseSliceNb(copied, n)).Solve() == gopher.Sat
}

// oneSolver is a solver under test and the formula that it was given.
type oneSolver struct {
	s    solver
	vars []lit
	cnf  [][]int
}

func newOne(n int) *oneSolver {
	o := &oneSolver{s: newSolver(16)}
	for range n {
		o.vars = append(o.vars, o.s.fresh())
	}
	return o
}

func (o *oneSolver) add(c []int) {
	var ls []lit
	for _, l := range c {
		if l > 0 {
			ls = append(ls, o.vars[l-1])
		} else {
			ls = append(ls, -o.vars[-l-1])
		}
	}
	o.s.clause(ls...)
	o.cnf = append(o.cnf, c)
}

// check asks for an answer and compares it with what is known to be right.
func (o *oneSolver) check(t *rapid.T, want bool) {
	if got := o.s.solve(); got != want {
		t.Fatalf("%v: satisfiable is %v, want %v", o.cnf, got, want)
	}
	if !want {
		return
	}
	for _, c := range o.cnf {
		if !holds(c, func(v int) bool { return o.s.value(o.vars[v-1]) }) {
			t.Fatalf("%v: clause %v does not hold under the assignment", o.cnf, c)
		}
		for _, l := range c {
			v := o.vars[max(l, -l)-1]
			if o.s.value(v) == o.s.value(-v) {
				t.Fatalf("variable %d and its negation have one value", v)
			}
		}
	}
}

// The second solver and the enumeration agree with the first.
func TestSolverAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "variables")
		o := newOne(n)
		for _, c := range drawClauses(t, n, 6*n) {
			o.add(c)
		}
		want := bruteForce(n, o.cnf)
		if len(o.cnf) > 0 && gopherSays(n, o.cnf) != want {
			t.Fatalf("%v: the other solver says %v", o.cnf, !want)
		}
		o.check(t, want)
	})
}

// More variables than can be enumerated, near the ratio of clauses to
// variables where half of the formulas have a solution.
func TestSolverAgreesOnLarge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(20, 60).Draw(t, "variables")
		seed := rapid.Uint64().Draw(t, "seed")
		next := func(below int) int { // clauses drawn one by one are too slow
			seed = seed*6364136223846793005 + 1442695040888963407
			return int(seed>>33) % below
		}
		o := newOne(n)
		for range n * 43 / 10 {
			var c []int
			for range 3 {
				l := next(n) + 1
				if next(2) == 0 {
					l = -l
				}
				c = append(c, l)
			}
			o.add(c)
		}
		o.check(t, gopherSays(n, o.cnf))
	})
}

// A solver that has answered can be told more: what is assumed one after the
// other is as if it had been there from the start.
func TestSolverIsIncremental(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "variables")
		o := newOne(n)
		for _, c := range drawClauses(t, n, 3*n) {
			o.add(c)
		}
		o.check(t, bruteForce(n, o.cnf))
		for _, c := range drawClauses(t, n, 8) {
			if rapid.Bool().Draw(t, "assume one literal") {
				c = c[:1]
			}
			o.add(c)
			o.check(t, bruteForce(n, o.cnf))
		}
	})
}

func TestSolverBounds(t *testing.T) {
	s := newSolver(16)
	if !s.solve() {
		t.Error("nothing is asked, and it cannot be had")
	}
	a, b := s.fresh(), s.fresh()
	if a == b || a <= 0 || b <= 0 {
		t.Fatalf("variables are %d and %d", a, b)
	}
	s.clause(a, -a)
	s.clause(b, b)
	if !s.solve() || !s.value(b) {
		t.Error("a clause that always holds, and a literal twice")
	}
	s.clause()
	if s.solve() {
		t.Error("the empty clause was satisfied")
	}
}
