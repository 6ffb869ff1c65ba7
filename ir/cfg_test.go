package ir

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/graph/flow"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
	"pgregory.net/rapid"

	"softshell/mir"
)

// bodyGen draws a body of blocks that end in any way and lead anywhere, at
// times out of the body.
func bodyGen(t *rapid.T) *mir.Body {
	n := rapid.IntRange(1, 14).Draw(t, "blocks")
	outside := rapid.IntRange(0, 9).Draw(t, "outside") == 0
	target := rapid.Int32Range(0, int32(n-1))
	if outside {
		target = rapid.Int32Range(-1, int32(n))
	}
	kinds := rapid.SampledFrom([]mir.TermKind{mir.Goto, mir.Goto, mir.SwitchInt, mir.SwitchInt, mir.Return, mir.Unreachable, mir.UnwindResume,
		mir.Call, mir.Call, mir.Drop, mir.Assert, mir.TailCall, mir.FalseEdge, mir.FalseUnwind, mir.Yield, mir.InlineAsm})
	b := &mir.Body{Name: "drawn", Blocks: make([]mir.Block, n)}
	for i := range b.Blocks {
		term := mir.Terminator{Kind: kinds.Draw(t, "kind"), Target: -1, Imag: -1, Cleanup: -1}
		switch term.Kind {
		case mir.Return, mir.Unreachable, mir.UnwindResume, mir.TailCall:
		case mir.InlineAsm:
			term.Targets = rapid.SliceOfN(target, 0, 3).Draw(t, "targets")
		case mir.SwitchInt:
			for range rapid.IntRange(1, 4).Draw(t, "cases") {
				term.Cases = append(term.Cases, mir.SwitchCase{To: target.Draw(t, "case")})
			}
			term.Target = target.Draw(t, "otherwise")
		default:
			if term.Kind != mir.Call || rapid.Bool().Draw(t, "returns") {
				term.Target = target.Draw(t, "target")
			}
		}
		switch term.Kind {
		case mir.FalseEdge, mir.Yield, mir.Drop:
			if rapid.Bool().Draw(t, "two") {
				term.Imag = target.Draw(t, "imaginary")
			}
		}
		switch term.Kind {
		case mir.Call, mir.Drop, mir.Assert, mir.FalseUnwind, mir.InlineAsm:
			if rapid.Bool().Draw(t, "unwinds") {
				term.Unwind, term.Cleanup = mir.UnwindTo, target.Draw(t, "cleanup")
			}
		}
		b.Blocks[i].Term = term
	}
	return b
}

// tb is what a *testing.T and a *rapid.T have in common.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
}

// compareCFG asserts that the graph of b has the edges that its terminators
// name, in an order that is a reverse postorder, and the dominators that gonum
// finds by two other algorithms.
func compareCFG(t tb, b *mir.Body) {
	t.Helper()
	g := NewCFG(b)
	n := int32(len(b.Blocks))
	ref := simple.NewDirectedGraph()
	for i := range n {
		ref.AddNode(simple.Node(i))
	}
	for i := range b.Blocks {
		var want, got []int32
		for _, to := range targets(&b.Blocks[i].Term) {
			if to < 0 || to >= n {
				continue
			}
			want = append(want, to)
			if int(to) != i { // gonum has no loops of one node; they change nothing below
				ref.SetEdge(ref.NewEdge(simple.Node(i), simple.Node(to)))
			}
		}
		for _, e := range g.Succs[i] {
			got = append(got, e.To)
		}
		slices.Sort(want)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: bb%d leads to %v, the graph says %v", b.Name, i, want, got)
		}
	}
	paths := func(from, to int32) bool { return topo.PathExistsIn(ref, simple.Node(from), simple.Node(to)) }
	reached := 0
	for i := range n {
		at := g.Num[i]
		if is := paths(0, i); is != (at >= 0) || is && g.RPO[at] != i {
			t.Errorf("%s: bb%d is reached: %v; it has number %d in %v", b.Name, i, is, at, g.RPO)
		}
		if at < 0 {
			if len(g.Preds[i]) > 0 {
				t.Errorf("%s: bb%d cannot be reached and has predecessors", b.Name, i)
			}
			continue
		}
		reached++
		for _, e := range g.Succs[i] {
			if g.Num[e.To] <= at && !paths(e.To, i) {
				t.Errorf("%s: bb%d comes before bb%d in %v, without a loop", b.Name, e.To, i, g.RPO)
			}
			if count(g.Preds[e.To], i) != len(edgesTo(g.Succs[i], e.To)) {
				t.Errorf("%s: bb%d is not as often before bb%d as it leads there", b.Name, i, e.To)
			}
		}
	}
	if len(g.RPO) != reached || reached == 0 || g.RPO[0] != 0 {
		t.Errorf("%s: the order of %d blocks is %v", b.Name, reached, g.RPO)
	}
	idom := g.Dominators()
	for name, tree := range map[string]flow.DominatorTree{"plain": flow.Dominators(simple.Node(0), ref), "sophisticated": flow.DominatorsSLT(simple.Node(0), ref)} {
		for i := range n {
			want := int32(-1)
			if d := tree.DominatorOf(int64(i)); d != nil {
				want = int32(d.ID())
			} else if i == 0 {
				want = 0
			}
			if idom[i] != want {
				t.Errorf("%s: bb%d is dominated by bb%d; %s Lengauer-Tarjan says bb%d", b.Name, i, idom[i], name, want)
			}
		}
	}
}

func count(in []int32, v int32) (n int) {
	for _, w := range in {
		if w == v {
			n++
		}
	}
	return n
}

func edgesTo(es []Edge, to int32) (out []Edge) {
	for _, e := range es {
		if e.To == to {
			out = append(out, e)
		}
	}
	return out
}

func TestCFGOfDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { compareCFG(t, bodyGen(t)) })
}

func TestCFGOfRecorded(t *testing.T) {
	recorded(t, func(t *testing.T, b *mir.Body) {
		if len(b.Blocks) > 0 {
			compareCFG(t, b)
		}
	})
}

// TestCFGOfOneBlock holds what stands at the ends: no block, one block, a loop of one.
func TestCFGOfOneBlock(t *testing.T) {
	g := NewCFG(&mir.Body{})
	if len(g.RPO) != 0 || len(g.Dominators()) != 0 {
		t.Errorf("a body without blocks has the order %v", g.RPO)
	}
	for _, term := range []mir.Terminator{
		{Kind: mir.Return, Target: -1, Imag: -1, Cleanup: -1},
		{Kind: mir.Goto, Target: 0, Imag: -1, Cleanup: -1},
	} {
		g = NewCFG(&mir.Body{Blocks: []mir.Block{{Term: term}}})
		if !slices.Equal(g.RPO, []int32{0}) || !slices.Equal(g.Dominators(), []int32{0}) {
			t.Errorf("one block: order %v, dominators %v", g.RPO, g.Dominators())
		}
	}
}

// TestEdges holds what the edges of each terminator say beside their target.
func TestEdges(t *testing.T) {
	b := body(t, sane)
	g := NewCFG(b)
	for block, want := range map[int][]Edge{
		0: {{1, NoCase, false}},
		1: {{2, 0, false}, {3, 1, false}, {4, -1, false}},
		2: {{4, NoCase, false}, {6, NoCase, true}},
		6: {{7, NoCase, false}},
		7: nil,
		8: nil,
	} {
		if !slices.Equal(g.Succs[block], want) {
			t.Errorf("bb%d: edges %+v, want %+v", block, g.Succs[block], want)
		}
	}
}
