package capture

import (
	"slices"
	"testing"
)

func TestUnsafeWord(t *testing.T) {
	for text, want := range map[string]bool{
		"unsafe { f() }": true, "unsafe{}": true, "pub unsafe fn f()": true, "unsafe impl Send": true, "#[unsafe(no_mangle)]": true,
		"unsafe extern \"C\" {}": true, "quote!(unsafe #body)": true, "$x unsafe $y": true, "unsafe /* why */ { }": true,
		"#![forbid(unsafe_code)]": false, "an_unsafe {": false, "unsafe": false, "[unsafe] => {}": false, "unsafety {": false,
	} {
		if got := hasUnsafe(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestFilter: the names of the bodies next to the word, whatever stands before them; a
// macro with unsafe code may make bodies of any name.
func TestFilter(t *testing.T) {
	var w sourceWords
	w.look("const fn a() { unsafe {} } fn none() {} fn other() {} fn third() {} pub const unsafe extern \"C\" fn b() {} static mut C: u8 = unsafe { 0 }; " +
		"static D: u8 = unsafe { 0 }; const E: u8 = unsafe { 0 }; async fn f() { fn inner() {} unsafe {} } unsafe fn g() {}")
	for _, name := range []string{"a", "b", "C", "D", "E", "f", "g"} {
		if !slices.Contains(w.bodies, name) {
			t.Errorf("%s is missing in %q", name, w.bodies)
		}
	}
	if slices.Contains(w.bodies, "none") {
		t.Errorf("nothing is unsafe in none: %q", w.bodies)
	}
	if w.whole {
		t.Error("no macro is there")
	}
	w.look("macro_rules! m { ($x:ident) => { fn $x() { unsafe { g() } } } }")
	if !w.whole || w.filter() != bodyPass {
		t.Error("a macro makes unsafe code")
	}
}

func TestProviders(t *testing.T) {
	own := providers{}
	// The one that calls another stands before it, and in another file.
	text := []string{"#[macro_export]\nmacro_rules! four { () => { $crate::three!() } }\n#[macro_export]\nmacro_rules! safe { () => { f() } }",
		"#[macro_export]\nmacro_rules! one { () => { unsafe { f() } } }\nmacro_rules! own { () => { unsafe {} } }\n",
		"#[macro_export]\nmacro_rules! two { () => { unsafe impl X for Y {} } }",
		"#[macro_export]\nmacro_rules! three { () => { below::base!() } }"}
	var macros []macro
	for _, t := range text {
		macros = append(macros, exportedMacros(t)...)
	}
	below := providers{"base": true}
	expanding(macros, below, own)
	renamed("pub use below::base as other;", below, own)
	if declares, ok := own["one"]; !ok || declares {
		t.Errorf("one: %v %v", declares, ok)
	}
	if !own["two"] || !own["three"] || !own["four"] || !own["other"] {
		t.Errorf("got %v", own)
	}
	if _, ok := own["safe"]; ok {
		t.Errorf("nothing is unsafe in safe: %v", own)
	}
	got := calledFrom("use x::two; use y::x as z; two!(); #[derive(Debug, Made)] struct Made;", providers{"two": true, "Made": false, "x": true})
	if want := []string{"x", "two", "Made"}; !slices.Equal(got, want) {
		t.Errorf("got %q, not %q", got, want)
	}
}
