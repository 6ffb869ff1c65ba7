package check

import (
	"maps"
	"testing"
)

func TestDeclaredFns(t *testing.T) {
	got := map[string]bool{}
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
	want := map[string]bool{"a": true, "b": false, "c": true, "d": true, "e": true, "f": false, "g": false}
	if !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
