package effects

import "testing"

func TestEmbeddedModelsLoad(t *testing.T) {
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Box::into_raw", "mem::forget", "alloc::dealloc", "extern free", "<Rc as Clone>::clone"} {
		if m.Find(name) == nil {
			t.Errorf("no model for %s", name)
		}
	}
	if e := m.Find("Box::into_raw"); e.Arg(0).Op != Disown || e.Ret[0].Op != RetOwner || e.Unwinds != No {
		t.Errorf("Box::into_raw reads as %+v", e)
	}
}

func TestModelErrorsNameTheEntry(t *testing.T) {
	m, _ := Load()
	for _, c := range []struct{ text, want string }{
		{"[[fn]]\nname=['a::b']\nargs=['steal']", `read models Cargo.toml: a::b: unknown effect "steal" on an argument`},
		{"[[fn]]\nname=['a::b']\nret=['owner x']", `read models Cargo.toml: a::b: "owner x" needs the number of an argument`},
		{"[[fn]]\nargs=['free']", `read models Cargo.toml: an entry has no name`},
		{"[[fn]]\nname=['a']\ncolour='red'", `read models Cargo.toml: unknown key "fn.colour"`},
	} {
		_, err := m.With("Cargo.toml", c.text)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}
