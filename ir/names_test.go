package ir

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"softshell/mir"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ name, impl, after, last string }{
		{"f", "", "f", "f"},
		{"m::f", "", "m::f", "f"},
		{"m::f::{closure#0}", "", "m::f::{closure#0}", "{closure#0}"},
		{"m::g::<T>", "", "m::g::<T>", "g"},
		{"m::<impl at src/a.rs:7:1: 7:26>::drop", "src/a.rs:7:1: 7:26", "drop", "drop"},
		{"<impl at src/a b.rs:7:1: 9:2>::new::{closure#1}", "src/a b.rs:7:1: 9:2", "new::{closure#1}", "{closure#1}"},
		{"m::<impl at a.rs:1:1: 1:9>::f::<impl at a.rs:2:5: 2:9>::g", "a.rs:2:5: 2:9", "g", "g"},
		{"<impl at cut", "", "<impl at cut", "<impl at cut"},
	} {
		impl, after := cutImpl(c.name)
		if last := lastPart(after); impl != c.impl || after != c.after || last != c.last {
			t.Errorf("%s: got %q %q %q, want %q %q %q", c.name, impl, after, last, c.impl, c.after, c.last)
		}
	}
}

func TestPathTexts(t *testing.T) {
	for _, c := range []struct{ path, plain, short, last string }{
		{"", "", "", ""},
		{"Node", "Node", "Node", "Node"},
		{"m::Node<T>", "m::Node", "Node<T>", "Node"},
		{"std::rc::Rc<m::Node<u8>>", "std::rc::Rc", "Rc<m::Node<u8>>", "Rc"},
		{"m::f::<T>::g", "m::f::g", "g", "g"},
		{"m::Of<fn(u8) -> u8>", "m::Of", "Of<fn(u8) -> u8>", "Of"},
		{"fn(u8) -> m::T", "fn(u8) -> m::T", "fn(u8) -> m::T", "T"},
		{"m::Of<fn(u8) -> n::T>", "m::Of", "Of<fn(u8) -> n::T>", "Of"},
		{"<T as m::Tr<u8>>::Out", "<T as m::Tr<u8>>::Out", "Out", "Out"},
		{"<T as m::Tr>::Out<u8>", "<T as m::Tr>::Out", "Out<u8>", "Out"},
		{"&m::Node<'_>", "&m::Node", "Node<'_>", "Node"},
	} {
		if plain, short, last := stripGenerics(c.path), shortPath(c.path), lastPart(c.path); plain != c.plain || short != c.short || last != c.last {
			t.Errorf("%s: got %q %q %q, want %q %q %q", c.path, plain, short, last, c.plain, c.short, c.last)
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct{ header, trait, self string }{
		{"impl Node", "", "Node"},
		{"impl<T> Node<T>", "", "Node<T>"},
		{"impl<T> Node<T> {", "", "Node<T>"},
		{"impl<T: Fn(u8) -> u8> Node<T>", "", "Node<T>"},
		{"impl<T>\n    Node<T>\nwhere\n    T: Clone,", "", "Node<T>"},
		{"impl<T> m::Node<T> where T: for<'a> Fn(&'a u8)", "", "m::Node<T>"},
		{"impl Drop for Node", "Drop", "Node"},
		{"impl<T> std::ops::Index<usize> for Node<T>", "std::ops::Index<usize>", "Node<T>"},
		{"impl<T: Tr<X>, X> From<X> for Node<T>\nwhere\n    X: Into<T>,\n{", "From<X>", "Node<T>"},
		{"impl<'a> Tr\n    for &'a Node", "Tr", "&'a Node"},
		{"impl Tr for [(u8, Node); 3]", "Tr", "[(u8, Node); 3]"},
		{"impl Tr for fn(u8) -> u8", "Tr", "fn(u8) -> u8"},
		{"impl Tr for for<'a> fn(&'a u8)", "Tr", "for<'a> fn(&'a u8)"},
		{"impl Tr for Box<dyn for<'a> Fn(&'a u8) -> u8>", "Tr", "Box<dyn for<'a> Fn(&'a u8) -> u8>"},
		{"unsafe impl<T: ?Sized> Send for Node<T>", "Send", "Node<T>"},
		{"impl<T> !Sync for Node<T>", "Sync", "Node<T>"},
		{"impl const Tr for Node", "Tr", "Node"},
		{"const impl Tr for Node", "Tr", "Node"},
	} {
		if trait, self := splitHeader(c.header); trait != c.trait || self != c.self {
			t.Errorf("%s: got %q for %q, want %q for %q", c.header, trait, self, c.trait, c.self)
		}
	}
}

func TestImplSpans(t *testing.T) {
	for _, c := range []struct {
		text string
		want mir.ImplSpan
		ok   bool
	}{
		{"src/a.rs:7:1: 8:26", mir.ImplSpan{File: "src/a.rs", Line: 7, Col: 1, EndLine: 8, EndCol: 26}, true},
		{"/a b/c: d.rs:7:1: 7:2", mir.ImplSpan{File: "/a b/c: d.rs", Line: 7, Col: 1, EndLine: 7, EndCol: 2}, true},
		{`C:\src\a.rs:7:1: 7:2`, mir.ImplSpan{File: `C:\src\a.rs`, Line: 7, Col: 1, EndLine: 7, EndCol: 2}, true},
		{"a.rs:7: 7:2", mir.ImplSpan{}, false},
		{"a.rs:7:1", mir.ImplSpan{}, false},
		{"a.rs:x:1: 7:2", mir.ImplSpan{}, false},
		{"a.rs:7:1: y", mir.ImplSpan{}, false},
		{"", mir.ImplSpan{}, false},
	} {
		got, ok := parseImplAt(c.text)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%q: got %+v %v", c.text, got, ok)
		}
	}
}

func TestReceivers(t *testing.T) {
	for _, c := range []struct{ param, debug, want string }{
		{"m::Node<T>", "self => _1", "m::Node<T>"},
		{"&m::Node<T>", "self => _1", "m::Node<T>"},
		{"&'a mut m::Node", "self => _1", "m::Node"},
		{"std::pin::Pin<&mut m::Node>", "self => _1", "m::Node"},
		{"std::boxed::Box<m::Node>", "self => _1", "std::boxed::Box<m::Node>"}, // the block is not known to be Node's
		{"&m::Node", "this => _1", ""},
		{"&m::Node", "self => (*_1)", ""},
		{"&m::Node", "self => _2", ""},
	} {
		b := body(t, "fn f(_1: "+c.param+") -> () {\n    debug "+c.debug+";\n    let mut _0: ();\n    let _2: m::Node;\n\n    bb0: {\n        return;\n    }\n}\n")
		got := ""
		if ty := receiver(b.Head()); ty != nil {
			got = ty.Text
		}
		if got != c.want {
			t.Errorf("%s, %s: got %q, want %q", c.param, c.debug, got, c.want)
		}
	}
	if receiver(&mir.Body{}) != nil {
		t.Error("a function without parameters has a receiver")
	}
}

func TestSourceCache(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.rs", "one\r\ntwo\nthrée\n")
	s := NewSourceCache(dir)
	for _, c := range []struct {
		file                       string
		line, col, endLine, endCol int
		want                       string
	}{
		{"a.rs", 1, 1, 1, 4, "one"},
		{"a.rs", 1, 2, 2, 3, "ne\ntw"},
		{"a.rs", 3, 4, 3, 5, "é"}, // columns are characters
		{"a.rs", 1, 3, 1, 99, "e"},
		{"a.rs", 2, 3, 2, 1, ""},
		{"a.rs", 0, 1, 1, 2, ""},
		{"a.rs", 2, 1, 1, 2, ""},
		{"a.rs", 3, 1, 9, 2, ""},
		{filepath.Join(dir, "a.rs"), 2, 1, 2, 4, "two"},
		{"none.rs", 1, 1, 1, 2, ""},
	} {
		if got := s.Slice(c.file, c.line, c.col, c.endLine, c.endCol); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
	write(t, dir, "a.rs", "new")
	if got := s.Lines("a.rs"); !slices.Equal(got, []string{"one", "two", "thrée", ""}) {
		t.Errorf("a file is read twice: %q", got)
	}
	s.release()
	if got := s.Lines("a.rs"); !slices.Equal(got, []string{"new"}) {
		t.Errorf("after release: %q", got)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
