package ir

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"softshell/mir"
)

// recorded calls f for each body of the MIR texts that package mir keeps.
func recorded(t *testing.T, f func(t *testing.T, b *mir.Body)) {
	t.Helper()
	files, err := filepath.Glob("../mir/testdata/*.mir")
	if err != nil || len(files) == 0 {
		t.Fatal("no recorded texts", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, it := range mir.Parse(string(text)).Items {
				if b, ok := it.(*mir.Body); ok {
					f(t, b)
					n++
				}
			}
			if n == 0 {
				t.Error("no bodies")
			}
		})
	}
}

// body reads the one body of a text.
func body(t *testing.T, text string) *mir.Body {
	t.Helper()
	it, err := mir.NewReader(strings.NewReader(text)).Next()
	b, ok := it.(*mir.Body)
	if err != nil || !ok || b.Broken {
		t.Fatalf("no body in\n%s\n%v", text, err)
	}
	return b
}

func TestSanityOfRecorded(t *testing.T) {
	recorded(t, func(t *testing.T, b *mir.Body) {
		for _, err := range Sanity(b, NewCFG(b)) {
			t.Errorf("line %d: %v", b.Line, err)
		}
	})
}

// sane is a body with one of each thing that the tests below spoil.
const sane = `fn f(_1: bool, _2: u8) -> u8 {
    debug c => _1;
    let mut _0: u8;
    let mut _3: std::vec::Vec<u8>;
    let mut _4: bool;
    let mut _5: [u8; 4];
    scope 1 {
        debug v => _3;
    }

    bb0: {
        StorageLive(_3);
        _3 = std::vec::Vec::<u8>::new() -> [return: bb1, unwind continue];
    }

    bb1: {
        _4 = Not(copy _1);
        switchInt(copy _2) -> [0: bb2, 1: bb3, otherwise: bb4];
    }

    bb2: {
        assert(move _4, "no") -> [success: bb4, unwind: bb6];
    }

    bb3: {
        _0 = g(copy _2) -> [return: bb5, unwind: bb6];
    }

    bb4: {
        _0 = const 1_u8;
        goto -> bb5;
    }

    bb5: {
        drop(_3) -> [return: bb8, unwind continue];
    }

    bb6 (cleanup): {
        drop(_3) -> [return: bb7, unwind terminate(cleanup)];
    }

    bb7 (cleanup): {
        resume;
    }

    bb8: {
        StorageDead(_3);
        return;
    }
}
`

func TestSanityOfBodies(t *testing.T) {
	if errs := Sanity(body(t, sane), NewCFG(body(t, sane))); len(errs) > 0 {
		t.Fatalf("the body that the tests spoil is not sane: %v", errs)
	}
	for _, c := range []struct{ old, new, want string }{
		{"copy _2) -> [0: bb2", "copy _9) -> [0: bb2", "bb1: _9 is not declared"},
		{"    let mut _4: bool;\n", "", "bb1: _4 is not declared"},
		{"debug v => _3", "debug v => _7", "f: _7 is not declared"},
		{"_0 = const 1_u8", "_0 = copy _5[_8]", "bb4: _5 is indexed by _8, which is not declared"},
		{"_0 = const 1_u8", "_0 = copy _5[_2]", "bb4: statement 0 reads _5, which holds nothing"},
		{"let mut _4: bool", "let mut _4: u8", "bb2: it asserts a u8"},
		{"let mut _4: bool;\n", "let mut _4: bool;\n    let mut _2: u8;\n", "f: _2 is declared twice"},
		{"switchInt(copy _2)", "switchInt(copy _3)", "bb1: it switches on a std::vec::Vec<u8>"},
		{"[0: bb2, 1: bb3,", "[0: bb2, 0: bb3,", "bb1: it switches on 0 twice"},
		{"1: bb3, otherwise: bb4]", "1: bb3]", "bb1: a switch without cases, or without `otherwise`"},
		{"goto -> bb5", "goto -> bb12", "bb4: there is no bb12"},
		{"goto -> bb5", "goto -> bb0", "bb4: it leads to the entry"},
		{"goto -> bb5", "goto -> bb7", "bb4: it leads to bb7 without unwinding"},
		{"goto -> bb5", "resume", "bb4: a normal block ends as only a cleanup block can"},
		{"        resume", "        return", "bb7: a cleanup block ends as only a normal one can"},
		{"        resume", "        goto -> bb5", "bb7: it leads to bb5 without unwinding"},
		{"_0 = g(copy _2) -> [return: bb5, unwind: bb6]", "_0 = g(copy _2) -> [return: bb5, unwind: bb4]", "bb3: it unwinds to bb4, which is no cleanup block"},
		{"_0 = g(copy _2) -> [return: bb5, unwind: bb6]", "_0 = g(copy _2) -> [return: bb5]", "bb3: its terminator does not say how it unwinds"},
		{"[return: bb7, unwind terminate(cleanup)]", "[return: bb7, unwind continue]", "bb6: a cleanup block unwinds once more"},
		{"[return: bb8, unwind continue]", "[unwind continue]", "bb5: its terminator goes nowhere"},
		{"bb0: {", "bb0 (cleanup): {", "bb0: the entry is a cleanup block"},
		{"StorageLive(_3)", "StorageLive(_2)", "bb0: statement 0 marks the storage of a parameter"},
		{"StorageDead(_3);\n", "StorageDead(_3);\n        _0 = Len(_3);\n", "bb8: statement 1 reads _3, which holds nothing"},
		{"_0 = const 1_u8", "nop", ""}, // the other way to bb5 gives _0 its value
		{"_0 = const 1_u8", "_0 = copy _0", "bb4: statement 0 reads _0, which holds nothing"},
		{"_4 = Not(copy _1)", "_4 = move _1;\n        _4 = move _1", "bb1: statement 1 reads _1, which holds nothing"},
	} {
		b := body(t, strings.Replace(sane, c.old, c.new, 1))
		expect(t, c.old+" => "+c.new, Sanity(b, NewCFG(b)), c.want)
	}
}

// expect asserts that one of the errors holds want, or that there is none when want is "".
func expect(t *testing.T, what string, errs []error, want string) {
	t.Helper()
	if want == "" && len(errs) == 0 || want != "" && strings.Contains(fmt.Sprint(errs), want) {
		return
	}
	t.Errorf("%s: got %v, want %q", what, errs, want)
}

// TestSanityOfNodes spoils what no text can spell.
func TestSanityOfNodes(t *testing.T) {
	for want, spoil := range map[string]func(b *mir.Body){
		"f: parameter 1 is _2":                       func(b *mir.Body) { b.Params[0] = 2 },
		"it has both a value and blocks, or neither": func(b *mir.Body) { b.Blocks = nil },
		": it has no name":                           func(b *mir.Body) { b.Name = "" },
		"f: a constant has parameters":               func(b *mir.Body) { b.Kind = mir.ConstBody },
		"f: _0 is not the result":                    func(b *mir.Body) { b.Ret = b.Locals[1].Type },
		"f: _3 stands in scope 4":                    func(b *mir.Body) { b.Locals[3].Scope = 4 },
		"f: v stands in scope 4":                     func(b *mir.Body) { b.Debug[1].Scope = 4 },
		"f: scope 1 is declared twice":               func(b *mir.Body) { b.Scopes = append(b.Scopes, b.Scopes[0]) },
		"bb1: a span stands in scope 3": func(b *mir.Body) {
			b.Blocks[1].Term.Span = &mir.Span{File: 1, Line: 1, Col: 1, EndLine: 1, EndCol: 2, Scope: 3}
		},
		"bb0: a span is": func(b *mir.Body) {
			b.Blocks[0].Stmts[0].Span = &mir.Span{File: 1, Line: 2, Col: 1, EndLine: 1, EndCol: 9}
		},
		"bb1: the terminator stands in line":              func(b *mir.Body) { b.Blocks[1].Term.Line = 1 },
		"bb4: statement 0 stands in line":                 func(b *mir.Body) { b.Blocks[4].Stmts[0].Line = 1 },
		"bb4: statement 0 assigns nothing":                func(b *mir.Body) { b.Blocks[4].Stmts[0].Rvalue = nil },
		"bb4: statement 0 is not understood":              func(b *mir.Body) { b.Blocks[4].Stmts[0].Kind = mir.StmtUnsupported },
		"bb1: statement 0 has 0 operands, not 1":          func(b *mir.Body) { b.Blocks[1].Stmts[0].Rvalue.Args = nil },
		"bb4: it has no terminator that is understood":    func(b *mir.Body) { b.Blocks[4].Term = mir.Terminator{Line: 99, Target: -1, Imag: -1, Cleanup: -1} },
		"bb8: what ends the function leads to a block":    func(b *mir.Body) { b.Blocks[8].Term.Target = 1 },
		"bb4: its terminator has targets of another kind": func(b *mir.Body) { b.Blocks[4].Term.Cases = []mir.SwitchCase{{To: 1}} },
		"bb3: operand 0 is a constant without a value":    func(b *mir.Body) { b.Blocks[3].Term.Func.Const = nil },
		"bb3: it calls g, which is no path":               func(b *mir.Body) { b.Blocks[3].Term.Func.Const = &mir.Const{Text: "g"} },
		"bb2: it unwinds to bb6, and does not":            func(b *mir.Body) { b.Blocks[2].Term.Unwind = mir.UnwindContinue },
		"bb4: a projection of _0 is not understood":       func(b *mir.Body) { b.Blocks[4].Stmts[0].Place.Proj = []mir.Proj{{}} },
		"bb4: a field of _0 has no type":                  func(b *mir.Body) { b.Blocks[4].Stmts[0].Place.Proj = []mir.Proj{{Kind: mir.Field}} },
		"bb4: what follows the variant Some of _0 is no field": func(b *mir.Body) {
			b.Blocks[4].Stmts[0].Place.Proj = []mir.Proj{{Kind: mir.Downcast, Name: "Some"}, {Kind: mir.Deref}}
		},
	} {
		b := body(t, sane)
		spoil(b)
		expect(t, want, Sanity(b, NewCFG(b)), want)
	}
	b := body(t, sane)
	b.Broken, b.Name = true, ""
	expect(t, "a broken body", Sanity(b, NewCFG(b)), "")
}

// TestSanityOfGraphs spoils the graph of a body that is sane.
func TestSanityOfGraphs(t *testing.T) {
	for want, spoil := range map[string]func(g *CFG){
		"the graph of 9 blocks has 9, 9 and 8":              func(g *CFG) { g.Num = g.Num[:8] },
		"bb4: its successors are [5], the graph says []":    func(g *CFG) { g.Succs[4] = nil },
		"bb4: its successors are [5], the graph says [5 5]": func(g *CFG) { g.Succs[4] = append(g.Succs[4], g.Succs[4]...) },
		"bb5: its predecessors are [3 4], the graph says":   func(g *CFG) { g.Preds[5] = g.Preds[5][:1] },
		"bb1: the edge to bb2 is not case 1":                func(g *CFG) { g.Succs[1][0].Case = 1 },
		"bb4: the edge to bb5 is {To:5 Case:0":              func(g *CFG) { g.Succs[4][0].Case = 0 },
		"bb2: the edge to bb6 is":                           func(g *CFG) { g.Succs[2][1].Unwind = false },
		"bb1 has number 2 in an order of 9":                 func(g *CFG) { g.Num[1] = 2 },
		"bb8 has number -1 in an order of 8":                func(g *CFG) { drop(g, 8) },
		"comes before all of its predecessors": func(g *CFG) {
			g.RPO[1], g.RPO[2] = g.RPO[2], g.RPO[1]
			g.Num[g.RPO[1]], g.Num[g.RPO[2]] = 1, 2
		},
		"the order of 9 blocks is [1 0": func(g *CFG) {
			g.RPO[0], g.RPO[1], g.Num[0], g.Num[1] = g.RPO[1], g.RPO[0], 1, 0
		},
	} {
		b := body(t, sane)
		g := NewCFG(b)
		spoil(g)
		expect(t, want, Sanity(b, g), want)
	}
}

// drop takes a block out of the order.
func drop(g *CFG, block int32) {
	var rest []int32
	for _, b := range g.RPO {
		if b != block {
			g.Num[b] = int32(len(rest))
			rest = append(rest, b)
		}
	}
	g.RPO, g.Num[block] = rest, -1
}
