package ir

import "testing"

func TestSourceWords(t *testing.T) {
	w := &sourceWords{externs: map[string][]ExternFn{}, impls: map[string]bool{}}
	w.read(`
		// extern "C" fn comment() {}
		/* extern "C" fn /* nested */ block() {} */
		const S: &str = "extern \"C\" fn string() {}";
		const R: &str = r#"extern "C" fn raw() {}"#;
		fn life<'a>(c: char) -> bool { c == '"' || c == '\'' || c == '\u{1F600}' }
		extern "C" { fn declared(p: *const u8); }
		type Callback = extern "C" fn(*mut u8) -> i32;
		/// A page about no_mangle functions.
		pub extern "C" fn plain(p: *const u8, n: usize) -> Option<extern "C" fn(u8)> { None }
		#[no_mangle] pub unsafe extern fn exported(p: *mut Foo<u8, [u8; 4]>,) {}
		#[unsafe(no_mangle)] pub extern "system" fn safe(f: extern "C" fn(i32, i32) -> i32) {}
		extern "C" fn tramp<F: FnMut() -> i32, const N: usize>(ctx: *mut c_void) {}
		unsafe impl<T: Send> Send for Shared<T> {}
		unsafe impl Sync for crate::deep::Handle {}
		impl Send2 for Other {}
	`)
	for name, want := range map[string]ExternFn{
		"plain":    {ABI: "C", params: []string{"* const u8", "usize"}},
		"exported": {ABI: "C", Exported: true, Unsafe: true, params: []string{"* mut Foo < u8 , [ u8 ; 4 ] >"}},
		"safe":     {ABI: "system", Exported: true, params: []string{`extern "C" fn ( i32 , i32 ) - > i32`}},
		"tramp":    {ABI: "C", params: []string{"* mut c_void"}},
	} {
		got := w.externs[name]
		if len(got) != 1 {
			t.Errorf("%s: %v", name, got)
			continue
		}
		if g := got[0]; g.ABI != want.ABI || g.Exported != want.Exported || g.Unsafe != want.Unsafe || len(g.params) != len(want.params) {
			t.Errorf("%s: %+v, not %+v", name, g, want)
		} else {
			for i := range g.params {
				if g.params[i] != want.params[i] {
					t.Errorf("%s: parameter %d is %q", name, i, g.params[i])
				}
			}
		}
	}
	if len(w.externs) != 4 {
		t.Errorf("%d functions: %v", len(w.externs), w.externs)
	}
	if !w.impls["Send for Shared"] || !w.impls["Sync for Handle"] || len(w.impls) != 2 {
		t.Errorf("unsafe impls: %v", w.impls)
	}
}
