package effects

import (
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"softshell/mir"
)

func TestResults(t *testing.T) {
	for text, want := range map[string]Ret{
		"value 0":                 {Op: RetValue},
		"owner 2":                 {Op: RetOwner, Arg: 2},
		"derived 0 in Ok":         {Op: RetDerived, In: "Ok"},
		"value 1 in Err":          {Op: RetValue, Arg: 1, In: "Err"},
		"value 0 from Some":       {Op: RetValue, From: "Some"},
		"value 0 from Ok in Some": {Op: RetValue, From: "Ok", In: "Some"},
		"value 0 in Some from Ok": {Op: RetValue, From: "Ok", In: "Some"},
		"owner 0  from  A in B":   {Op: RetOwner, From: "A", In: "B"},
		"fresh heap":              {Op: RetFresh, Kind: "heap"},
		"fresh fd in Ok":          {Op: RetFresh, Kind: "fd", In: "Ok"},
		"fresh heap unless 1":     {Op: RetFresh, Kind: "heap", Unless: 2},
	} {
		if got, err := parseRet(text); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "value", "steal 0", "Value 0", "value x", "value -1", "value 0x1", "value 1000", "value 0 Some",
		"value 0 in", "value 0 from", "value 0 from Ok in", "value 0 into Some", "value 0 in Some in Ok",
		"value 0 from Some from Ok", "value 0 from Ok in Some twice",
		"derived 0 from Some", "clone 0 from Some", "fresh heap from Some", // only a value has a payload that moves
	} {
		if got, err := parseRet(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func TestArguments(t *testing.T) {
	for text, want := range map[string]Arg{
		"borrow": {Op: Borrow}, "moveout": {Op: MoveOut}, "store 0": {Op: Store}, "store 3": {Op: Store, In: 3},
	} {
		if got, err := parseArg(text); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "steal", "store", "store x", "store -1", "free 0", "free twice", " free"} {
		if got, err := parseArg(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

// TestWords holds that each operation has exactly one word.
func TestWords(t *testing.T) {
	for op := Borrow; op <= Unknown; op++ {
		wordOf(t, argOps, op)
	}
	for op := RetValue; op <= RetShared; op++ {
		wordOf(t, retOps, op)
	}
	if len(argOps) != int(Unknown)+1 || len(retOps) != int(RetShared)+1 {
		t.Errorf("%d and %d words", len(argOps), len(retOps))
	}
}

func wordOf[Op comparable](t *testing.T, words map[string]Op, op Op) string {
	t.Helper()
	var found []string
	for word, o := range words {
		if o == op {
			found = append(found, word)
		}
	}
	if len(found) != 1 {
		t.Fatalf("operation %v has the words %q", op, found)
	}
	return found[0]
}

// spellRet and spellArg are the ways back from what was read to the text.
func spellRet(t *testing.T, r Ret) string {
	out := wordOf(t, retOps, r.Op) + " "
	if r.Op == RetFresh {
		out += r.Kind
	} else {
		out += strconv.Itoa(r.Arg)
	}
	if r.From != "" {
		out += " from " + r.From
	}
	if r.In != "" {
		out += " in " + r.In
	}
	if r.Unless > 0 {
		out += " unless " + strconv.Itoa(r.Unless-1)
	}
	return out
}

func spellArg(t *testing.T, a Arg) string {
	if a.Op == Store {
		return "store " + strconv.Itoa(a.In)
	}
	return wordOf(t, argOps, a.Op)
}

var (
	// key is what Keys can ask for.
	key      = regexp.MustCompile(`^(<\w+ as \w+>::\w+|extern \w+|\w+|\w+(::\w+)+)$`)
	variants = []string{"", "Some", "Ok", "Err", "Continue", "Break"}
	kinds    = []string{"", "heap", "fd"}
)

// TestEveryEntry reads each entry of each embedded file by itself: what was
// read spells the text again, and is found under each of its names.
func TestEveryEntry(t *testing.T) {
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "models/*.toml")
	if err != nil || len(names) == 0 {
		t.Fatal("no models", err)
	}
	total := 0
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Fn []entry `toml:"fn"`
		}
		if _, err := toml.Decode(string(text), &file); err != nil {
			t.Fatal(err)
		}
		for i := range file.Fn {
			total += len(file.Fn[i].Name)
			oneEntry(t, m, name, &file.Fn[i])
		}
	}
	if n := len(m.Names()); n != total {
		t.Errorf("%d names are described, %d are found", total, n)
	}
}

func oneEntry(t *testing.T, m *Models, file string, en *entry) {
	for _, name := range en.Name {
		e := m.Find("no such function", name)
		if e == nil || e.Name != name || !key.MatchString(name) {
			t.Errorf("%s: %s is not found, or nothing can ask for it", file, name)
			continue
		}
		where := file + ": " + name
		var args, rets []string
		for _, a := range e.Args {
			args = append(args, spellArg(t, a))
		}
		for _, r := range e.Ret {
			rets = append(rets, spellRet(t, r))
			if !slices.Contains(variants, r.In) || !slices.Contains(variants, r.From) || !slices.Contains(kinds, r.Kind) {
				t.Errorf("%s: %+v has a variant or a kind that is not known", where, r)
			}
		}
		if !slices.Equal(args, en.Args) || !slices.Equal(rets, en.Ret) {
			t.Errorf("%s: %q %q are read as %q %q", where, en.Args, en.Ret, args, rets)
		}
		if rest := spellArg(t, e.Rest); rest != en.Rest && !(rest == "borrow" && en.Rest == "") || e.Arg(len(e.Args)) != e.Rest {
			t.Errorf("%s: the rest %q is read as %q", where, en.Rest, rest)
		}
		if e.Unwinds != tri(en.Unwinds) || e.Diverges != en.Diverges || e.NullTest != en.NullTest ||
			e.Clears != en.Clears || e.Policy != en.Policy || e.Releases != en.Releases {
			t.Errorf("%s: %+v is read as %+v", where, *en, *e)
		}
		if e.Diverges && len(e.Ret) > 0 || e.NullTest && len(e.Ret) > 0 {
			t.Errorf("%s: a result that never comes, or that is a truth, holds something", where)
		}
	}
}

func tri(b *bool) Tri {
	switch {
	case b == nil:
		return Maybe
	case *b:
		return Yes
	}
	return No
}

// TestOneNameOnce holds that the embedded files may not describe a function
// twice, and that a project may describe it anew.
func TestOneNameOnce(t *testing.T) {
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	const text = "[[fn]]\nname = ['mem::forget']\nargs = ['drop']\n"
	if err := m.add("twice.toml", text, false); err == nil || !strings.Contains(err.Error(), "mem::forget is described twice") {
		t.Errorf("got %v", err)
	}
	over, err := m.With("own.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	if over.Find("mem::forget").Arg(0).Op != Drop || m.Find("mem::forget").Arg(0).Op != Disown {
		t.Error("a project's model does not win, or changes ours")
	}
}

func TestKeys(t *testing.T) {
	types := mir.NewTypes()
	for _, c := range []struct {
		path    string
		foreign bool
		want    string
	}{
		{"std::boxed::Box::<T>::into_raw", false, "Box::into_raw"},
		{"std::mem::forget::<T>", false, "mem::forget"},
		{"<std::rc::Rc<T> as std::clone::Clone>::clone", false, "<Rc as Clone>::clone | Clone::clone"},
		{"<T as m::Make>::make", false, "<T as Make>::make | Make::make"},
		{"<[u8] as m::Make>::make", false, "<slice as Make>::make | Make::make"},
		{"<&T as m::Make>::make", false, "<ref as Make>::make | Make::make"},
		{"<u8 as std::default::Default>::default", false, "<u8 as Default>::default | Default::default"},
		{"core::slice::<impl [T]>::as_ptr", false, "slice::as_ptr"},
		{"core::ptr::mut_ptr::<impl *mut T>::cast::<u8>", false, "ptr::cast"},
		{"core::ptr::mut_ptr::<impl *mut [T]>::len", false, "ptr::len"},
		{"core::str::<impl str>::len", false, "str::len"},
		{"alloc::slice::<impl m::Of<T>>::join", false, "Of::join"},
		{"libc::free", false, "libc::free | extern free"},
		{"ffi::malloc", true, "extern malloc"},
		{"local", false, "local"},
		{"dep::m::f::<T>", false, "dep::m::f | extern dep::m::f"},
	} {
		if got := strings.Join(Keys(types.Path(c.path), c.foreign), " | "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.path, got, c.want)
		}
	}
	if got := Keys(nil, true); got != nil {
		t.Errorf("no path has the keys %q", got)
	}
}

// TestNoDeadKeys holds that no model names a callee in a way that Keys never
// spells it: methods of raw pointers are `ptr::..`.
func TestNoDeadKeys(t *testing.T) {
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for name := range m.byKey {
		if strings.HasPrefix(name, "const_ptr::") || strings.HasPrefix(name, "mut_ptr::") {
			t.Errorf("nothing is spelled %s", name)
		}
	}
}
