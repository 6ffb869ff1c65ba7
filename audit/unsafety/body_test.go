package unsafety

import "testing"

const sample = "// MIR for `f` after built\n\nfn f(_1: *const u8, _2: [U; 2]) -> u8 {\n    debug p => _1;                       // in scope 0 at a.rs:1:1: 1:2\n" +
	"    let mut _0: u8;                      // return place in scope 0 at a.rs:1:3: 1:4\n\n    bb0: {\n" +
	"        _0 = Add(copy (*_1), copy (_2[1 of 2].1: u8)); // scope 0 at a.rs:2:5: 2:9\n" +
	"        asm!(\"a\n b\") -> [return: bb1]; // scope 0 at a.rs:3:5: 4:9\n" +
	"        _0 = <T as X>::m(move _1) -> [return: bb1, unwind: bb2]; // scope 0 at a.rs:5:5: 5:9\n" +
	"                                         // + const_: Const { ty: for<'a> unsafe fn(&'a T) {<T as X>::m}, val: Value(<T as X>::m) }\n    }\n}\n"

func TestBody(t *testing.T) {
	var got []op
	bodies(sample, func(b *body) { got = append(got, b.ops("c", unions{"c:U": true})...) })
	want := []Kind{RawDeref, UnionField, InlineAsm, UnsafeCall}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i, k := range want {
		if got[i].kind != k {
			t.Errorf("operation %d is %q, not %q", i, got[i].kind, k)
		}
	}
}

// FuzzBody: a text that is not as expected may give anything, but no panic.
func FuzzBody(f *testing.F) {
	f.Add(sample)
	f.Add("// MIR for `x` after built\nfn x(_1: (*mut u8) {\n        _1 = (*(_2 as A)[\n")
	f.Fuzz(func(_ *testing.T, text string) {
		bodies(text, func(b *body) { b.ops("c", unions{"c:U": true}) })
		_ = implName(text)
		_ = withoutGenerics(text)
		s := &source{lines: []string{text}}
		s.blockSafety("a.rs", 1, len(text))
		s.docSafety("a.rs", 2)
	})
}
