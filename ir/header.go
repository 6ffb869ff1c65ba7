package ir

import (
	"strings"

	"softshell/mir"
)

// Header is what a function's printed name and the source say of its impl block.
type Header struct {
	At      string    // "file:line:col: line:col" of the header; "" for a function outside of any block
	Text    string    // the source there; of a derived impl the trait's name
	Trait   string    // as written; "" for an inherent impl or when it is not known
	Self    string    // self type as written; "" when it is not known
	Derived bool      // by #[derive(..)]
	Recv    *mir.Type // self type as the function's own receiver shows it, or nil
	Rest    string    // of the printed name, behind the block
}

// ReadHeader looks at one function by itself; a Crate knows more, as the other
// functions of a block tell of it too.
func ReadHeader(src *SourceCache, b *mir.Body) Header {
	at, rest := cutImpl(b.Name)
	h := Header{At: at, Rest: rest}
	if at == "" {
		return h
	}
	if !strings.Contains(rest, "::") {
		h.Recv = receiver(b)
	}
	sp, ok := parseImplAt(at)
	if !ok {
		return h
	}
	h.Text = src.Slice(sp.File, int(sp.Line), int(sp.Col), int(sp.EndLine), int(sp.EndCol))
	switch {
	case strings.HasPrefix(h.Text, "impl"), strings.HasPrefix(h.Text, "unsafe impl"), strings.HasPrefix(h.Text, "const impl"):
		h.Trait, h.Self = splitHeader(h.Text)
	case isIdentPath(h.Text):
		h.Trait, h.Derived = h.Text, true
	}
	return h
}

// Plain is a printed name or a type without generic arguments.
func Plain(s string) string { return stripGenerics(s) }

// ImplPlace is the file and the line of "file:line:col: line:col".
func ImplPlace(at string) (file string, line int) {
	sp, ok := parseImplAt(at)
	if !ok {
		return "", 0
	}
	return sp.File, int(sp.Line)
}
