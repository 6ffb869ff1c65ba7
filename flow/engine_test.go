package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// someTypes answers about types by their names: a Holder is a struct of the
// program with a raw pointer in field 0.
type someTypes struct{}

func (someTypes) OwnsHeap(_ *ir.Crate, t *mir.Type) effects.Tri {
	if strings.Contains(t.Text, "Box") || strings.Contains(t.Text, "Vec") {
		return effects.Yes
	}
	return effects.No
}

func (someTypes) HoldsLock(*ir.Crate, *mir.Type) bool { return false }

func (someTypes) CaseIsVariant(*ir.Crate, *mir.Type, int64, string) effects.Tri { return effects.Maybe }

func (someTypes) LocalADT(_ *ir.Crate, t *mir.Type) bool {
	return t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "Holder"
}

func (someTypes) ADTOfPath(*ir.Crate, *mir.Path) *mir.Type { return nil }

func (s someTypes) FieldType(c *ir.Crate, t *mir.Type, _ string, field int) *mir.Type {
	if s.LocalADT(c, t) && field == 0 {
		return &mir.Type{Kind: mir.TypeRawPtr, Text: "*mut u8", Mut: true, Args: []*mir.Type{{Kind: mir.TypePrim, Name: "u8", Text: "u8"}}}
	}
	return nil
}

// world is an engine over one crate.
type world struct {
	t *testing.T
	*Engine
	crate *ir.Crate
}

// load reads a MIR text. With a budget the crate's code is let go, to be read again.
func load(t *testing.T, budget int64, text string) *world {
	t.Helper()
	models, err := effects.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := ir.NewProgram(budget)
	c := p.Declare("probe", t.TempDir(), nil)
	r := mir.NewReader(strings.NewReader(text))
	var bodies []*mir.Body
	for it, err := r.Next(); err == nil; it, err = r.Next() {
		b, ok := it.(*mir.Body)
		if !ok || b.Broken {
			t.Fatalf("not understood: %+v", it)
		}
		bodies = append(bodies, b)
	}
	if u := r.Stats().Unsupported; len(u) > 0 {
		t.Fatalf("not understood: %v", u)
	}
	read := 0
	c.Fill(ir.WholeBodies(bodies), r.Sources(), func(head *mir.Body) (*mir.Body, error) {
		read++
		return r.Again(head, text[head.At:head.At+head.Size]), nil
	})
	if budget > 0 {
		c.Release(r.Forget)
		t.Cleanup(func() {
			if budget == 1 && read <= len(bodies) {
				t.Errorf("%d bodies were read again, of %d", read, len(bodies))
			}
		})
	}
	return &world{t, New(p, models, someTypes{}, nil), c}
}

func (w *world) fn(name string) *ir.Func {
	w.t.Helper()
	i := slices.IndexFunc(w.crate.Funcs, func(f *ir.Func) bool { return f.Last == name })
	if i < 0 {
		w.t.Fatalf("no function %s", name)
	}
	return w.crate.Funcs[i]
}

var kindNames = []string{Lost: "lost", LostUnwind: "lost-unwind", Released: "released", Returned: "returned", Stored: "stored", Escaped: "escaped", Unclear: "unclear", Kept: "kept"}

// summary is what becomes of what a parameter (from 0) holds at a path.
func (w *world) summary(name string, param int32, es ...elem) string {
	w.t.Helper()
	o := w.outcome(w.fn(name), param, w.paths.intern(es))
	var out []string
	for k, n := range kindNames {
		if !o.has(EventKind(k)) {
			continue
		}
		switch EventKind(k) {
		case Returned:
			for _, p := range o.Returned {
				n += " " + w.pathText(p)
			}
		case Stored:
			for _, s := range o.Stored {
				n += fmt.Sprintf(" _%d%s", s.Param+1, w.paths.String(s.Path))
			}
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (w *world) pathText(p pathID) string { return "_0" + w.paths.String(p) }

// stories tells of each origin of a function where its resource ends, and by which way.
func (w *world) stories(name string) []string {
	w.t.Helper()
	var out []string
	for _, o := range w.Origins(w.fn(name)) {
		st := w.Track(o)
		if st.GaveUp {
			out = append(out, fmt.Sprintf("bb%d: gave up", o.Block))
			if len(st.Ends) > 0 {
				w.t.Errorf("%s: %d ends of a resource that was given up", name, len(st.Ends))
			}
		}
		for i := range st.Ends {
			e := &st.Ends[i]
			way := ""
			for _, s := range e.Path {
				way += fmt.Sprintf(" %d", s.Block)
			}
			out = append(out, fmt.Sprintf("bb%d: %s by%s", o.Block, kindNames[e.Kind], way))
		}
	}
	slices.Sort(out)
	return out
}

func (w *world) freshOf(name string) string {
	var out []string
	for _, f := range w.FreshResults(w.fn(name)) {
		s := w.pathText(f.Path)
		if f.InADT {
			s += " in a type"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

const summaries = `fn consumes(_1: *mut u8) -> () {
    let mut _0: ();
    let mut _2: std::boxed::Box<u8>;

    bb0: {
        _2 = Box::<u8>::from_raw(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        _0 = std::mem::drop::<Box<u8>>(move _2) -> [return: bb2, unwind continue];
    }

    bb2: {
        return;
    }
}

fn hands_on(_1: *mut u8) -> () {
    let mut _0: ();

    bb0: {
        _0 = consumes(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        return;
    }
}

fn ignores(_1: *mut u8) -> () {
    let mut _0: ();

    bb0: {
        return;
    }
}

fn gives_back(_1: *mut u8) -> *mut u8 {
    let mut _0: *mut u8;

    bb0: {
        _0 = copy _1;
        return;
    }
}

fn wraps(_1: *mut u8) -> Holder {
    let mut _0: Holder;

    bb0: {
        _0 = Holder { p: copy _1, n: const 1_usize };
        return;
    }
}

fn stores(_1: &mut Holder, _2: *mut u8) -> () {
    let mut _0: ();

    bb0: {
        ((*_1).0: *mut u8) = copy _2;
        return;
    }
}

fn stores_below(_1: &mut Holder, _2: *mut u8) -> () {
    let mut _0: ();

    bb0: {
        _0 = stores(copy _1, copy _2) -> [return: bb1, unwind continue];
    }

    bb1: {
        return;
    }
}

fn asks(_1: *mut u8) -> () {
    let mut _0: ();

    bb0: {
        _0 = take(copy _1) -> [return: bb1, unwind unreachable];
    }

    bb1: {
        return;
    }
}

fn maybe(_1: *mut u8, _2: bool) -> () {
    let mut _0: ();

    bb0: {
        switchInt(copy _2) -> [0: bb2, otherwise: bb1];
    }

    bb1: {
        _0 = consumes(copy _1) -> [return: bb2, unwind continue];
    }

    bb2: {
        return;
    }
}

fn never_returns(_1: *mut u8) -> ! {
    let mut _0: !;

    bb0: {
        _0 = core::panicking::panic(const "not implemented") -> unwind continue;
    }
}

fn fresh(_1: Box<u8>) -> *mut u8 {
    let mut _0: *mut u8;

    bb0: {
        _0 = Box::<u8>::into_raw(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        return;
    }
}

fn fresh_again(_1: Box<u8>) -> *mut u8 {
    let mut _0: *mut u8;

    bb0: {
        _0 = fresh(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        return;
    }
}

fn fresh_holder(_1: Box<u8>) -> Holder {
    let mut _0: Holder;
    let mut _2: *mut u8;

    bb0: {
        _2 = Box::<u8>::into_raw(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        _0 = wraps(move _2) -> [return: bb2, unwind continue];
    }

    bb2: {
        return;
    }
}

fn calm(_1: u32) -> u32 {
    let mut _0: u32;

    bb0: {
        _0 = Add(copy _1, const 1_u32);
        return;
    }
}

fn checks(_1: u32) -> u32 {
    let mut _0: u32;
    let mut _2: (u32, bool);

    bb0: {
        _2 = AddWithOverflow(copy _1, const 1_u32);
        assert(!move (_2.1: bool), "attempt to compute ` + "`{} + {}`" + `, which would overflow", copy _1, const 1_u32) -> [success: bb1, unwind continue];
    }

    bb1: {
        _0 = move (_2.0: u32);
        return;
    }
}

fn asserts(_1: bool) -> () {
    let mut _0: ();
    let mut _2: !;

    bb0: {
        switchInt(copy _1) -> [0: bb1, otherwise: bb2];
    }

    bb1: {
        _2 = core::panicking::panic(const "assertion failed: it") -> unwind continue;
    }

    bb2: {
        return;
    }
}

fn asserts_below(_1: bool) -> () {
    let mut _0: ();

    bb0: {
        _0 = asserts(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        return;
    }
}

fn unwraps(_1: Option<u8>) -> u8 {
    let mut _0: u8;

    bb0: {
        _0 = Option::<u8>::unwrap(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        return;
    }
}

fn calls_back(_1: &impl Fn()) -> () {
    let mut _0: ();

    bb0: {
        _0 = <impl Fn() as Fn<()>>::call(copy _1, const ()) -> [return: bb1, unwind continue];
    }

    bb1: {
        return;
    }
}

fn panics_between(_1: Box<u8>, _2: Option<u8>) -> () {
    let mut _0: ();
    let mut _3: *mut u8;
    let mut _4: u8;

    bb0: {
        _3 = Box::<u8>::into_raw(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        _4 = unwraps(copy _2) -> [return: bb2, unwind continue];
    }

    bb2: {
        _0 = consumes(move _3) -> [return: bb3, unwind continue];
    }

    bb3: {
        return;
    }
}

fn twice(_1: Box<u8>, _2: bool) -> () {
    let mut _0: ();
    let mut _3: *mut u8;

    bb0: {
        switchInt(copy _2) -> [0: bb2, otherwise: bb1];
    }

    bb1: {
        _3 = Box::<u8>::into_raw(copy _1) -> [return: bb2, unwind continue];
    }

    bb2: {
        switchInt(copy _2) -> [0: bb4, otherwise: bb3];
    }

    bb3: {
        _0 = consumes(move _3) -> [return: bb4, unwind continue];
    }

    bb4: {
        return;
    }
}

fn once(_1: Box<u8>, _2: bool, _3: bool) -> () {
    let mut _0: ();
    let mut _4: *mut u8;

    bb0: {
        switchInt(copy _2) -> [0: bb2, otherwise: bb1];
    }

    bb1: {
        _4 = Box::<u8>::into_raw(copy _1) -> [return: bb2, unwind continue];
    }

    bb2: {
        switchInt(copy _3) -> [0: bb4, otherwise: bb3];
    }

    bb3: {
        _0 = consumes(move _4) -> [return: bb4, unwind continue];
    }

    bb4: {
        return;
    }
}

fn kept_in_a_loop(_1: u32) -> () {
    let mut _0: ();
    let mut _2: u32;
    let mut _3: bool;
    let mut _4: std::boxed::Box<u32>;
    let mut _5: *mut u32;
    let mut _6: bool;

    bb0: {
        _2 = const 0_u32;
        goto -> bb1;
    }

    bb1: {
        _3 = Lt(copy _2, copy _1);
        switchInt(move _3) -> [0: bb6, otherwise: bb2];
    }

    bb2: {
        _4 = Box::<u32>::new(copy _2) -> [return: bb3, unwind continue];
    }

    bb3: {
        _5 = Box::<u32>::into_raw(move _4) -> [return: bb4, unwind continue];
    }

    bb4: {
        _2 = Add(copy _2, const 1_u32);
        _6 = Eq(copy _2, const 7_u32);
        switchInt(move _6) -> [0: bb1, otherwise: bb5];
    }

    bb5: {
        _0 = consumes32(move _5) -> [return: bb1, unwind continue];
    }

    bb6: {
        return;
    }
}

fn consumes32(_1: *mut u32) -> () {
    let mut _0: ();
    let mut _2: std::boxed::Box<u32>;

    bb0: {
        _2 = Box::<u32>::from_raw(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        return;
    }
}

fn freed_in_a_loop(_1: u32) -> () {
    let mut _0: ();
    let mut _2: u32;
    let mut _3: bool;
    let mut _4: std::boxed::Box<u32>;
    let mut _5: *mut u32;

    bb0: {
        _2 = const 0_u32;
        goto -> bb1;
    }

    bb1: {
        _3 = Lt(copy _2, copy _1);
        switchInt(move _3) -> [0: bb5, otherwise: bb2];
    }

    bb2: {
        _4 = Box::<u32>::new(copy _2) -> [return: bb3, unwind continue];
    }

    bb3: {
        _5 = Box::<u32>::into_raw(move _4) -> [return: bb4, unwind continue];
    }

    bb4: {
        _2 = Add(copy _2, const 1_u32);
        _0 = consumes32(move _5) -> [return: bb1, unwind continue];
    }

    bb5: {
        return;
    }
}
`

func TestSummaries(t *testing.T) {
	w := load(t, 0, summaries)
	field := []elem{elemDeref, fieldElem(0, 0)}
	for _, c := range []struct {
		fn    string
		param int32
		at    []elem
		want  string
	}{
		{"consumes", 0, nil, "released"},
		{"hands_on", 0, nil, "released"},
		{"ignores", 0, nil, "lost"},
		{"gives_back", 0, nil, "returned _0"},
		{"wraps", 0, nil, "returned _0.0"},
		{"stores", 1, nil, "stored _1.*.0"},
		{"stores", 0, field, "lost"}, // overwritten
		{"stores_below", 1, nil, "stored _1.*.0"},
		{"asks", 0, nil, "unclear"},
		{"maybe", 0, nil, "lost, released"},
		{"never_returns", 0, nil, ""},
		{"ignores", 4, nil, "unclear"}, // no such parameter
	} {
		if got := w.summary(c.fn, c.param, c.at...); got != c.want {
			t.Errorf("%s, parameter %d: %s, want %s", c.fn, c.param, got, c.want)
		}
	}
	for name, want := range map[string]string{
		"fresh": "_0", "fresh_again": "_0", "fresh_holder": "_0.0 in a type", "gives_back": "", "consumes": "",
	} {
		if got := w.freshOf(name); got != want {
			t.Errorf("%s makes %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]effects.Tri{
		"calm": effects.No, "fresh": effects.No, "checks": effects.Maybe, "asserts": effects.Maybe, "asserts_below": effects.Maybe,
		"unwraps": effects.Yes, "calls_back": effects.Yes, "asks": effects.No, "panics_between": effects.Yes,
	} {
		if got := w.MayUnwind(w.fn(name)); got != want {
			t.Errorf("%s may unwind: %d, want %d", name, got, want)
		}
	}
}

func TestStories(t *testing.T) {
	w := load(t, 0, summaries)
	for name, want := range map[string][]string{
		"fresh":           {"bb0: returned by 0 1"},
		"fresh_again":     {"bb0: returned by 0 1"},
		"panics_between":  {"bb0: lost-unwind by 0 1", "bb0: released by 0 1 2"},
		"twice":           {"bb1: released by 0 1 2 3"}, // the branches are on one condition
		"once":            {"bb1: lost by 0 1 2 4", "bb1: released by 0 1 2 3"},
		"freed_in_a_loop": {"bb3: released by 0 1 2 3 4"},
		// The last turn's pointer is lost at bb6 too, which is not said: a condition
		// in a loop is taken to be the same in each turn.
		"kept_in_a_loop": {"bb3: lost by 0 1 2 3 4 1 2 3", "bb3: lost-unwind by 0 1 2 3 4 1 2", "bb3: released by 0 1 2 3 4 5"},
	} {
		if got := w.stories(name); !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// What is asked first makes no difference, nor how often, nor whether the code stays in memory.
func TestAnswersStay(t *testing.T) {
	text := summaries + recursions
	all := func(w *world, order []*ir.Func) string {
		got := map[string]string{}
		for _, f := range order {
			s := ""
			for i := range f.Head.Params {
				s += fmt.Sprintf(" %s;", w.summary(f.Last, int32(i)))
			}
			s += fmt.Sprint(" ", w.freshOf(f.Last), w.MayUnwind(f), w.stories(f.Last))
			w.Survey(f)
			got[f.Last] = s
		}
		return fmt.Sprint(got, w.UnknownCalls, w.GaveUp)
	}
	w := load(t, 0, text)
	want := all(w, w.crate.Funcs)
	if got := all(w, w.crate.Funcs); got != want {
		t.Errorf("asked again:\n%s\nwas\n%s", got, want)
	}
	w = load(t, 0, text)
	order := slices.Clone(w.crate.Funcs)
	slices.Reverse(order)
	if got := all(w, order); got != want {
		t.Errorf("asked backwards:\n%s\nwas\n%s", got, want)
	}
	for _, budget := range []int64{1, 500, 5000} {
		w = load(t, budget, text)
		if got := all(w, w.crate.Funcs); got != want {
			t.Errorf("in %d bytes:\n%s\nwas\n%s", budget, got, want)
		}
		if err := w.prog.Err(); err != nil {
			t.Error(err)
		}
	}
}

// A callee of which nothing is known ends the tracking; each call of it counts once.
func TestUnknownCallee(t *testing.T) {
	w := load(t, 0, `fn gives(_1: Box<u8>, _2: bool) -> () {
    let mut _0: ();
    let mut _3: *mut u8;

    bb0: {
        _3 = Box::<u8>::into_raw(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        switchInt(copy _2) -> [0: bb2, otherwise: bb3];
    }

    bb2: {
        _0 = take(move _3) -> [return: bb4, unwind unreachable];
    }

    bb3: {
        _0 = other::take(move _3) -> [return: bb4, unwind continue];
    }

    bb4: {
        return;
    }
}

fn asks(_1: *mut u8) -> () {
    let mut _0: ();

    bb0: {
        _0 = take(copy _1) -> [return: bb1, unwind unreachable];
    }

    bb1: {
        return;
    }
}

fn through(_1: Box<u8>, _2: fn(*mut u8)) -> () {
    let mut _0: ();
    let mut _3: *mut u8;

    bb0: {
        _3 = Box::<u8>::into_raw(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        _0 = copy _2(move _3) -> [return: bb2, unwind continue];
    }

    bb2: {
        return;
    }
}
`)
	for range 2 {
		if got := w.stories("gives"); !slices.Equal(got, []string{"bb0: unclear by 0 1 2", "bb0: unclear by 0 1 3"}) {
			t.Errorf("%v", got)
		}
		if got := w.stories("through"); !slices.Equal(got, []string{"bb0: unclear by 0 1"}) {
			t.Errorf("%v", got)
		}
		if got := w.summary("asks", 0); got != "unclear" {
			t.Errorf("%v", got)
		}
	}
	if got := fmt.Sprint(w.UnknownCalls); got != "map[a call through a value:1 other::take:1 take:2]" {
		t.Errorf("unknown callees: %s", got)
	}
}

// flagged is a function with n flags, each set by a branch of its own, that
// frees p only where a last flag says so.
func flagged(n int) string {
	var b strings.Builder
	b.WriteString("fn flagged(_1: *mut u8")
	for i := range n {
		fmt.Fprintf(&b, ", _%d: bool", i+2)
	}
	b.WriteString(") -> () {\n    let mut _0: ();\n")
	flag := func(i int) int { return n + 2 + i }
	for i := range n {
		fmt.Fprintf(&b, "    let mut _%d: bool;\n", flag(i))
	}
	block := 0
	say := func(lines ...string) {
		fmt.Fprintf(&b, "\n    bb%d: {\n", block)
		for _, l := range lines {
			fmt.Fprintf(&b, "        %s;\n", l)
		}
		b.WriteString("    }\n")
		block++
	}
	for i := range n {
		next := fmt.Sprintf("goto -> bb%d", block+3)
		say(fmt.Sprintf("switchInt(copy _%d) -> [0: bb%d, otherwise: bb%d]", i+2, block+1, block+2))
		say(fmt.Sprintf("_%d = const false", flag(i)), next)
		say(fmt.Sprintf("_%d = const true", flag(i)), next)
	}
	end := block + n
	for i := range n {
		say(fmt.Sprintf("switchInt(copy _%d) -> [0: bb%d, otherwise: bb%d]", flag(i), block+1, end))
	}
	say("return")
	b.WriteString("}\n")
	return b.String() + `
fn caller(_1: Box<u8>) -> () {
    let mut _0: ();
    let mut _2: *mut u8;

    bb0: {
        _2 = Box::<u8>::into_raw(copy _1) -> [return: bb1, unwind continue];
    }

    bb1: {
        _0 = flagged(copy _2` + strings.Repeat(", const true", n) + `) -> [return: bb2, unwind continue];
    }

    bb2: {
        return;
    }
}
`
}

// A resource with more states than the bound is given up: that is counted, and nothing is said of it.
func TestBoundOnStates(t *testing.T) {
	w := load(t, 0, flagged(6)) // as many as the bound allows
	if got := w.summary("flagged", 0); got != "lost" || w.GaveUp != 0 {
		t.Errorf("within the bound: %s, gave up %d", got, w.GaveUp)
	}
	w = load(t, 0, flagged(7))
	if got := w.summary("flagged", 0); got != "unclear" || w.GaveUp != 1 {
		t.Errorf("beyond the bound: %s, gave up %d", got, w.GaveUp)
	}
	if got := w.stories("caller"); !slices.Equal(got, []string{"bb0: unclear by 0 1"}) || w.GaveUp != 1 {
		t.Errorf("its caller: %v, gave up %d", got, w.GaveUp)
	}
	st := w.TrackParam(w.fn("flagged"), 0, FieldPath{})
	if !st.GaveUp || len(st.Ends) > 0 || w.GaveUp != 2 {
		t.Errorf("tracked: %+v, gave up %d", st, w.GaveUp)
	}
}

// A function that uses up its budget is named, and nothing is said of it.
func TestBudgetOfFunction(t *testing.T) {
	w := load(t, 0, flagged(6))
	w.steps = 20
	if got := w.summary("flagged", 0); got != "unclear" || w.GaveUp != 1 || !w.CutShort["flagged"] {
		t.Errorf("%s, gave up %d, cut short %v", got, w.GaveUp, w.CutShort)
	}
	w = load(t, 0, flagged(6))
	if got := w.summary("flagged", 0); got != "lost" || len(w.CutShort) > 0 {
		t.Errorf("%s, cut short %v", got, w.CutShort)
	}
}
