package record

import (
	"strings"
	"testing"

	"softshell/heap/graph"
	"softshell/heap/inject"
	"softshell/heap/memory"
	"softshell/heap/symbol"
)

// Cycles are believed when something vouches for the layout of Rc and Arc.
func TestLayout(t *testing.T) {
	cycles := []graph.Cycle{{Members: []graph.Member{{Block: 0, Counted: true}}}}
	const compiler = "rustc version 1.95.0 (x)"
	for name, c := range map[string]struct {
		ty           symbol.Type
		compiler     string
		counts, same bool
		ok           bool
		note         string
	}{
		"debug information agrees":      {ty: symbol.Type{Counted: true, Weak: 8}, compiler: "rustc version 1.999.0", ok: true},
		"debug information disagrees":   {ty: symbol.Type{Counted: true, Weak: 16}, compiler: compiler, counts: true, same: true, note: "other places"},
		"trial agrees":                  {compiler: "rustc version 1.999.0", counts: true, same: true, ok: true},
		"trial disagrees":               {compiler: compiler, same: true, note: "trial"},
		"known version":                 {compiler: compiler, ok: true},
		"version of the future":         {compiler: "rustc version 1.999.0", note: "1.999"},
		"nothing is known, and so told": {ok: true, note: "does not tell"},
	} {
		a := &analysis{snap: &memory.Snapshot{Live: []memory.Block{{Node: 3}}}, types: map[int32]symbol.Type{3: c.ty}}
		ok, note := a.layout(cycles, c.compiler, func(string) (bool, bool) { return c.counts, c.same })
		if ok != c.ok || !strings.Contains(note, c.note) || c.note == "" && note != "" {
			t.Errorf("%s: %v, %q", name, ok, note)
		}
	}
}

// The compiler that is installed is known by what it writes into programs.
func TestTryInstalled(t *testing.T) {
	p, err := inject.Look(program(t, "exit.rs"))
	if err != nil {
		t.Fatal(err)
	}
	if counts, same := tryInstalled(p.Compiler); !counts || !same {
		t.Errorf("%q: counts %v, the one that is installed (%q): %v", p.Compiler, counts, installed(), same)
	}
	if _, same := tryInstalled("rustc version 1.0.0"); same {
		t.Error("another compiler is taken for it")
	}
}
