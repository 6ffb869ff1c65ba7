package flow

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"softshell/ir"
	"softshell/mir"
)

// branchGraph is a graph of states, one for each block, whose branches are over
// a few conditions: truths b0.. and whole numbers n0...
type branchGraph struct {
	graph
	truths, numbers int
}

// numberCases are the values that a switch over a number may list; a number may also be another.
const numberCases = 2

func (bg *branchGraph) String() string {
	s := ""
	for to := range bg.nodes {
		for _, e := range bg.nodes[to].in {
			c := bg.b.conds[e.from]
			s += fmt.Sprintf("\n%d -> %d case %d of %q kind %d negate %v", e.from, to, e.kase, c.key, c.kind, c.negate)
		}
	}
	return s
}

// drawGraph draws a graph of n blocks. forward says that edges go to higher numbers only.
func drawGraph(t *rapid.T, forward bool) *branchGraph {
	n := rapid.IntRange(2, 9).Draw(t, "blocks")
	bg := &branchGraph{truths: 2, numbers: 1}
	code := &mir.Body{Locals: []mir.Local{{}, {Type: &mir.Type{Kind: mir.TypePrim, Name: "bool"}}, {Type: &mir.Type{Kind: mir.TypePrim, Name: "u32"}}}}
	code.Blocks = make([]mir.Block, n)
	bg.b = &body{mir: code, conds: make([]cond, n)}
	bg.nodes = make([]node, n)
	for i := range n {
		bg.nodes[i].block = int32(i)
	}
	for i := range n {
		to := func(what string) int32 {
			from := 0
			if forward {
				if from = i + 1; from == n {
					return -1
				}
			}
			return int32(rapid.IntRange(from, n-1).Draw(t, what))
		}
		add := func(kase int32) {
			if at := to("to"); at > 0 { // nothing leads back to the entry
				bg.nodes[at].in = append(bg.nodes[at].in, inEdge{from: int32(i), kase: kase})
			}
		}
		term, c := &code.Blocks[i].Term, &bg.b.conds[i]
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0: // one way out
			term.Kind = mir.Goto
			add(ir.NoCase)
		case 1, 2:
			term.Kind, term.Cond = mir.SwitchInt, mir.Operand{Kind: mir.Copy, Place: mir.Place{Local: 1}}
			term.Cases = []mir.SwitchCase{{Int: 0, Text: "0"}}
			c.key, c.negate = fmt.Sprintf("b%d", rapid.IntRange(0, bg.truths-1).Draw(t, "truth")), rapid.Bool().Draw(t, "negate")
			add(0)
			add(-1)
		case 3:
			term.Kind, term.Cond = mir.SwitchInt, mir.Operand{Kind: mir.Copy, Place: mir.Place{Local: 2}}
			c.key = fmt.Sprintf("n%d", rapid.IntRange(0, bg.numbers-1).Draw(t, "number"))
			for v := range numberCases {
				if rapid.Bool().Draw(t, "listed") {
					term.Cases = append(term.Cases, mir.SwitchCase{Int: int64(v), Text: fmt.Sprint(v)})
				}
			}
			for k := range term.Cases {
				add(int32(k))
			}
			add(-1)
		case 4: // a branch on what cannot be named, or what the state has already told
			term.Kind, term.Cond = mir.SwitchInt, mir.Operand{Kind: mir.Copy, Place: mir.Place{Local: 1}}
			term.Cases = []mir.SwitchCase{{Int: 0, Text: "0"}}
			switch rapid.IntRange(0, 2).Draw(t, "unnamed") {
			case 1:
				c.kind, c.key = condFlag, "b0"
			case 2:
				c.kind, c.key = condConst, "b0"
			}
			add(0)
			add(-1)
		}
	}
	return bg
}

// taken says whether an edge can be taken under an assignment, with nothing of
// the code under test but what a case of a switch means.
func (bg *branchGraph) taken(e inEdge, truths, numbers []int) bool {
	t, c := &bg.b.mir.Blocks[e.from].Term, &bg.b.conds[e.from]
	if e.kase == ir.NoCase || c.key == "" || c.kind == condConst || c.kind == condFlag {
		return true
	}
	value := 0
	if c.key[0] == 'b' {
		value = truths[c.key[1]-'0']
		if c.negate {
			value = 1 - value
		}
	} else {
		value = numbers[c.key[1]-'0']
	}
	if e.kase >= 0 {
		return t.Cases[e.kase].Int == int64(value)
	}
	for _, k := range t.Cases {
		if k.Int == int64(value) {
			return false
		}
	}
	return true
}

// assignments calls f with each assignment until it says true.
func (bg *branchGraph) assignments(f func(truths, numbers []int) bool) bool {
	truths, numbers := make([]int, bg.truths), make([]int, bg.numbers)
	per := numberCases + 1
	total := 1 << bg.truths
	for range bg.numbers {
		total *= per
	}
	for a := range total {
		for i := range truths {
			truths[i] = a % 2
			a /= 2
		}
		for i := range numbers {
			numbers[i] = a % per
			a /= per
		}
		if f(truths, numbers) {
			return true
		}
	}
	return false
}

// reaches walks back from the target along the edges that an assignment allows.
func (bg *branchGraph) reaches(target int32, truths, numbers []int) bool {
	seen := map[int32]bool{target: true}
	stack := []int32{target}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if at == 0 {
			return true
		}
		for _, e := range bg.nodes[at].in {
			if !seen[e.from] && bg.taken(e, truths, numbers) {
				seen[e.from] = true
				stack = append(stack, e.from)
			}
		}
	}
	return false
}

// valid checks that a path leads from the entry to the target along edges that
// one assignment allows.
func (bg *branchGraph) valid(t *rapid.T, path []Step, target int32) {
	if path[0].Block != 0 || path[len(path)-1].Block != target {
		t.Fatalf("%v: the path to %d is %v", bg, target, path)
	}
	if !bg.assignments(func(truths, numbers []int) bool {
		for i := 1; i < len(path); i++ {
			ok := false
			for _, e := range bg.nodes[path[i].Block].in {
				ok = ok || e.from == path[i-1].Block && e.kase == path[i-1].Case && bg.taken(e, truths, numbers)
			}
			if !ok {
				return false
			}
		}
		return true
	}) {
		t.Fatalf("%v: no values allow the path %v", bg, path)
	}
}

// A path is found if and only if some values of the conditions allow one.
func TestFeasibleForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bg := drawGraph(t, true)
		for target := range bg.nodes {
			path := bg.feasible(&Event{node: int32(target)})
			want := bg.assignments(func(truths, numbers []int) bool { return bg.reaches(int32(target), truths, numbers) })
			if (path != nil) != want {
				t.Fatalf("%v: %d is reached: %v, want %v", bg, target, path, want)
			}
			if path != nil {
				bg.valid(t, path, int32(target))
			}
		}
	})
}

// With loops of any shape no path is invented.
func TestFeasibleWithLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bg := drawGraph(t, false)
		for target := range bg.nodes {
			if path := bg.feasible(&Event{node: int32(target)}); path != nil {
				bg.valid(t, path, int32(target))
			}
		}
	})
}

// A loop as source code makes them, entered at its head: the way past it, and the way through it.
func TestFeasibleLoop(t *testing.T) {
	boolean := mir.Operand{Kind: mir.Copy, Place: mir.Place{Local: 1}}
	code := &mir.Body{Locals: []mir.Local{{}, {Type: &mir.Type{Kind: mir.TypePrim, Name: "bool"}}}, Blocks: make([]mir.Block, 5)}
	for _, b := range []int{1, 2} {
		code.Blocks[b].Term = mir.Terminator{Kind: mir.SwitchInt, Cond: boolean, Cases: []mir.SwitchCase{{Text: "0"}}}
	}
	g := graph{b: &body{mir: code, conds: make([]cond, 5)}, nodes: make([]node, 5)}
	for i := range g.nodes {
		g.nodes[i].block = int32(i)
	}
	g.b.conds[1].key = "go on"
	g.b.conds[2].key, g.b.conds[2].negate = "go on", true
	none := int32(ir.NoCase)
	g.nodes[1].in = []inEdge{{from: 0, kase: none}, {from: 3, kase: none}}
	g.nodes[2].in = []inEdge{{from: 1, kase: -1}} // go on
	g.nodes[3].in = []inEdge{{from: 2, kase: 0}}  // go on
	g.nodes[4].in = []inEdge{{from: 2, kase: -1}} // not go on: cannot be
	for target, want := range []bool{true, true, true, true, false} {
		if path := g.feasible(&Event{node: int32(target)}); (path != nil) != want {
			t.Errorf("%d: path %v", target, path)
		}
	}
	g.nodes[4].in = append(g.nodes[4].in, inEdge{from: 1, kase: 0})
	if path := g.feasible(&Event{node: 4}); len(path) != 3 || path[1].Block != 1 || path[1].Case != 0 {
		t.Errorf("the way past the loop is %v", path)
	}
}
