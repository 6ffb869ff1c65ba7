package symbol_test

import (
	"encoding/hex"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"softshell/heap/profile"
	"softshell/heap/symbol"
)

// block is what testdata/types.rs says of one that it made.
type block struct {
	label string
	addr  uint64
	data  []byte // empty when it was given back
	size  uint64
	stack []profile.Location
	typ   symbol.Type
}

// blocks runs the program and asks for the type of each block.
func blocks(t *testing.T, build string) (*symbol.Table, []block) {
	t.Helper()
	file := program(t, "types", build)
	out, err := exec.Command(file).Output()
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string, base int) uint64 {
		n, err := strconv.ParseUint(s, base, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	start := number(strings.TrimPrefix(lines[0], "base "), 16)
	p := &profile.Profile{Modules: []profile.Module{{Path: file}}}
	var all []block
	for _, l := range lines[1:] {
		f := strings.Split(l, "\t")
		b := block{label: f[0], addr: number(f[1], 16), size: number(f[2], 10)}
		b.data, err = hex.DecodeString(f[4])
		if err != nil {
			t.Fatal(err)
		}
		for _, ip := range strings.Fields(f[3]) {
			b.stack = append(b.stack, profile.Location{Offset: number(ip, 16) - start - 1})
		}
		p.Locations = append(p.Locations, b.stack...)
		all = append(all, b)
	}
	table := symbol.Open(p.Modules)
	table.Resolve(p)
	for i := range all {
		all[i].stack = all[i].stack[noting(p, all[i].stack):]
		all[i].typ = table.TypeOf(all[i].stack, all[i].size)
		for k, at := range all[i].stack {
			if !table.Enough(k, at) {
				continue
			}
			if ty := table.TypeOf(all[i].stack[:k+1], all[i].size); ty != all[i].typ {
				t.Errorf("%s: %v by %d locations of %d, %v by all", all[i].label, ty, k+1, len(all[i].stack), all[i].typ)
			}
			break
		}
	}
	return table, all
}

// noting is how many of the innermost locations belong to the program's own book.
func noting(p *profile.Profile, stack []profile.Location) int {
	names := map[uint64]string{}
	for _, l := range p.Locations {
		for _, f := range l.Frames {
			names[l.Offset] += p.Frames[f].Function + "\n"
		}
	}
	for i := len(stack) - 1; i >= 0; i-- {
		if strings.Contains(names[stack[i].Offset], "types::note\n") {
			return i + 1
		}
	}
	return 0
}

// made are the blocks that testdata/types.rs makes, in order.
var made = []string{
	"node Rc<types::Node>",
	"node Rc<types::Node>",
	"tree Rc<types::Tree>",
	"tree Rc<types::Tree>",
	"children Vec<alloc::rc::Rc<types::Tree>>",
	"dyn String",
	"dyn Rc<types::Tree>",
	"box dyn Box<types::Tree>",
	"closure Box<types::main::{closure_env#1}>",
	"line Box<types::Shape>",
	"poly Vec<u64>",
	"poly Box<types::Shape>",
	"job Arc<types::Job>",
	"waiting VecDeque<types::Shape>",
	"seen HashMap<u32, alloc::sync::Arc<types::Job>>",
	"person Rc<core::cell::RefCell<types::Person>>",
	"friends Vec<alloc::rc::Rc<core::cell::RefCell<types::Person>>>",
	"rooms BTreeMap<u8, alloc::rc::Rc<core::cell::RefCell<types::Person>>>",
	"channel Box<std::sync::mpmc::counter::Counter<std::sync::mpmc::list::Channel<alloc::rc::Rc<core::cell::RefCell<types::Person>>>>>",
	"channel Box<std::sync::mpmc::list::Block<alloc::rc::Rc<core::cell::RefCell<types::Person>>>>",
	"wide Rc<types::Wide>",
	"vec Vec<types::Node>",
	"collect Vec<alloc::rc::Rc<types::Node>>",
	"zeroed Vec<u32>",
	"string String",
	"rc slice Vec<alloc::rc::Rc<types::Node>>",
	"rc slice Rc<[alloc::rc::Rc<types::Node>]>",
	"rc str Arc<str>",
	"btree BTreeMap<u32, alloc::rc::Rc<types::Node>>",
	"set HashSet<alloc::string::String>",
	"future Box<types::waits::{async_fn_env#0}>",
	"default Box<[u64; 16]>",
}

func TestTypesOfBlocks(t *testing.T) {
	for _, build := range []string{"debug", "v0", "parts"} {
		t.Run(build, func(t *testing.T) {
			t.Parallel()
			_, all := blocks(t, build)
			var got []string
			for _, b := range all {
				got = append(got, b.label+" "+b.typ.String())
			}
			diff(t, got, made)
		})
	}
}

// TestTypesFromNamesAlone has v0 symbols and no debug information: the names of the
// functions that were not inlined have the types.
func TestTypesFromNamesAlone(t *testing.T) {
	_, all := blocks(t, "v0names")
	got := map[string]bool{}
	for _, b := range all {
		if b.typ.Handle != "" && b.typ.Size != 0 {
			t.Errorf("%s: %+v: a size that no name tells", b.label, b.typ)
		}
		got[b.label+" "+b.typ.String()] = true
	}
	for _, want := range []string{"node Rc<types::Node>", "job Arc<types::Job>", "wide Rc<types::Wide>", "vec Vec<types::Node>"} {
		if !got[want] {
			t.Errorf("no %s: %v", want, got)
		}
	}
}

// holds are the pointers between the blocks that are left, as the program wrote
// them: the holder, the field, how it holds, and what.
var holds = []string{
	"node.next strong types::Node -> node",
	"node.next strong types::Node -> node",
	"tree.children owned alloc::rc::Rc<types::Tree> -> children",
	"tree.parent weak types::Tree -> tree",
	"children.[] strong types::Tree -> tree",
	"dyn.name owned u8 -> dyn",
	"closure.held strong types::Node -> node",
	"line.Line.0 strong types::Node -> node",
	"poly.Poly.corners owned u64 -> poly",
	"poly.Poly.inner owned types::Shape -> line",
	"job.hook owned dyn core::ops::function::Fn<(), Output=u32> -> closure",
	"job.pair.1 strong types::Node -> node",
	"job.both[] strong types::Node -> node",
	"job.state.waiting owned types::Shape -> waiting",
	"job.state.seen owned (u32, alloc::sync::Arc<types::Job>) -> seen",
	"job.peers strong types::Job -> job",
	"job.raw raw types::Job -> job",
	"waiting.[].Poly.corners owned u64 -> poly",
	"waiting.[].Poly.inner owned types::Shape -> line",
	"seen.[].1 strong types::Job -> job",
	"person.send raw std::sync::mpmc::counter::Counter<std::sync::mpmc::list::Channel<alloc::rc::Rc<core::cell::RefCell<types::Person>>>> -> channel",
	"person.friends owned alloc::rc::Rc<core::cell::RefCell<types::Person>> -> friends",
	"person.boss weak core::cell::RefCell<types::Person> -> person",
	"person.rooms owned  -> rooms",
	"person.once strong core::cell::RefCell<types::Person> -> person",
	"person.mood.Fond.0 strong core::cell::RefCell<types::Person> -> person",
	"friends.[] strong core::cell::RefCell<types::Person> -> person",
	"rooms.[] strong core::cell::RefCell<types::Person> -> person",
	"channel. raw std::sync::mpmc::list::Block<alloc::rc::Rc<core::cell::RefCell<types::Person>>> -> channel",
	"channel. raw std::sync::mpmc::list::Block<alloc::rc::Rc<core::cell::RefCell<types::Person>>> -> channel",
	"channel.[] strong core::cell::RefCell<types::Person> -> person",
	"wide.at strong types::Wide -> wide",
	"collect.[] strong types::Node -> node",
	"collect.[] strong types::Node -> node",
	"collect.[] strong types::Node -> node",
	"collect.[] strong types::Node -> node",
	"rc slice.[] strong types::Node -> node",
	"rc slice.[] strong types::Node -> node",
	"btree.[] strong types::Node -> node",
	"future.node strong types::Node -> node",
}

func TestFieldsOfBlocks(t *testing.T) {
	for _, build := range []string{"debug", "v0", "parts"} {
		t.Run(build, func(t *testing.T) {
			t.Parallel()
			table, all := blocks(t, build)
			var got []string
			for _, b := range all {
				for off := 0; off+8 <= len(b.data); off += 8 {
					var word uint64
					for i := range 8 {
						word |= uint64(b.data[off+i]) << (8 * i)
					}
					for _, to := range all {
						if to.addr != 0 && word >= to.addr && word < to.addr+to.size {
							f := table.Field(b.typ, uint64(off), b.data)
							if f.Kind == symbol.NoPointer {
								continue // what was left in the gaps between fields
							}
							got = append(got, fmt.Sprintf("%s.%s %v %s -> %s", b.label, f.Path, f.Kind, f.Type, to.label))
						}
					}
				}
			}
			diff(t, got, holds)
		})
	}
}

func diff(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var g, w string
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%d: %q, want %q", i, g, w)
		}
	}
}

func TestLayoutOfCounts(t *testing.T) {
	for _, build := range []string{"debug", "release", "dwarf5"} {
		file := program(t, "nodes", build)
		table := symbol.Open([]profile.Module{{Path: file}})
		seen := map[string]bool{}
		for _, c := range table.Counts(0) {
			seen[c.Type] = true
			if !c.Usual() {
				t.Errorf("%s: %+v", build, c)
			}
		}
		if !seen["alloc::rc::RcInner<nodes::Node>"] {
			t.Errorf("%s: %v", build, seen)
		}
	}
	if c := symbol.Open([]profile.Module{{Path: program(t, "nodes", "stripped")}}).Counts(0); c != nil {
		t.Errorf("stripped: %+v", c)
	}
}
