package patch

import (
	"slices"
	"testing"

	"softshell/audit/advisory"
	"softshell/audit/version"
)

func TestReplacementsAreQuoted(t *testing.T) {
	for name, c := range map[string]struct {
		kind advisory.Kind
		text string
		want []string
	}{
		"a list below a heading": {advisory.Unmaintained, "It is over.\n\n## Possible Alternative(s)\n\n - [one](https://crates.io/crates/one)\n - [two-x](https://github.com/someone/two)\n - `three`\n\n## Credit\n\n - `four`\n", []string{"one", "two-x", "three"}},
		"a sentence":             {advisory.Unmaintained, "Its `feature` is old. The author recommends using [`web-time`] instead.\n\n[`web-time`]: https://crates.io/crates/web-time\n", []string{"web-time"}},
		"a list behind a colon":  {advisory.Unmaintained, "Consider using any alternative, for instance:\n- [derive_more](https://crates.io/crates/derive_more)\n- [educe](https://docs.rs/educe)\n", []string{"derive_more", "educe"}},
		"itself":                 {advisory.Unmaintained, "Use `old_crate` no more; switch to `old-crate2`.", []string{"old-crate2"}},
		"a flag is no crate":     {advisory.Unmaintained, "Use the `fast` feature instead.", nil},
		"code is no crate":       {advisory.Vulnerability, "It uses `data` instead of `vtable`.", nil},
		"a crate is one":         {advisory.Vulnerability, "`safer` is a replacement crate that mends it.", []string{"safer"}},
		"nothing":                {advisory.Unmaintained, "The repository is archived.", nil},
		"code blocks":            {advisory.Unmaintained, "## Alternatives\n```rust\nlet `x` = 1;\n```\n", nil},
	} {
		a := &advisory.Advisory{Package: "old-crate", Kind: c.kind, Description: c.text}
		if got := replacements(a); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPathsThatClippyTakes(t *testing.T) {
	for path, want := range map[string]string{
		"lru::LruCache::iter": "lru::LruCache::iter", "pool::ObjectPool<H,T>::free": "pool::ObjectPool::free",
		"a::b()": "a::b", "a::B<C<D>>::e": "a::B::e", "a::mac!": "", "alone": "", "a::<impl B for C>::d": "", "a::b: c": "", "": "",
	} {
		got, ok := cleanPath(path)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestWorkaroundsAreQuoted(t *testing.T) {
	a := &advisory.Advisory{Description: "Text.\n\n### Workarounds\n\nDo this.\n\n#### In detail\n\nThat.\n\n### Credit\n\nNot this.\n"}
	if got := workaround(a); !slices.Equal(got, []string{"Do this.", "", "That."}) {
		t.Errorf("%q", got)
	}
}

func TestLockedVersions(t *testing.T) {
	const text = "[[package]]\nname = \"leaf\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n" +
		"[[package]]\nname = \"leaf\"\nversion = \"2.0.0\"\nsource = \"git+https://example.org/leaf#1\"\n\n" +
		"[[package]]\nname = \"leaf\"\nversion = \"3.0.0\"\n\n" +
		"[[package]]\nname = \"leafy\"\nversion = \"4.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n" +
		"[[package]]\nname = \"leaf\"\nversion = \"5.0.0\"\r\nsource = \"sparse+https://index.crates.io/\"\n"
	if got := lockedBad([]byte(text), "leaf", anyVersion); !slices.Equal(got, []string{"1.0.0", "5.0.0"}) {
		t.Errorf("%q", got)
	}
}

func anyVersion(version.Version) bool { return true }
