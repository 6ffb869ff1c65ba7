package profiletest

import (
	"time"

	"softshell/heap/profile"
)

func system(function, file string, line int, crate string) profile.Frame {
	return profile.Frame{Function: function, File: file, Line: line, Crate: crate, System: true}
}

const library = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/"

// Leaky is what a recorder sees of examples/leaky: two rounds of two nodes that
// hold each other, what println! leaves, and a block of the runtime.
func Leaky() *profile.Profile {
	b := NewBuilder("target/debug/leaky")
	r := &b.P.Run
	r.Dir, r.PID, r.Start = "/home/user/leaky", 4711, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	r.Wall, r.PeakAt, r.PeakRSS, r.OwnMemory = 2100*time.Microsecond, 1800*time.Microsecond, 3<<20, 180<<10
	r.Collector, r.Toolchain, r.Memory = "preload", "rustc version 1.95.0", true
	root := []profile.Frame{
		system("_start", "", 0, ""), system("__libc_start_main", "", 0, ""), system("main", "", 0, ""),
		system("std::rt::lang_start::<()>", library+"std/src/rt.rs", 205, "std"),
		system("std::rt::lang_start_internal", library+"std/src/rt.rs", 171, "std"),
	}
	base := b.Stack(root...)
	alloc := func(n int, first string, line int) int {
		n = b.Node(n, system(first, library+"alloc/src/rc.rs", line, "alloc"), nil)
		return b.Node(n, system("<alloc::alloc::Global as core::alloc::Allocator>::allocate", library+"alloc/src/alloc.rs", 429, "alloc"),
			&profile.Frame{Function: "alloc::alloc::alloc", File: library + "alloc/src/alloc.rs", Line: 95, Crate: "alloc", System: true})
	}
	site := func(node int, c profile.Counts, kind profile.Kind, typ string) {
		s := profile.Site{Node: node, Counts: c, Type: typ}
		s.Left[kind] = profile.Left{Blocks: c.LiveBlocks(), Bytes: c.Live()}
		b.P.Sites = append(b.P.Sites, s)
	}
	guard := alloc(b.Node(base, system("std::sys::pal::unix::stack_overflow::imp::init", library+"std/src/sys/pal/unix/stack_overflow.rs", 190, "std"), nil), "std::sys::pal::unix::stack_overflow::thread_info::set_current_info", 114)
	site(guard, profile.Counts{Allocs: 1, Bytes: 544, PeakBytes: 544, PeakAllocs: 1, Largest: 544}, profile.Reachable, "")
	call := b.Node(base, profile.Frame{Function: "leaky::main", File: "src/main.rs", Line: 23, Crate: "leaky"}, nil)
	line := alloc(b.Node(call, system("std::io::stdio::_print", library+"std/src/io/stdio.rs", 1165, "std"), nil), "<std::io::buffered::linewriter::LineWriter<std::io::stdio::StdoutRaw>>::with_capacity", 107)
	site(line, profile.Counts{Allocs: 1, Bytes: 1024, PeakBytes: 1024, PeakAllocs: 1, Largest: 1024}, profile.Reachable, "")
	text := alloc(b.Node(call, system("alloc::fmt::format", library+"alloc/src/fmt.rs", 650, "alloc"), nil), "<alloc::string::String>::with_capacity", 107)
	site(text, profile.Counts{Allocs: 6, Bytes: 180, Frees: 6, FreedBytes: 180, Temporary: 2, Lifetime: time.Millisecond, Largest: 33}, profile.Direct, "")
	var nodes [2]int
	for i := range nodes {
		user := b.Node(call, profile.Frame{Function: "leaky::create_and_leak", File: "src/main.rs", Line: 14 + i, Crate: "leaky"}, nil)
		node := alloc(user, "<alloc::rc::Rc<leaky::Node>>::new", 420)
		nodes[i] = len(b.P.Sites)
		site(node, profile.Counts{Allocs: 2, Bytes: 80, PeakBytes: 80, PeakAllocs: 2, Largest: 40}, profile.Cyclic, "alloc::rc::RcInner<leaky::Node>")
	}
	member := func(i int) profile.Member {
		return profile.Member{Site: nodes[i], Size: 40, Type: "leaky::Node", Handle: "Rc", Strong: 1, Weak: 1}
	}
	b.P.Cycles = []profile.Cycle{{Count: 2, Bytes: 160, Blocks: 2, Members: []profile.Member{member(0), member(1)},
		Holds: []profile.Hold{{From: 0, To: 1, Field: "next", Offset: 24}, {From: 1, To: 0, Field: "next", Offset: 24}}}}
	b.P.Threads = []profile.Thread{{Name: "main", Allocs: 12, Bytes: 1908}}
	for i := range 8 {
		b.P.Timeline = append(b.P.Timeline, profile.Sample{At: time.Duration(i) * 300 * time.Microsecond, Live: int64(544 + i*170), Blocks: int64(1 + i), Allocs: int64(1 + 2*i)})
	}
	return b.Sum()
}
