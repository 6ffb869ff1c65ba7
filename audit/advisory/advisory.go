package advisory

import (
	"slices"
	"strings"

	"softshell/audit/version"
)

// Kind says what an advisory tells of.
type Kind string

// The kinds. All but the first are called informational by RustSec.
const (
	Vulnerability Kind = "vulnerability"
	Unsound       Kind = "unsound"      // safe code can break memory safety
	Unmaintained  Kind = "unmaintained" // nobody will mend the next bug
	Notice        Kind = "notice"
)

// Advisory is one report about one package.
type Advisory struct {
	ID          string
	Package     string
	Collection  string // "crates"; "rust" for the toolchain's own parts
	Source      string // registry it is about, as Cargo.lock has it; "" is crates.io
	Kind        Kind
	Title       string
	Description string // Markdown
	Date        string // YYYY-MM-DD
	URL         string
	Withdrawn   string // date; "" is not withdrawn
	License     string // of the text; "" is CC0-1.0
	Aliases     []string
	Related     []string
	References  []string
	Categories  []string
	Keywords    []string
	CVSS        CVSS
	Affected    version.Ranges // what is vulnerable
	Patched     []string       // requirements, as written
	Unaffected  []string
	Functions   []Function // the vulnerable ones, when named; sorted
	Arch, OS    []string   // the only ones concerned; nil is all
	File        string     // where it was read, below the path of its source
}

// The collections.
const (
	Crates = "crates"
	Rust   = "rust"
)

// Function is a vulnerable function and the requirements of the versions in which it is.
type Function struct {
	Path     string // as written: "lru::LruCache::iter", "ObjectPool<H,T>::free"
	Versions []string
	// Ranges are the versions by precedence, and what Cargo's reading of a requirement
	// adds: a version outside of them does not have the function by either reading.
	Ranges version.Ranges
}

// Affects reports whether a version is vulnerable.
func (a *Advisory) Affects(v version.Version) bool { return a.Affected.Contains(v) }

// In returns the named functions that a version has.
func (a *Advisory) In(v version.Version) []Function {
	var out []Function
	for _, f := range a.Functions {
		if f.Ranges.Contains(v) {
			out = append(out, f)
		}
	}
	return out
}

// Concerns reports whether the advisory is about a target ("x86_64-unknown-linux-gnu").
// A target that is not understood is always concerned, as is "", and so is every target
// when the advisory names something that is none.
func (a *Advisory) Concerns(triple string) bool {
	if triple == "" || len(a.Arch) == 0 && len(a.OS) == 0 {
		return true
	}
	arch, os := platform(triple)
	knownArch := func(s string) bool {
		return slices.ContainsFunc(arches, func(a struct{ begins, arch string }) bool { return strings.EqualFold(a.arch, s) })
	}
	knownOS := func(s string) bool {
		return slices.ContainsFunc(systems, func(o struct{ part, os string }) bool { return strings.EqualFold(o.os, s) })
	}
	return concerns(a.Arch, arch, knownArch) && concerns(a.OS, os, knownOS)
}

func concerns(only []string, is string, known func(string) bool) bool {
	return len(only) == 0 || is == "" || slices.ContainsFunc(only, func(o string) bool { return strings.EqualFold(o, is) || !known(o) })
}

// platform returns target_arch and target_os of a triple, as Rust names them; "" is
// not known.
func platform(triple string) (arch, os string) {
	first, rest, _ := strings.Cut(triple, "-")
	for _, a := range arches {
		if strings.HasPrefix(first, a.begins) {
			arch = a.arch
			break
		}
	}
	for _, o := range systems {
		if strings.Contains("-"+rest+"-", o.part) {
			return arch, o.os
		}
	}
	return arch, ""
}

// arches has what triples begin with; the longer word stands before the shorter.
var arches = []struct{ begins, arch string }{
	{"x86_64", "x86_64"}, {"i386", "x86"}, {"i486", "x86"}, {"i586", "x86"}, {"i686", "x86"},
	{"aarch64", "aarch64"}, {"arm64ec", "arm64ec"}, {"arm64", "aarch64"}, {"arm", "arm"}, {"thumb", "arm"},
	{"riscv32", "riscv32"}, {"riscv64", "riscv64"}, {"powerpc64", "powerpc64"}, {"powerpc", "powerpc"},
	{"mips64", "mips64"}, {"mipsisa64", "mips64r6"}, {"mipsisa32", "mips32r6"}, {"mips", "mips"},
	{"s390x", "s390x"}, {"sparc64", "sparc64"}, {"sparcv9", "sparc64"}, {"sparc", "sparc"},
	{"wasm32", "wasm32"}, {"wasm64", "wasm64"}, {"loongarch64", "loongarch64"}, {"loongarch32", "loongarch32"},
	{"hexagon", "hexagon"}, {"msp430", "msp430"}, {"avr", "avr"}, {"nvptx64", "nvptx64"},
}

var systems = []struct{ part, os string }{
	{"-android", "android"}, {"-linux-", "linux"}, {"-windows-", "windows"}, {"-darwin-", "macos"}, {"-macos-", "macos"},
	{"-ios-", "ios"}, {"-tvos-", "tvos"}, {"-watchos-", "watchos"}, {"-visionos-", "visionos"},
	{"-freebsd-", "freebsd"}, {"-netbsd-", "netbsd"}, {"-openbsd-", "openbsd"}, {"-dragonfly-", "dragonfly"},
	{"-solaris-", "solaris"}, {"-illumos-", "illumos"}, {"-haiku-", "haiku"}, {"-redox-", "redox"},
	{"-fuchsia-", "fuchsia"}, {"-emscripten-", "emscripten"}, {"-wasi", "wasi"}, {"-hermit-", "hermit"},
	{"-none-", "none"}, {"-vxworks-", "vxworks"}, {"-cuda-", "cuda"}, {"-uefi-", "uefi"}, {"-aix-", "aix"}, {"-unknown-unknown-", "unknown"},
	{"-hurd-", "hurd"}, {"-nto-", "nto"}, {"-espidf-", "espidf"}, {"-horizon-", "horizon"},
}
