package check

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"softshell/capture"
	"softshell/effects"
	"softshell/rules"
)

// workspace has four crates on three levels: a summary of the lowest one is
// asked for by all that stand above it.
var workspace = map[string]string{
	"Cargo.toml": "[workspace]\nmembers = [\"base\", \"mid\", \"side\", \"top\"]\nresolver = \"2\"\n",
	"base/src/lib.rs": `
pub fn give() -> *mut String { Box::into_raw(Box::new(String::from("x"))) }
pub unsafe fn take(p: *mut String) { drop(unsafe { Box::from_raw(p) }) }
pub fn look(p: *mut String) -> bool { p.is_null() }
`,
	"mid/src/lib.rs": `
pub fn fine() { unsafe { base::take(base::give()) } }
pub fn lost(c: bool) { let p = base::give(); if c { unsafe { base::take(p) } } }
pub fn pass() -> *mut String { base::give() }
`,
	"side/src/lib.rs": `
pub fn also(c: bool) { let p = base::give(); if base::look(p) || c { return; } unsafe { base::take(p) } }
`,
	"top/src/main.rs": `
use std::cell::RefCell;
use std::rc::Rc;
struct N { next: RefCell<Option<Rc<N>>> }
fn main() {
    let a = Rc::new(N { next: RefCell::new(None) });
    *a.next.borrow_mut() = Some(a.clone());
    let p = mid::pass();
    if std::env::args().count() > 1 { unsafe { base::take(p) } }
    mid::lost(true);
    side::also(true);
}
`,
}

func writeWorkspace(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{}
	for name, text := range workspace {
		files[name] = text
	}
	for crate, deps := range map[string]string{"base": "", "mid": "base = { path = \"../base\" }\n", "side": "base = { path = \"../base\" }\n",
		"top": "base = { path = \"../base\" }\nmid = { path = \"../mid\" }\nside = { path = \"../side\" }\n"} {
		files[crate+"/Cargo.toml"] = "[package]\nname = \"" + crate + "\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n" + deps
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestSameAtAnyMemory holds that neither the number of jobs nor how much code
// stays in memory changes what is found.
func TestSameAtAnyMemory(t *testing.T) {
	models, err := effects.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := capture.New()
	build, err := c.Run(context.Background(), capture.Options{Path: writeWorkspace(t), CacheDir: t.TempDir(), Spans: capture.SpansAlways})
	if err != nil {
		t.Fatal(err)
	}
	if build.CompileFailed {
		t.Fatal(build.Errors)
	}
	var first *Analysis
	for _, in := range []Input{{Jobs: 1, Fresh: true}, {Jobs: 1, Fresh: true, Frugal: true}, {Jobs: 4, Fresh: true}, {Jobs: 4, Fresh: true, Frugal: true}, {Jobs: 4}} {
		in.Build, in.Capturer, in.Rules, in.Models = build, c, rules.All(), models
		a, err := Analyse(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		a.Took = nil
		if first == nil {
			first = a
			found := map[string]int{}
			for _, f := range a.Findings {
				found[f.Item+" "+f.Rule]++
			}
			want := map[string]int{"lost orphan-object": 1, "also orphan-object": 1, "main orphan-object": 1, "main rc-cycle": 1}
			if !reflect.DeepEqual(found, want) {
				t.Errorf("found %v, want %v", found, want)
			}
			continue
		}
		if !reflect.DeepEqual(a, first) {
			t.Errorf("jobs %d, frugal %v: another result:\n%+v\n%+v", in.Jobs, in.Frugal, a, first)
		}
	}
}

// TestChangedText holds that a text which changes under the analysis is an error.
func TestChangedText(t *testing.T) {
	models, err := effects.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := capture.New()
	build, err := c.Run(context.Background(), capture.Options{Path: writeWorkspace(t), CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	gone := *build.Units[0]
	gone.MIR += ".gone"
	build.Units[0] = &gone
	if _, err := Analyse(context.Background(), Input{Build: build, Capturer: c, Rules: rules.All(), Models: models}); err == nil {
		t.Error("no error for a text that is not there")
	}
}
