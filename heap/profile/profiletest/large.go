package profiletest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"softshell/heap/profile"
)

// Large is a program with that many stacks of a mean depth of 23, in a call graph
// of some thousand call sites, with leaks of all kinds, cycles and a time line.
func Large(seed uint64, stacks int) *profile.Profile {
	g := &large{Builder: NewBuilder("target/release/server"), rnd: rand.New(rand.NewPCG(seed, 1))}
	g.functions(900)
	for range stacks {
		g.stack()
	}
	slices.SortFunc(g.P.Sites, func(a, b profile.Site) int { return a.Node - b.Node })
	g.P.Sites = slices.CompactFunc(g.P.Sites, func(a, b profile.Site) bool { return a.Node == b.Node })
	g.cycles()
	g.times()
	r := &g.P.Run
	r.Command, r.Dir = []string{"target/release/server", "--port", "8080", "--config", "etc/server.toml"}, "/home/user/server"
	r.Start, r.Wall, r.PeakAt = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), 12*time.Second+345*time.Millisecond, 9*time.Second
	r.Collector, r.Toolchain, r.Memory, r.PeakRSS, r.OwnMemory = "preload", "rustc version 1.95.0", true, 400<<20, 30<<20
	g.P.Notes = []string{"3 stacks are cut off, because a library has no unwind table: /usr/lib/libold.so.1"}
	return g.Sum()
}

type large struct {
	*Builder
	rnd   *rand.Rand
	names []profile.Frame
	calls [][]profile.Frame // call sites in each function
	to    [][]int           // the function that each calls
}

var (
	crates = []string{"server", "server", "server", "hyper", "tokio", "serde_json", "regex_automata", "http", "bytes", "tracing_core", "hashbrown"}
	mods   = []string{"session", "router", "cache", "index", "parser", "pool", "codec", "stream", "table", "config", "worker", "queue", "state"}
	verbs  = []string{"insert", "parse_value", "poll", "read_frame", "with_capacity", "handle", "extend", "build", "resolve", "flush", "decode", "get_or_init", "dispatch", "commit"}
	types  = []string{"Session", "Entry", "Node", "Frame", "Request", "Token", "Buffer", "Key", "Message", "Handle"}
)

func pick[T any](r *rand.Rand, s []T) T { return s[r.IntN(len(s))] }

func (g *large) functions(n int) {
	for i := range n {
		c, m, t := pick(g.rnd, crates), pick(g.rnd, mods), pick(g.rnd, types)
		name := fmt.Sprintf("%s::%s::%s_%d", c, m, pick(g.rnd, verbs), i)
		switch g.rnd.IntN(4) {
		case 0:
			name = fmt.Sprintf("<%s::%s::%s<alloc::string::String, alloc::vec::Vec<%s::%s::%s>> as core::future::future::Future>::poll_%d", c, m, t, c, m, pick(g.rnd, types), i)
		case 1:
			name += fmt.Sprintf("::<%s::%s::%s>::{closure#%d}", c, m, t, g.rnd.IntN(3))
		}
		g.names = append(g.names, profile.Frame{Function: name, Linkage: fmt.Sprintf("_RNvNtCs%08x_%d%s%d%s%d_%d", g.rnd.Uint32(), len(c), c, len(m), m, len(t), i),
			File: fmt.Sprintf("src/%s/%s.rs", m, pick(g.rnd, mods)), Crate: c})
	}
	for i := range g.names {
		var calls []profile.Frame
		var to []int
		for range 1 + g.rnd.IntN(6) {
			f := g.names[i]
			f.Line = 10 + g.rnd.IntN(900)
			calls = append(calls, f)
			to = append(to, min(n-1, i+1+int(g.rnd.ExpFloat64()*40)))
		}
		g.calls, g.to = append(g.calls, calls), append(g.to, to)
	}
}

// stack walks down the call graph; calls between far functions stand for the
// depth of real stacks.
func (g *large) stack() {
	n := g.Stack(system("_start", "", 0, ""), system("__libc_start_main", "", 0, ""), system("main", "", 0, ""),
		system("std::rt::lang_start::<()>", library+"std/src/rt.rs", 205, "std"))
	f := 0
	for depth := 6 + int(g.rnd.NormFloat64()*4+9); depth > 0 && f < len(g.names)-1; depth-- {
		i := min(g.rnd.IntN(len(g.calls[f])), g.rnd.IntN(len(g.calls[f])))
		n = g.Node(n, g.calls[f][i], nil)
		f = g.to[f][i]
	}
	n = g.Node(n, g.calls[f][0], nil)
	how := pick(g.rnd, []string{"<alloc::vec::Vec<u8>>::push", "<alloc::sync::Arc<_>>::new", "<alloc::boxed::Box<_>>::new", "<alloc::string::String as core::clone::Clone>::clone"})
	n = g.Node(n, system(how, library+"alloc/src/lib.rs", 100+len(how), "alloc"), nil)
	inlined := system("alloc::alloc::alloc", library+"alloc/src/alloc.rs", 95, "alloc")
	g.site(g.Node(n, system("<alloc::alloc::Global as core::alloc::Allocator>::allocate", library+"alloc/src/alloc.rs", 429, "alloc"), &inlined))
}

func (g *large) site(node int) {
	c := profile.Counts{Allocs: 1 + int64(g.rnd.ExpFloat64()*1200)}
	size := int64(8 + g.rnd.ExpFloat64()*200)
	c.Bytes, c.Largest = c.Allocs*size, size*3
	left := int64(0)
	if g.rnd.IntN(6) == 0 {
		left = min(c.Allocs, int64(g.rnd.ExpFloat64()*9))
	}
	c.Frees, c.FreedBytes = c.Allocs-left, (c.Allocs-left)*size
	c.Temporary = c.Frees * int64(g.rnd.IntN(100)) / 400
	c.Lifetime = time.Duration(c.Frees) * time.Duration(g.rnd.IntN(4_000_000))
	c.PeakAllocs = left + int64(g.rnd.ExpFloat64()*float64(c.Allocs)/20)
	c.PeakBytes = c.PeakAllocs * size
	s := profile.Site{Node: node, Counts: c}
	if g.rnd.IntN(3) == 0 {
		s.Type = fmt.Sprintf("%s::%s::%s", pick(g.rnd, crates), pick(g.rnd, mods), pick(g.rnd, types))
	}
	s.Left[pick(g.rnd, []profile.Kind{profile.Direct, profile.Indirect, profile.Cyclic, profile.Reachable, profile.Reachable})] = profile.Left{Blocks: left, Bytes: left * size}
	g.P.Sites = append(g.P.Sites, s)
}

func (g *large) cycles() {
	for i := range 6 {
		y := profile.Cycle{Count: int64(40 / (i + 1)), Bytes: int64(4000 / (i + 1))}
		n := 2 + i%4
		y.Blocks = int64(n)
		for k := range n {
			y.Members = append(y.Members, profile.Member{Site: g.rnd.IntN(len(g.P.Sites)), Size: 48, Type: "server::session::" + pick(g.rnd, types), Handle: []string{"Rc", "Arc", ""}[(i+k)%3], Strong: 1, Weak: 1})
			y.Holds = append(y.Holds, profile.Hold{From: k, To: (k + 1) % n, Field: pick(g.rnd, []string{"next", "parent", "children[]", "owner.inner"}), Offset: 16})
		}
		g.P.Cycles = append(g.P.Cycles, y)
	}
	g.P.Secrets = []profile.SecretHit{
		{Name: "DB_PASSWORD", Where: profile.InFreed, Site: g.rnd.IntN(len(g.P.Sites)), Offset: 16, Size: 48, Length: 24, Count: 3},
		{Name: "DB_PASSWORD", Where: profile.InEnvironment, Site: -1, Length: 24, Count: 1},
	}
}

func (g *large) times() {
	live := 0.0
	for i := range 1200 {
		live = max(0, live+g.rnd.NormFloat64()*3e5+6e4)
		g.P.Timeline = append(g.P.Timeline, profile.Sample{At: time.Duration(i) * 10 * time.Millisecond, Live: int64(live), Blocks: int64(live / 90), Allocs: int64(i) * 17000})
	}
	g.P.Threads = []profile.Thread{{Name: "main", Allocs: 1000, Bytes: 90_000}, {Name: "tokio-runtime-worker", Allocs: 19_000_000, Bytes: 3 << 30}, {Name: "tokio-runtime-worker", Allocs: 900_000, Bytes: 1 << 29, Panicking: true}}
}
