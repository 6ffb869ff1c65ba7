package mir

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTypes(t *testing.T) {
	types := NewTypes()
	for text, want := range map[string]struct {
		kind TypeKind
		args int
		path string // Plain
	}{
		"u8":                          {TypePrim, 0, ""},
		"!":                           {TypeNever, 0, ""},
		"()":                          {TypeTuple, 0, ""},
		"(A,)":                        {TypeTuple, 1, ""},
		"(u8, (A, B), [u8; 3])":       {TypeTuple, 3, ""},
		"&'a mut [T]":                 {TypeRef, 1, ""},
		"&'{erased} str":              {TypeRef, 1, ""},
		"*const dyn Fn(u8) -> u8":     {TypeRawPtr, 1, ""},
		"[std::vec::Vec<u8>; N]":      {TypeArray, 1, ""},
		"Self":                        {TypeParam, 0, "Self"},
		"T":                           {TypePath, 0, "T"},
		"Node":                        {TypePath, 0, "Node"},
		"std::rc::Rc<list::Node<T>>":  {TypePath, 0, "std::rc::Rc"},
		"<T as a::B<'_, C>>::Out":     {TypeProjection, 0, "<T as a::B>::Out"},
		"fn(u8, &str) -> Vec<(A, B)>": {TypeFnPtr, 2, ""},
		"for<'a> unsafe extern \"C\" fn(&'a u8, ...)": {TypeFnPtr, 1, ""},
		"fn(u8) -> a::B {a::B}":                       {TypeFnItem, 1, "a::B"},
		"dyn for<'a> a::Tr<&'a u8, X = T> + Send":     {TypeDyn, 0, "a::Tr"},
		"impl Iterator<Item = (u8, S)> + 'a":          {TypeOpaque, 0, ""},
		"{closure@src/a b.rs:1:2: 3:4}":               {TypeClosure, 0, ""},
		"{async fn body of f<T>()}":                   {TypeCoroutine, 0, ""},
		"(u32) is 1..=999":                            {TypePattern, 1, ""},
		"a::<impl at src/lib.rs:1:2: 3:4>::f::Local":  {TypePath, 0, "a::<impl at src/lib.rs:1:2: 3:4>::f::Local"},
		"":                               {TypeUnsupported, 0, ""},
		"(u8":                            {TypeUnsupported, 0, ""},
		"&'a":                            {TypeUnsupported, 0, ""},
		"[u8; 3":                         {TypeUnsupported, 0, ""},
		"fn(u8) => u8":                   {TypeUnsupported, 1, ""},
		strings.Repeat("&", 5000) + "u8": {TypeRef, 1, ""},
	} {
		got := types.Type(text)
		path := ""
		if got.Path != nil {
			path = got.Path.Plain
		}
		args := len(got.Args)
		if got.Kind == TypeUnsupported {
			args = want.args
		}
		if got.Kind != want.kind && !strings.HasPrefix(text, "&&") || args != want.args && !strings.HasPrefix(text, "&&") || path != want.path || got.Text != text {
			t.Errorf("%.60s: kind %d, %d arguments, path %q", text, got.Kind, len(got.Args), path)
		}
		if types.Type(text) != got {
			t.Errorf("%.60s: not interned", text)
		}
	}
}

func TestPaths(t *testing.T) {
	types := NewTypes()
	p := types.Path("<std::vec::Vec<T, A> as std::ops::Index<'_, I>>::index::<'a, 3, Q>")
	if p.Plain != "<std::vec::Vec as std::ops::Index>::index" || p.Self.Text != "std::vec::Vec<T, A>" || p.Trait.Plain != "std::ops::Index" {
		t.Errorf("%q %q %v", p.Plain, p.Self.Text, p.Trait)
	}
	if s := p.Segs[0]; !s.Turbofish || len(s.Args) != 3 || !s.Args[0].Lifetime || s.Args[1].Type != nil || s.Args[2].Type.Text != "Q" {
		t.Errorf("%+v", s)
	}
	p = types.Path("m::<impl at dir/a b.rs:7:1: 7:26>::drop::{closure#0}")
	if p.Impl == nil || p.Impl.File != "dir/a b.rs" || p.Impl.Line != 7 || p.Impl.EndCol != 26 || len(p.Segs) != 4 {
		t.Errorf("%+v %+v", p.Impl, p.Segs)
	}
	for text, plain := range map[string]string{ // an argument that is any type with a trait, and an impl block
		"a::f::<impl Fn(T) -> U>":                        "a::f",
		"a::f::<impl Fn(T), B>":                          "a::f",
		"a::f::<impl Fn(A, B)>::{closure#0}":             "a::f::{closure#0}",
		"core::num::<impl u32>::max":                     "core::num::<impl u32>::max",
		"a::<impl Tr<A, B> for V<T>>::f::<impl Fn(A)>":   "a::<impl Tr<A, B> for V<T>>::f",
		"<T as Tr>::f::<impl Fn(T)>":                     "<T as Tr>::f",
		"a::<impl at src/lib.rs:1:1: 1:9>::{constant#0}": "a::<impl at src/lib.rs:1:1: 1:9>::{constant#0}",
	} {
		if p := types.Path(text); p.Plain != plain || p.Text != text {
			t.Errorf("%s: %q", text, p.Plain)
		}
	}
	if s := types.Path("a::f::<impl Fn(T), B>").Segs[1]; !s.Turbofish || len(s.Args) != 2 || s.Args[0].Type == nil || s.Args[0].Type.Kind != TypeOpaque {
		t.Errorf("%+v", s)
	}
}

func TestPlaces(t *testing.T) {
	n := newNames(0)
	p, ok := n.onePlace("((*((_3 as Some).0: &mut [T; 2]))[_4] as variant#3)")
	kinds := []ProjKind{Downcast, Field, Deref, Index, Downcast}
	if !ok || p.Local != 3 || len(p.Proj) != len(kinds) {
		t.Fatalf("%v %+v", ok, p)
	}
	for i, k := range kinds {
		if p.Proj[i].Kind != k {
			t.Errorf("projection %d: %d, want %d", i, p.Proj[i].Kind, k)
		}
	}
	for _, bad := range []string{"", "_", "(_1", "_1)", "(*_1).0", "(_1.x: u8)", "_1[", "_99999999999"} {
		if _, ok := n.onePlace(bad); ok {
			t.Errorf("%q is taken for a place", bad)
		}
	}
}

func TestTerminators(t *testing.T) {
	n := newNames(0)
	var call Terminator
	ok := n.term(&call, `_5 = a::f::<fn() -> bb1>(move (_4.0: T), const ") -> [return: bb9]", g) -> [return: bb6, unwind: bb7]`)
	if !ok || call.Kind != Call || call.Target != 6 || call.Cleanup != 7 || len(call.Args) != 3 || call.Func.Const.Path.Plain != "a::f" {
		t.Errorf("%v %+v", ok, call)
	}
	if k := call.Args[2].Const.Kind; k != ConstFn {
		t.Errorf("a function item is read as constant of kind %d", k)
	}
	var diverges Terminator
	ok = n.term(&diverges, "_5 = core::panicking::panic(const \"x\") -> bb7")
	if !ok || diverges.Target != -1 || diverges.Unwind != UnwindTo || diverges.Cleanup != 7 {
		t.Errorf("the only target of a call is its cleanup: %v %+v", ok, diverges)
	}
	var sw Terminator
	ok = n.term(&sw, "switchInt(copy (_1.0: i8)) -> [-1: bb1, 340282366920938463463374607431768211455: bb2, otherwise: bb3]")
	if !ok || len(sw.Cases) != 2 || sw.Cases[0].Int != -1 || !sw.Cases[1].Big || sw.Target != 3 {
		t.Errorf("%v %+v", ok, sw)
	}
	var as Terminator
	ok = n.term(&as, `assert(!move (_7.1: bool), "a \"{}\" b", copy _5, const 1_usize) -> [success: bb3, unwind terminate(abi)]`)
	if !ok || as.Expect || as.Text != `"a \"{}\" b"` || len(as.Args) != 2 || as.Unwind != UnwindAbort || as.Abort != "abi" {
		t.Errorf("%v %+v", ok, as)
	}
}

// slowReader gives one byte at a time, then an error.
type slowReader struct {
	s   string
	err error
}

func (r *slowReader) Read(p []byte) (int, error) {
	if r.s == "" {
		return 0, r.err
	}
	p[0] = r.s[0]
	r.s = r.s[1:]
	return 1, nil
}

func TestReaderTruncated(t *testing.T) {
	const text = "// head\n\nfn f(_1: u8) -> () {\n    let mut _0: ();\n\n    bb0: {\n        return;\n    }\n}\n\nfn g() -> () {\n    let mut _0: ();\n\n    bb0: {\n        _0 = "
	r := NewReader(&slowReader{text, io.EOF})
	it, err := r.Next()
	if b, ok := it.(*Body); err != nil || !ok || b.Broken || b.Name != "f" || b.Line != 3 {
		t.Fatalf("%+v %v", it, err)
	}
	it, err = r.Next()
	if b, ok := it.(*Body); err == nil && ok && !b.Broken {
		t.Errorf("a body that ends in the middle is taken as whole")
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err = r.Next(); err != io.EOF {
		t.Errorf("error %v", err)
	}
	if s := r.Stats(); s.Bodies != 2 || s.Parsed != 1 || len(s.Unsupported) != 1 {
		t.Errorf("%+v", s)
	}
	r = NewReader(&slowReader{text, io.ErrUnexpectedEOF})
	_, _ = r.Next()
	if _, err = r.Next(); err != io.ErrUnexpectedEOF {
		t.Errorf("the error of the source is lost: %v", err)
	}
}

func BenchmarkRead(b *testing.B) {
	text := compile(b, nil, "testdata/constructs.rs")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := NewReader(strings.NewReader(text))
		for {
			if _, err := r.Next(); err != nil {
				break
			}
		}
	}
}

// TestLean holds that a lean reading differs in StorageLive alone.
func TestLean(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.mir")
	if len(files) == 0 {
		t.Fatal("no recorded texts")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		full, lean := NewReader(bytes.NewReader(text)), NewReader(bytes.NewReader(text))
		lean.Lean = true
		for {
			a, aerr := full.Next()
			b, berr := lean.Next()
			if aerr != berr {
				t.Fatalf("%s: %v, lean: %v", file, aerr, berr)
			}
			if aerr != nil {
				break
			}
			if body, ok := a.(*Body); ok {
				for i := range body.Blocks {
					body.Blocks[i].Stmts = slices.DeleteFunc(body.Blocks[i].Stmts, func(s Stmt) bool { return s.Kind == StorageLive })
				}
			}
			if x, y := ItemText(a, full.Sources()), ItemText(b, lean.Sources()); x != y {
				t.Fatalf("%s:\n%s\nlean:\n%s", file, x, y)
			}
		}
	}
}
