package check

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"softshell/ir"
)

// unsafeFns are the names of functions that the source of a unit declares, each
// with whether every declaration of that name is `unsafe`. A name that a macro
// makes is not among them.
func unsafeFns(files []string) map[string]bool {
	out := map[string]bool{}
	for _, file := range files {
		if filepath.Ext(file) != ".rs" {
			continue
		}
		if text, err := os.ReadFile(file); err == nil {
			declaredFns(text, out)
		}
	}
	return out
}

func declaredFns(text []byte, out map[string]bool) {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte("fn "))
		if i < 0 {
			return
		}
		i += at
		at = i + len("fn ")
		name := string(text[at : at+wordEnd(text[at:], 0)])
		if i > 0 && wordByte(text[i-1]) || name == "" {
			continue
		}
		word := lastWord(text[:i])
		if strings.HasSuffix(word, `"`) { // extern "C"
			word = lastWord(text[:i-len(word)-1])
		}
		if word == "extern" {
			before := bytes.TrimRight(text[:i], " \t\r\n")
			word = lastWord(text[:bytes.LastIndex(before, []byte("extern"))])
		}
		all, seen := out[name]
		out[name] = word == "unsafe" && (all || !seen)
	}
}

// lastWord is the word that a text ends in, behind white space; a string literal counts as one.
func lastWord(text []byte) string {
	text = bytes.TrimRight(text, " \t\r\n")
	text = text[max(0, len(text)-40):]
	return string(text[bytes.LastIndexAny(text, " \t\r\n(){};")+1:])
}

// surelyUnsafe reports whether each function that the source declares by the
// name of f is an `unsafe fn`. It saves asking the items of a crate.
func (v *view) surelyUnsafe(ut *unitTypes, f *ir.Func) bool {
	name, _, _ := strings.Cut(f.Head.Name, "::{")
	name = name[strings.LastIndexByte(name, ':')+1:]
	fns, ok := v.fns[ut]
	if !ok {
		fns = unsafeFns(ut.unit.Sources)
		v.fns[ut] = fns
	}
	return fns[name]
}
