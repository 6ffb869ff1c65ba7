package ir

import (
	"maps"
	"testing"
)

func TestDeclaredFns(t *testing.T) {
	got := map[string]fnUnsafe{}
	declaredFns([]byte(`
pub unsafe fn a() {}
fn b() {}
pub(crate) unsafe extern "C" fn c() {}
unsafe extern fn d() {}
const unsafe fn e<T>() {}
extern "C" fn f() {}
impl A { unsafe fn g(&self) {} }
impl B { fn g(&self) {} }
let defn = 1; fn `), got)
	both, none := fnUnsafe{some: true, all: true}, fnUnsafe{}
	want := map[string]fnUnsafe{"a": both, "b": none, "c": both, "d": both, "e": both, "f": none, "g": {some: true}}
	if !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
