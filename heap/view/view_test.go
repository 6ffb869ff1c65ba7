package view_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"softshell/heap/profile"
	"softshell/heap/profile/profiletest"
	"softshell/heap/view"
)

func TestReadable(t *testing.T) {
	for in, want := range map[string]string{
		"leaky::main": "leaky::main",
		"leaky::create_and_leak::h3a0810fc6c7ca668":                "leaky::create_and_leak",
		"<alloc::rc::Rc<leaky::Node>>::new":                        "Rc<leaky::Node>::new",
		"alloc::vec::Vec<u8, alloc::alloc::Global>":                "Vec<u8>",
		"<alloc::alloc::Global as core::alloc::Allocator>::alloc":  "<Global as Allocator>::alloc",
		"<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop":      "<Vec<T> as Drop>::drop",
		"alloc::rc::RcInner<core::cell::RefCell<my::core::Thing>>": "Rc<RefCell<my::core::Thing>>",
		"std::rt::lang_start::<()>":                                "std::rt::lang_start::<()>",
		"core::ops::function::FnOnce::call_once{{vtable.shim}}":    "FnOnce::call_once{vtable.shim}",
		"my::alloc::vec::Vec<i32>":                                 "my::alloc::vec::Vec<i32>",
		"<dyn core::ops::function::Fn(u8) -> u8>::call":            "dyn Fn(u8) -> u8::call",
		"":                    "",
		"::h0123456789abcdef": "::h0123456789abcdef",
		"<<<":                 "<<<",
	} {
		if got := view.Readable(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"leaky::main", 20, "leaky::main"},
		{"Vec<alloc::Thing<u8>>::push", 20, "Vec<..>::push"},
		{"<grep::line_buffer::LineBuffer as Clone>::clone", 30, "<LineBuffer as Clone>::clone"},
		{"<a::Work<'_, T> as b::Future<Output = Vec<u8>>>::poll", 24, "<Work<..> as Future<..>>::poll"},
		{"a::module::with::long::function_name", 24, "..::long::function_name"},
		{"<F as Fn(u8) -> Vec<u8>>::call", 27, "<F as Fn(u8) -> Vec<..>>::call"},
	} {
		if got := view.Short(c.in, c.width); got != c.want && len(c.want) <= c.width {
			t.Errorf("%q in %d is %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestShortType(t *testing.T) {
	for width, want := range map[int]string{40: "Vec<a::b::Entry<u8, Rc<c::Node>>>", 28: "Vec<Entry<u8, Rc<Node>>>", 12: "Vec<Entry<.."} {
		if got := view.ShortType("Vec<a::b::Entry<u8, Rc<c::Node>>>", width); got != want {
			t.Errorf("in %d it is %q, want %q", width, got, want)
		}
	}
}

// FuzzReadable: no name makes it fail, and short names are as short as asked for.
func FuzzReadable(f *testing.F) {
	f.Add("<alloc::rc::Rc<T> as core::ops::Fn(u8) -> u8>::call::h0123456789abcdef", 20)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width = min(max(width, 3), 200); len([]rune(view.Short(view.Readable(s), width))) > width {
			t.Fatal(view.Short(view.Readable(s), width))
		}
	})
}

func names(v *view.View, s *view.Stack) (out []string) {
	for _, c := range s.Calls {
		out = append(out, v.Name(c.Frame))
	}
	return out
}

func TestFolding(t *testing.T) {
	v := view.New(profiletest.Leaky(), view.Options{})
	g := v.Groups(0, view.Leaked.Of)
	if len(g) != 2 || g[0].Via != "Rc<leaky::Node>::new" || !slices.Equal(names(v, &g[0].Stack), []string{"leaky::create_and_leak", "leaky::main"}) {
		t.Fatalf("%+v", g)
	}
	v = view.New(profiletest.Leaky(), view.Options{Unfold: true})
	g = v.Groups(0, view.Leaked.Of)
	all := names(v, &g[0].Stack)
	if g[0].Via != "" || all[0] != "alloc::alloc::alloc" || all[len(all)-1] != "_start" {
		t.Fatalf("%v", all)
	}
	inlined := 0
	for _, c := range g[0].Calls {
		if c.Inlined {
			inlined++
		}
	}
	if inlined != 1 {
		t.Errorf("%d inlined frames", inlined)
	}
}

// Of a stack without code of the program the frames of std stay that say what it was for.
func TestRuntimeStack(t *testing.T) {
	v := view.New(profiletest.Leaky(), view.Options{})
	if got := names(v, &v.Stacks[0]); !slices.Equal(got, []string{"std::sys::pal::unix::stack_overflow::imp::init"}) {
		t.Errorf("%q", got)
	}
}

// Another order of addresses gives the same cycle.
func TestCycleOrder(t *testing.T) {
	p, q := profiletest.Leaky(), profiletest.Leaky()
	m := q.Cycles[0].Members
	m[0], m[1] = m[1], m[0]
	h := q.Cycles[0].Holds
	h[0], h[1] = h[1], h[0]
	a, b := view.New(p, view.Options{}).Cycles, view.New(q, view.Options{}).Cycles
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%+v\n%+v", a[0], b[0])
	}
}

// The buffer of a vector is part of the field that holds it.
func TestBuffers(t *testing.T) {
	p := profiletest.Leaky()
	p.Cycles[0] = profile.Cycle{Count: 1, Bytes: 300, Blocks: 4,
		Members: []profile.Member{{Site: 3, Type: "a::Tree", Handle: "Rc"}, {Site: 3, Type: "Vec<Rc<a::Tree>>"}, {Site: 4, Type: "a::Tree", Handle: "Rc"}, {Site: 4, Type: "a::Tree", Handle: "Rc"}},
		Holds:   []profile.Hold{{From: 0, To: 1, Field: "kids", Offset: 16}, {From: 1, To: 2, Field: "[]", Offset: 0}, {From: 1, To: 3, Field: "[]", Offset: 8}, {From: 2, To: 0, Field: "parent", Offset: 40}, {From: 3, To: 0, Field: "parent", Offset: 40}}}
	got := view.New(p, view.Options{}).Cycles[0]
	want := []profile.Hold{{From: 0, To: 1, Field: "kids[]", Offset: 16}, {From: 0, To: 2, Field: "kids[]", Offset: 16}, {From: 1, To: 0, Field: "parent", Offset: 40}, {From: 2, To: 0, Field: "parent", Offset: 40}}
	if !slices.Equal(got.Holds, want) || len(got.Members) != 3 || got.Blocks != 3 || got.Bytes != 300 {
		t.Errorf("%+v", got)
	}
	if got := view.New(p, view.Options{Unfold: true}).Cycles[0]; len(got.Members) != 4 || got.Blocks != 4 {
		t.Errorf("unfolded: %+v", got)
	}
}

// The runtime's blocks are told apart; what the example loses is four blocks of 160 bytes.
func TestLeaky(t *testing.T) {
	v := view.New(profiletest.Leaky(), view.Options{})
	left := v.Left()
	if left[profile.Cyclic] != (profile.Left{Blocks: 4, Bytes: 160}) || left[profile.Runtime] != (profile.Left{Blocks: 2, Bytes: 1568}) || left[profile.Reachable].Blocks != 0 {
		t.Errorf("%+v", left)
	}
	if len(v.Runtime) != 2 || v.Runtime[0].Name != "stack guard" || v.Runtime[0].Left.Bytes != 544 {
		t.Errorf("%+v", v.Runtime)
	}
}

// Every block that was left is counted once, whatever is folded, filtered or held back.
func TestNothingIsLostInAView(t *testing.T) {
	p := profiletest.Large(3, 800)
	var want, got int64
	for _, s := range p.Sites {
		for _, l := range s.Left {
			want += l.Bytes
		}
	}
	v := view.New(p, view.Options{Suppressions: read(t, "allow(heap-leak) server::*: test\nallow(heap-cycle) tokio::*: test\n")})
	for i := range v.Stacks {
		s := &v.Stacks[i]
		got += s.Lost().Bytes + s.Left[profile.Reachable].Bytes + s.Left[profile.Runtime].Bytes + s.Held.Bytes
	}
	if want != got || len(v.Held) != 2 {
		t.Errorf("%d bytes of %d, %+v", got, want, v.Held)
	}
	held := int64(0)
	for _, k := range v.Held {
		held += k.Left.Bytes
	}
	for i := range v.Stacks {
		held -= v.Stacks[i].Held.Bytes
	}
	if held != 0 {
		t.Errorf("the lines say %d bytes more than the stacks", held)
	}
}

func TestLists(t *testing.T) {
	v := view.New(profiletest.Large(5, 500), view.Options{})
	sum := v.Sum()
	for _, c := range view.Costs {
		var groups, types, self int64
		for _, g := range v.Groups(0, c.Of) {
			groups += c.Of(&g.Stack)
		}
		for _, e := range v.ByType(c) {
			types += e.Totals[c]
		}
		fs := v.ByFunction(c, false)
		for _, f := range fs {
			self += f.Self[c]
		}
		if groups != sum[c] || types != sum[c] || self != sum[c] {
			t.Errorf("%s: %d in groups, %d in types, %d in functions, of %d", c, groups, types, self, sum[c])
		}
		for _, up := range []bool{true, false} {
			if tree := v.Tree(up); tree.Totals[c] != sum[c] {
				t.Errorf("%s: %d in the tree", c, tree.Totals[c])
			}
		}
	}
	most := v.ByFunction(view.Bytes, true)[0]
	callers, callees := v.Calls(most.Function, view.Bytes)
	in := int64(0)
	for _, e := range callees {
		in += e.Totals[view.Bytes]
	}
	if len(callers) != 0 || in != most.Total[view.Bytes]-most.Self[view.Bytes] {
		t.Errorf("%s: %d called by %d, %d of %d to callees", v.Functions[most.Function], len(callers), len(callees), in, most.Total[view.Bytes])
	}
}

func TestFilter(t *testing.T) {
	for filter, stacks := range map[string]int{"CREATE_and": 2, "main.rs": 4, "Node": 2, "nothing like it": 0, "": 5} {
		v := view.New(profiletest.Leaky(), view.Options{Filter: filter})
		if len(v.Stacks) != stacks {
			t.Errorf("%q: %d stacks", filter, len(v.Stacks))
		}
		if cycles := min(stacks, 1); len(v.Cycles) != cycles {
			t.Errorf("%q: %d cycles", filter, len(v.Cycles))
		}
	}
}

func read(t *testing.T, text string) *view.Suppressions {
	t.Helper()
	path := filepath.Join(t.TempDir(), "allow")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s, _, err := view.ReadSuppressions(path, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuppressions(t *testing.T) {
	for line, c := range map[string]struct {
		lost    int64
		remarks string
	}{
		"allow(heap-cycle) leaky::create_and_leak: as shown": {0, ""},
		"allow(heap-cycle) create_and_leak: as shown":        {0, ""},
		"softshell:allow(heap-cycle) src/main.rs: as shown":  {0, ""},
		"allow(heap-cycle) main.rs: x until=2027-01-01":      {0, ""},
		"allow(heap-leak, heap-cycle) leaky::*: as shown":    {0, ""},
		"allow(heap-leak) leaky::*: another rule":            {160, "nothing such was left"},
		"allow(heap-cycle) leak: no part of a word":          {160, "nothing such was left"},
		"# allow(heap-cycle) leaky::*: a comment":            {160, ""},
	} {
		v := view.New(profiletest.Leaky(), view.Options{Suppressions: read(t, line+"\n")})
		lost := int64(0)
		for i := range v.Stacks {
			lost += v.Stacks[i].Lost().Bytes
		}
		remark := ""
		for _, r := range v.Remarks {
			remark += r.Text
		}
		if lost != c.lost || len(v.Cycles) != min(int(c.lost), 1) || !strings.Contains(remark, c.remarks) || c.remarks == "" && remark != "" {
			t.Errorf("%s: %d bytes lost, %d cycles, %q", line, lost, len(v.Cycles), remark)
		}
	}
}

func TestBadSuppressions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "allow")
	for line, want := range map[string]string{
		"leak:foo":                        "allow(heap-leak) PATTERN: reason",
		"allow(heap-leak) a::b":           "a reason is missing",
		"allow(heap-leak) a::b: ":         "a reason is missing",
		"allow(heap-laek) a: b":           `did you mean "heap-leak"`,
		"allow(heap-leak) : b":            "no allowance",
		"allow(heap-leak) a: b until=now": "no day",
	} {
		if err := os.WriteFile(path, []byte("\n"+line), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := view.ReadSuppressions(path, time.Now()); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "allow:2") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if err := os.WriteFile(path, []byte("allow(heap-leak) a: b until=2026-11-01"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, remarks, err := view.ReadSuppressions(path, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
	if err != nil || len(remarks) != 1 || !strings.Contains(remarks[0].Text, "ended on 2026-11-01") {
		t.Errorf("%v %v", remarks, err)
	}
}

// Any profile that Check accepts can be viewed in every way.
func TestAnyProfile(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := profiletest.Random(r)
		for _, o := range []view.Options{{}, {Unfold: true}, {Filter: "a"}} {
			v := view.New(p, o)
			for _, c := range view.Costs {
				v.Groups(0, c.Of)
				v.ByFunction(c, true)
				v.ByType(c)
				for f := range v.Functions {
					v.Calls(f, c)
				}
			}
			v.Tree(true)
		}
	})
}

func TestRuntimeBlocks(t *testing.T) {
	for _, b := range view.RuntimeBlocks() {
		if b.Name == "" || b.Reason == "" || len(b.Functions) == 0 {
			t.Errorf("%+v lacks something", b)
		}
	}
}
