package mir

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse feeds anything: no panic, and what is printed is what was read.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.mir")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds in testdata", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for it := range itemsOf(string(text)) {
			f.Add(it)
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 1<<16 {
			return
		}
		var out bytes.Buffer
		if err := Print(&out, Parse(src)); err != nil {
			t.Fatal(err)
		}
		if want := WithoutConstComments(src); out.String() != want {
			t.Fatalf("read\n%q\nprinted\n%q", want, out.String())
		}
	})
}

// itemsOf cuts a text into its items, as seeds that the fuzzer can change quickly.
func itemsOf(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		f := Parse(text)
		for _, it := range f.Items {
			if !yield(ItemText(it, f.Sources)) {
				return
			}
		}
	}
}
