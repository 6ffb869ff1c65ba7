package finding

import "testing"

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"serde_json":                 "serde_json",
		"":                           "",
		" a  b ":                     "a b",
		"\x1b[31mred\x1b[0m":         "[31mred[0m",
		"a\u009b2Jb":                 "a2Jb",
		"user\u202exe.txt":           "userxe.txt",
		"bad \xff byte":              "bad \uFFFD byte",
		"two\r\nlines\n":             "two lines",
		"Schlüssel \u2066x\u2069 ok": "Schlüssel x ok",
		"\x07bell\x00":               "bell",
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
	if got, want := PlainText("a\r\n\tb\x1b[2Jc"), "a \n\tb[2Jc"; got != want {
		t.Errorf("PlainText: %q, want %q", got, want)
	}
}
