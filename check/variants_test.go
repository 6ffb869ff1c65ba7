package check

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"softshell/capture"
	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

type noted map[string]map[int64]string

// factsOf reads bodies as a unit's.
func factsOf(t *testing.T, text string) *bodyFacts {
	t.Helper()
	n := newBodyFacts()
	var funcs []*ir.Func
	r := mir.NewReader(strings.NewReader(text))
	for it, err := r.Next(); err == nil; it, err = r.Next() {
		b, ok := it.(*mir.Body)
		if !ok || b.Broken {
			t.Fatalf("not understood:\n%s", text)
		}
		n.read(b)
		funcs = append(funcs, &ir.Func{Head: b, Last: b.Name[strings.LastIndex(b.Name, ":")+1:]})
	}
	n.dropInner(funcs)
	return n
}

// matchBody is a body whose first block switches on an enum: bb1 and bb2 are
// what `first` and `second` hold.
func matchBody(entry, first, second string) string {
	return `fn f(_1: m::E, _2: &mut m::E, _3: [m::E; 4], _4: usize) -> () {
    let mut _0: ();
    let mut _5: u8;
    let mut _6: &u8;
    let mut _7: isize;
    let mut _8: (u8, u8);
    let mut _9: isize;
    let mut _10: bool;

    bb0: {
        ` + strings.ReplaceAll(entry, "; ", ";\n        ") + `
    }

    bb1: {
        ` + strings.ReplaceAll(first, "; ", ";\n        ") + `
    }

    bb2: {
        ` + strings.ReplaceAll(second, "; ", ";\n        ") + `
    }

    bb3: {
        return;
    }
}
`
}

func TestVariantNotes(t *testing.T) {
	const (
		entry  = "_9 = discriminant(_1); switchInt(move _9) -> [0: bb1, 7: bb2, otherwise: bb3];"
		readA  = "_5 = copy ((_1 as A).0: u8); goto -> bb3;"
		readB  = "_5 = copy ((_1 as B).0: u8); goto -> bb3;"
		leaves = "return;"
	)
	both := noted{"m::E": {0: "A", 7: "B"}}
	onlyB := noted{"m::E": {7: "B"}}
	none := noted{}
	for _, tc := range []struct {
		name                 string
		entry, first, second string
		want                 noted
	}{
		{"plain", entry, readA, readB, both},
		{"a borrow", entry, "_6 = &((_1 as A).0: u8); goto -> bb3;", readB, both},
		{"a deeper test", entry, "_7 = discriminant(((_1 as A).0: m::F)); goto -> bb3;", readB, both},
		{"a copied discriminant", "_9 = discriminant(_1); switchInt(copy _9) -> [0: bb1, 7: bb2, otherwise: bb3];", readA, readB, both},
		{"storage", "_9 = discriminant(_1); StorageLive(_5); switchInt(move _9) -> [0: bb1, 7: bb2, otherwise: bb3];", "StorageLive(_6); nop; " + readA, readB, both},
		{"a drop", entry, "drop(((_1 as A).0: u8)) -> [return: bb3, unwind continue];", readB, both},
		{"a call", entry, "_5 = g(move ((_1 as A).0: u8)) -> [return: bb3, unwind continue];", readB, both},
		{"a switch", entry, "switchInt(copy ((_1 as A).0: u8)) -> [0: bb3, otherwise: bb3];", readB, both},
		{"behind a reference", strings.Replace(entry, "(_1)", "((*_2))", 1), "_5 = copy (((*_2) as A).0: u8); goto -> bb3;", "_5 = copy (((*_2) as B).0: u8); goto -> bb3;", both},
		{"of an array", strings.Replace(entry, "(_1)", "(_3[_4])", 1), "_5 = copy ((_3[_4] as A).0: u8); goto -> bb3;", "_5 = copy ((_3[_4] as B).0: u8); goto -> bb3;", both},
		{"a flag", entry, "_10 = const false; " + readA, readB, both},
		{"a raw name", entry, "_5 = copy ((_1 as type).0: u8); goto -> bb3;", readB, noted{"m::E": {0: "type", 7: "B"}}},

		{"of another place", entry, "_5 = copy (((*_2) as A).0: u8); goto -> bb3;", readB, onlyB},
		{"of another element", strings.Replace(entry, "(_1)", "(_3[_4])", 1), "_5 = copy ((_3[0 of 4] as A).0: u8); goto -> bb3;", "_5 = copy ((_3[_4] as B).0: u8); goto -> bb3;", onlyB},
		{"another index", strings.Replace(entry, "(_1)", "(_3[_4])", 1), "_4 = const 1_usize; _5 = copy ((_3[_4] as A).0: u8); goto -> bb3;", "_5 = copy ((_3[_4] as B).0: u8); goto -> bb3;", onlyB},
		{"another index in a dead slot", strings.Replace(entry, "(_1)", "(_3[_4])", 1), "StorageLive(_4); _5 = copy ((_3[_4] as A).0: u8); goto -> bb3;", "_5 = copy ((_3[_4] as B).0: u8); goto -> bb3;", onlyB},
		{"indexed by the discriminant", "_9 = discriminant(_3[_9]); switchInt(move _9) -> [0: bb1, 7: bb2, otherwise: bb3];", "_5 = copy ((_3[_9] as A).0: u8); goto -> bb3;", "_5 = copy ((_3[_9] as B).0: u8); goto -> bb3;", none},
		{"assigned before", entry, "_1 = m::E::B(const 1_u8); " + readB, leaves, none},
		{"assigned by way of a reference", entry, "(*_2) = m::E::B(const 1_u8); " + readB, leaves, none},
		{"the discriminant is set", entry, "discriminant(_1) = 1; " + readB, leaves, none},
		{"anything before", entry, "_8 = (const 1_u8, const 2_u8); " + readB, leaves, none},
		{"a constant before", entry, "_5 = const 1_u8; " + readB, leaves, none},
		{"a flag that is part of something", entry, "((*_2).0: bool) = const false; " + readB, leaves, none},
		{"a flag of another type", entry, "_5 = const false; " + readB, leaves, none},
		{"a flag that is found out", entry, "_10 = copy ((_1 as A).0: bool); " + readB, leaves, noted{"m::E": {0: "A"}}},
		{"a call before", entry, "_5 = g() -> [return: bb3, unwind continue];", readB, onlyB},
		{"a field is written", entry, "((_1 as B).0: u8) = const 1_u8; goto -> bb3;", leaves, none},
		{"a call writes a field", entry, "((_1 as B).0: u8) = g() -> [return: bb3, unwind continue];", leaves, none},
		{"an address", entry, "_6 = &raw const ((_1 as B).0: u8); goto -> bb3;", leaves, none},
		{"two at once", entry, "_8 = (copy ((_1 as A).0: u8), copy ((_1 as B).0: u8)); goto -> bb3;", leaves, none},
		{"one read, one written", entry, "((_1 as A).0: u8) = copy ((_1 as B).0: u8); goto -> bb3;", leaves, none},
		{"new storage", entry, "StorageDead(_1); StorageLive(_1); " + readB, leaves, none},
		{"changed after the test", "_9 = discriminant(_1); _1 = copy (*_2); switchInt(move _9) -> [0: bb1, 7: bb2, otherwise: bb3];", readA, readB, none},
		{"changed by way of a reference", "_9 = discriminant(_1); (*_2) = m::E::B(const 1_u8); switchInt(move _9) -> [0: bb1, 7: bb2, otherwise: bb3];", readA, readB, none},
		{"a changed discriminant", "_9 = discriminant(_1); _9 = const 0_isize; switchInt(move _9) -> [0: bb1, 7: bb2, otherwise: bb3];", readA, readB, none},
		{"no discriminant", "_9 = const 0_isize; switchInt(move _9) -> [0: bb1, 7: bb2, otherwise: bb3];", readA, readB, none},
		{"a discriminant of before", "switchInt(move _9) -> [0: bb1, 7: bb2, otherwise: bb3];", readA, readB, none},
		{"a field of it", "_9 = discriminant(_1); switchInt(move (_9.0: isize)) -> [0: bb1, 7: bb2, otherwise: bb3];", readA, readB, none},
		{"two cases", "_9 = discriminant(_1); switchInt(move _9) -> [0: bb1, 1: bb1, 7: bb2, otherwise: bb3];", readA, readB, onlyB},
		{"a case and otherwise", "_9 = discriminant(_1); switchInt(move _9) -> [0: bb1, 7: bb2, otherwise: bb1];", readA, readB, onlyB},
		{"one value twice", "_9 = discriminant(_1); switchInt(move _9) -> [0: bb3, 0: bb1, 7: bb2, otherwise: bb3];", readA, readB, onlyB},
		{"too large", "_9 = discriminant(_1); switchInt(move _9) -> [18446744073709551615: bb1, 7: bb2, otherwise: bb3];", readA, readB, none},
		{"another way in", entry, readA, "_5 = copy ((_1 as B).0: u8); goto -> bb1;", onlyB},
		{"another way in by a call", entry, readA, "_5 = g(copy ((_1 as B).0: u8)) -> [return: bb3, unwind: bb1];", onlyB},
		{"another way in from nowhere", "_9 = discriminant(_1); switchInt(move _9) -> [0: bb1, otherwise: bb3];", readA, "goto -> bb1;", none},
		{"a loop", entry, "_5 = copy ((_1 as A).0: u8); goto -> bb1;", readB, onlyB},
		{"the entry", "_9 = discriminant(_1); switchInt(move _9) -> [0: bb0, 7: bb2, otherwise: bb3];", readA, readB, onlyB},
		{"one variant for two", entry, readA, readA, noted{"m::E": nil}},
		{"a coroutine's", entry, "_5 = copy ((_1 as variant#3).0: u8); goto -> bb3;", readB, onlyB},
		{"no name", strings.Replace(entry, "_9 = discriminant(_1)", "_9 = discriminant((_1 as A))", 1), readA, readB, none},
	} {
		text := matchBody(tc.entry, tc.first, tc.second)
		if got := noted(factsOf(t, text).variants); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: noted %v, want %v\n%s", tc.name, got, tc.want, text)
		}
	}
	// What the enum is called.
	for spelled, want := range map[string]string{
		"m::E<u8>": "m::E", "m::E<'_, {closure@src/a.rs:1:1: 1:2}>": "m::E", "std::option::Option<u8>": "std::option::Option",
		"_::E": "", "m::_::E": "", "<T as Tr>::E": "", "m::<impl m::S>::g::E": "", "<impl at a.rs:1:1: 1:2>::E": "", "m::g::{closure#0}::E": "", "Self": "", "u8": "",
		"f::E": "", "f::g::E": "", // f is a function
	} {
		got := slices.Collect(maps.Keys(factsOf(t, strings.ReplaceAll(matchBody(entry, readA, readB), "_1: m::E", "_1: "+spelled)).variants))
		if strings.Join(got, " ") != want {
			t.Errorf("%s is noted as %q, want %q", spelled, got, want)
		}
	}
}

// Types that are declared within functions have no path of their own.
func TestInnerEnums(t *testing.T) {
	body := matchBody("_9 = discriminant(_1); switchInt(move _9) -> [0: bb1, otherwise: bb3];", "_5 = copy ((_1 as A).0: u8); goto -> bb3;", "return;")
	in := func(enum string) string { return strings.ReplaceAll(body, "_1: m::E", "_1: "+enum) }
	called := func(name string) string { return strings.Replace(body, "fn f(", "fn "+name+"(", 1) }
	for _, tc := range []struct {
		name, text string
		kept       bool
	}{
		{"of a module", in("m::S::g::E"), true},
		{"of a function", in("m::g::E") + called("m::g"), false},
		{"of a function's module", in("m::g::n::E") + called("m::g"), false},
		{"of a method", in("m::S::g::E") + called("m::<impl at a.rs:1:1: 1:2>::g"), false},
		{"of a function in a method", in("m::S::g::h::E") + called("m::<impl at a.rs:1:1: 1:2>::g"), false},
		{"of a module that is called as a method", in("m::g::E") + called("m::<impl at a.rs:1:1: 1:2>::g") + called("m::g::h"), true},
		{"the same, and it has no functions", in("m::g::E") + called("m::<impl at a.rs:1:1: 1:2>::g") + called("m::gg::h") + called("m::g::{constant#0}"), false},
		{"of a module with methods only", in("m::g::E") + called("m::<impl at a.rs:1:1: 1:2>::g") + called("m::g::<impl at a.rs:1:1: 1:2>::g"), true},
	} {
		n := factsOf(t, tc.text)
		var kept []string
		for enum := range n.variants {
			if enum != "m::E" {
				kept = append(kept, enum)
			}
		}
		if len(kept) > 0 != tc.kept {
			t.Errorf("%s: kept %v", tc.name, kept)
		}
	}
	n := factsOf(t, body)
	n.partial = true
	if n.dropInner(nil); len(n.variants) > 0 {
		t.Error("what is within a function cannot be known when one is missing")
	}
}

// Whatever bodies say, and in whatever order, nothing is held that one of them denies.
func TestContradictions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		type note struct {
			k int64
			v string
		}
		notes := make([]note, 1+rnd.IntN(6))
		for i := range notes {
			notes[i] = note{rnd.Int64N(4), string(rune('A' + rnd.IntN(4)))}
		}
		agree := true
		for _, a := range notes {
			for _, b := range notes {
				agree = agree && (a.k == b.k) == (a.v == b.v)
			}
		}
		var first map[int64]string
		for turn := range 3 {
			n := newBodyFacts()
			for _, x := range notes {
				n.addVariant("E", x.k, x.v)
			}
			got := n.variants["E"]
			if turn == 0 {
				first = got
			}
			if (got != nil) != agree || !reflect.DeepEqual(got, first) {
				t.Fatalf("%v: %v, %v", notes, got, first)
			}
			for k := range int64(4) {
				for _, v := range []string{"A", "B", "C", "D"} {
					want := effects.Maybe
					for _, x := range notes {
						switch {
						case agree && x.k == k && x.v == v:
							want = effects.Yes
						case agree && (x.k == k || x.v == v):
							want = effects.No
						}
					}
					if got := n.caseIsVariant("E", k, v); got != want {
						t.Fatalf("%v: %d is %s: %v, want %v", notes, k, v, got, want)
					}
				}
			}
			rnd.Shuffle(len(notes), func(i, j int) { notes[i], notes[j] = notes[j], notes[i] })
		}
	}
}

const enumsSource = `
#![allow(dead_code, unreachable_code, irrefutable_let_patterns)]
pub enum Void {}
pub enum Rest { A(String), B(Void) }
pub enum Three { One(String), Two { a: Box<u8>, b: u32 }, Nothing }
#[repr(i8)] pub enum Signed { Low(u8) = -1, r#type(u8) = 5, Next(Vec<u8>) }
pub mod deep { pub enum Gen<T> { X(T), Y(Vec<T>), Z } pub mod g { pub enum InG { P(u8), Q(u16) } } }
pub mod g { pub enum InG { Q(u8), P(u16) } pub fn here() {} }
pub struct Foo<T>(T);
impl<T> Foo<T> {
    pub fn g(&self, k: u8) {
        enum Local { X(String), Y(u8) }
        let l = if k == 0 { Local::X(String::new()) } else { Local::Y(k) };
        match l { Local::X(s) => drop(s), Local::Y(y) => drop(y) }
    }
}
pub fn rest(r: Rest) -> String { if let Rest::B(_) = r { let Rest::A(s) = r else { return String::new() }; return s } String::new() }
pub fn three(t: Three) -> usize { match t { Three::Two { a, b } => *a as usize + b as usize, Three::One(s) if s.len() > 3 => 1, Three::One(s) => s.len(), Three::Nothing => 0 } }
pub unsafe fn raw(t: *mut Three) {
    match *t {
        Three::One(_) => { *t = Three::Two { a: Box::new(1), b: 2 }; if let Three::Two { ref mut a, .. } = *t { **a = 3 } }
        Three::Two { ref mut b, .. } => { *b += 1; if let Three::One(ref mut s) = *t { s.clear() } }
        Three::Nothing => {}
    }
}
pub fn signed(s: Signed) -> usize { match s { Signed::Low(x) => x as usize, Signed::r#type(y) => y as usize, Signed::Next(v) => v.len() } }
pub fn gen<T: Clone>(v: &mut [deep::Gen<T>], i: usize) -> Option<T> { match &mut v[i] { deep::Gen::X(t) => Some(t.clone()), deep::Gen::Y(v) => v.pop(), deep::Gen::Z => None } }
pub fn boxed(b: Box<deep::Gen<u8>>) -> u8 { match *b { deep::Gen::Y(v) => v[0], deep::Gen::X(x) => x, _ => 0 } }
pub fn two(a: g::InG, b: deep::g::InG) -> u32 {
    match (a, b) { (g::InG::Q(x), deep::g::InG::Q(y)) => x as u32 + y as u32, (g::InG::P(x), deep::g::InG::P(y)) => x as u32 + y as u32, (g::InG::P(x), _) => x as u32, _ => 0 }
}
pub fn ing(a: &g::InG) -> u32 { match a { g::InG::Q(x) => *x as u32, g::InG::P(x) => *x as u32 } }
pub fn deep_ing(a: &deep::g::InG) -> u32 { match a { deep::g::InG::Q(x) => *x as u32, deep::g::InG::P(x) => *x as u32 } }
pub fn blocks(k: u8) {
    { enum Local { X(String), Y(u8) } let l = if k == 0 { Local::X(String::new()) } else { Local::Y(k) }; match l { Local::X(s) => drop(s), Local::Y(y) => drop(y) } }
    { enum Local { Y(u8), X(String) } let l = if k == 0 { Local::X(String::new()) } else { Local::Y(k) }; match l { Local::X(s) => drop(s), _ => {} } }
}
const _: () = { pub enum Hidden { X(String), Y(u8) } fn h(l: Hidden) { match l { Hidden::X(s) => drop(s), Hidden::Y(y) => drop(y) } } };
`

// What bodies show is what the crate's items say.
func TestVariantsOfRust(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lib.rs")
	if err := os.WriteFile(file, []byte(enumsSource), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	c := capture.New()
	build, err := c.Run(ctx, capture.Options{Path: file, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if build.CompileFailed {
		t.Fatal(build.Errors)
	}
	models, err := effects.Load()
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Build: build, Capturer: c, Jobs: 1, Models: models}
	loaded := units(&in, ir.NewProgram(minAgain))
	for _, l := range loaded {
		l.needed = true
	}
	ti := newTypes(ctx, &in, loaded)
	if err := pipeline(ctx, in.Jobs, memoryLimits(&in), loaded, func() {}, func(int) error { return nil }); err != nil {
		t.Fatal(err)
	}
	ut := ti.units[loaded[0].crate]
	want := noted{
		"Rest": {0: "A"}, "Three": {0: "One", 1: "Two"}, "Signed": {255: "Low", 5: "type", 6: "Next"},
		"deep::Gen": {0: "X", 1: "Y"}, "deep::g::InG": {0: "P", 1: "Q"}, "g::InG": {0: "Q", 1: "P"},
	}
	got := noted(ut.seen().variants)
	for enum, variants := range got {
		if strings.Contains(enum, "std::") {
			delete(got, enum)
		}
		for discr, name := range variants {
			if item := ti.u.VariantOf(ti.u.ResolveText(ut.crate, enum), discr); item != "" && sameVariant(item, name) != effects.Yes {
				t.Errorf("%s %d is %s, noted is %s", enum, discr, item, name)
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("noted %v, want %v", got, want)
	}
	v := ti.view(loaded[0].crate)
	ty := ut.parser.Type("deep::Gen<u8>")
	for _, q := range []struct {
		discr   int64
		variant string
		want    effects.Tri
	}{{0, "X", effects.Yes}, {0, "Y", effects.No}, {2, "X", effects.No}, {2, "Z", effects.Yes}, {9, "Z", effects.Maybe}} {
		if got := v.CaseIsVariant(loaded[0].crate, ty, q.discr, q.variant); got != q.want {
			t.Errorf("%d is %s: %v, want %v", q.discr, q.variant, got, q.want)
		}
	}
}

func TestAmbiguousPaths(t *testing.T) {
	own := &capture.Unit{Crate: "own", Key: "own", Externs: map[string]string{"dep": "dep", "re": "named", "odd": "x"}}
	unit := func(crate, key string) *capture.Unit { return &capture.Unit{Crate: crate, Key: key} }
	v := &view{typeInfo: &typeInfo{crates: map[string][]*capture.Unit{
		"own": {own}, "dep": {unit("dep", "dep")}, "named": {unit("named", "named")}, "twice": {unit("twice", "a"), unit("twice", "b")},
		"odd": {unit("odd", "odd")}, "same": {unit("same", "same"), unit("same", "same")},
	}}}
	for path, want := range map[string][2]bool{ // without and with a module of that name
		"m::E": {false, false}, "dep::E": {false, true}, "re::E": {false, true}, "twice::E": {true, true}, "odd::E": {true, true},
		"same::E": {false, true}, "own::E": {false, false}, "std::E": {false, true},
	} {
		for i, declared := range []bool{false, true} {
			head, _, _ := strings.Cut(path, "::")
			ut := &unitTypes{unit: own}
			ut.namesOnce.Do(func() { ut.sourceNames = &sourceNames{types: map[string]bool{head: declared}} })
			if got := v.ambiguous(ut, path); got != want[i] {
				t.Errorf("%s, declared %v: ambiguous %v", path, declared, got)
			}
		}
	}
}
