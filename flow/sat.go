package flow

import (
	"github.com/go-air/gini"
	"github.com/go-air/gini/z"
)

// lit is a literal: a variable's number, negative when negated.
type lit int32

// solver decides satisfiability. It is the one place that knows which SAT
// solver is used.
type solver interface {
	fresh() lit
	clause(ls ...lit)
	solve() bool
	value(l lit) bool
}

type giniSolver struct {
	g     *gini.Gini
	n     lit
	unsat bool // the answer was no: it stays no, and gini must not be asked again
}

// newSolver returns a solver with room for about so many variables.
func newSolver(vars int) solver { return &giniSolver{g: gini.NewVc(vars, 2*vars)} }

func (s *giniSolver) fresh() lit {
	s.n++
	return s.n
}

func (s *giniSolver) toZ(l lit) z.Lit {
	if l < 0 {
		return z.Var(-l).Neg()
	}
	return z.Var(l).Pos()
}

func (s *giniSolver) clause(ls ...lit) {
	for _, l := range ls {
		s.g.Add(s.toZ(l))
	}
	s.g.Add(z.LitNull)
}

func (s *giniSolver) solve() bool {
	s.unsat = s.unsat || s.g.Solve() != 1
	return !s.unsat
}

func (s *giniSolver) value(l lit) bool { return s.g.Value(s.toZ(l)) }
