package symbol

import (
	"path/filepath"
	"strings"

	"softshell/heap/profile"
)

// crateOf is the crate that a Rust function was written in, "" when its name does
// not tell.
func crateOf(linkage, name string) string {
	switch {
	case strings.HasPrefix(linkage, "_R"):
		if c := v0Crate(linkage[2:]); c != "" {
			return c
		}
	case !strings.HasPrefix(linkage, "_ZN") || !legacyHash(linkage):
		return ""
	}
	return pathCrate(name)
}

// legacyHash tells a Rust name of the legacy scheme from one of C++: it ends in
// 17h, sixteen hexadecimal digits and E.
func legacyHash(linkage string) bool {
	if i := strings.Index(linkage, ".llvm."); i > 0 {
		linkage = linkage[:i]
	}
	const tail = len("17h0123456789abcdefE")
	if len(linkage) < tail {
		return false
	}
	hash := linkage[len(linkage)-tail:]
	return strings.HasPrefix(hash, "17h") && hash[tail-1] == 'E' && strings.Trim(hash[3:tail-1], "0123456789abcdef") == ""
}

// v0Crate reads the crate of a v0 path. An impl has the path of the module that it
// stands in, which the readable name does not show.
func v0Crate(s string) string {
	s = strings.TrimLeft(s, "0123456789") // version
	for s != "" {
		switch s[0] {
		case 'N':
			if len(s) < 2 {
				return ""
			}
			s = s[2:]
		case 'I':
			s = s[1:]
		case 'M', 'X':
			s = skipDisambiguator(s[1:])
		case 'C':
			s = skipDisambiguator(s[1:])
			n := 0
			for len(s) > 0 && s[0] >= '0' && s[0] <= '9' && n < 1<<16 {
				n = 10*n + int(s[0]-'0')
				s = s[1:]
			}
			s = strings.TrimPrefix(s, "_")
			if n > len(s) {
				return ""
			}
			return s[:n]
		default:
			return ""
		}
	}
	return ""
}

func skipDisambiguator(s string) string {
	if strings.HasPrefix(s, "s") {
		if _, rest, ok := strings.Cut(s, "_"); ok {
			return rest
		}
	}
	return s
}

// pathCrate reads the crate of a readable name. In <Type as Trait>::method it is
// that of the type, or of the trait where the type is a parameter or stands in the
// standard library.
func pathCrate(name string) string {
	if !strings.HasPrefix(name, "<") {
		return root(name)
	}
	inner := name[1:]
	if end := closing(inner); end >= 0 {
		inner = inner[:end]
	}
	self, trait, ok := cutAs(inner)
	crate := root(self)
	if ok && (crate == "" || library[crate]) {
		if t := root(trait); t != "" {
			return t
		}
	}
	return crate
}

// root is the first segment of a path, "" for a type parameter or a primitive.
func root(path string) string {
	path = strings.TrimLeft(path, "&*[(<")
	for _, word := range []string{"mut ", "const ", "dyn ", "impl "} {
		path = strings.TrimPrefix(path, word)
	}
	path = strings.TrimLeft(path, "&*[(<")
	first, _, ok := strings.Cut(path, "::")
	if !ok || strings.ContainsAny(first, " <>()[]&*,{}'") {
		return ""
	}
	return first
}

// closing is the index of the > that ends what has begun, -1 when it is missing.
func closing(s string) int {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '<':
			depth++
		case '>':
			if i > 0 && s[i-1] == '-' {
				continue
			}
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// cutAs cuts "Type as Trait" outside of all brackets.
func cutAs(s string) (self, trait string, ok bool) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '<':
			depth++
		case '>':
			if i == 0 || s[i-1] != '-' {
				depth--
			}
		case ' ':
			if depth == 0 && strings.HasPrefix(s[i:], " as ") {
				return s[:i], s[i+4:], true
			}
		}
	}
	return s, "", false
}

// library are the crates of the standard library.
var library = set("std", "core", "alloc", "proc_macro", "test", "panic_unwind", "panic_abort", "unwind", "compiler_builtins",
	"std_detect", "backtrace", "rustc_std_workspace_core", "rustc_std_workspace_alloc", "rustc_std_workspace_std", "__rustc")

// bundled are crates that the standard library is built with; a program may use
// them too, and then they lie elsewhere.
var bundled = set("hashbrown", "rustc_demangle", "gimli", "addr2line", "object", "miniz_oxide", "adler2", "memchr", "libc", "cfg_if")

// allocators are crates that only hand calls on to an allocator.
var allocators = set("tikv_jemallocator", "tikv_jemalloc_sys", "jemallocator", "jemalloc_sys", "mimalloc", "libmimalloc_sys", "snmalloc_rs",
	"snmalloc_sys", "rpmalloc", "rpmalloc_sys", "tcmalloc", "wee_alloc", "dlmalloc")

// startup are functions of C that stand between the system and a program, and the
// entries of allocators.
var startup = set("_start", "__libc_start_main", "__libc_start_call_main", "__libc_start_main_impl", "__libc_csu_init", "_init", "call_init",
	"start_thread", "clone", "clone3", "__clone", "__clone3", "libc_start_main_stage2", "deregister_tm_clones", "register_tm_clones", "__do_global_dtors_aux", "frame_dummy", "_fini", "_start_c", "_dlstart_c",
	"malloc", "calloc", "realloc", "free", "reallocarray", "memalign", "aligned_alloc", "posix_memalign", "valloc", "pvalloc", "strdup", "strndup",
	"__libc_malloc", "__libc_calloc", "__libc_realloc", "__libc_memalign", "operator new", "operator new[]",
	"rust_begin_unwind", "rust_panic", "rust_eh_personality", "__rust_try")

func set(names ...string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, n := range names {
		out[n] = true
	}
	return out
}

// systemModule tells a library of the system by its file.
func systemModule(path string) bool {
	base := filepath.Base(path)
	for _, p := range []string{"libc.so", "libc-", "libc.musl-", "ld-linux", "ld-musl-", "ld-2.", "libpthread", "libgcc_s", "libm.so", "libdl.so", "librt.so",
		"libstdc++.so", "libc++.so", "libc++abi.so", "libunwind.so", "libjemalloc.so", "libmimalloc.so", "libtcmalloc", "linux-vdso", "[vdso]", "libstd-", "softshell"} {
		if strings.HasPrefix(base, p) {
			return strings.Contains(base, ".so") || strings.HasPrefix(base, "[")
		}
	}
	return false
}

// systemFrame tells a function that the user did not choose to call for its own
// sake: of the standard library, the start-up or an allocator.
func systemFrame(f *profile.Frame) bool {
	if f.Crate == "" {
		return startup[f.Function] || strings.HasPrefix(f.Function, "__rust_") ||
			strings.HasPrefix(f.Function, "__rdl_") || strings.HasPrefix(f.Function, "__rg_") ||
			strings.HasPrefix(f.Function, "_rjem_") || strings.HasPrefix(f.Function, "mi_") && strings.Contains(f.Function, "alloc")
	}
	switch {
	case library[f.Crate], allocators[f.Crate]:
		return true
	case bundled[f.Crate]:
		return f.File == "" || strings.HasPrefix(f.File, "/rust/deps/") || strings.HasPrefix(f.File, "/rustc/") || strings.Contains(f.File, "/lib/rustlib/src/")
	}
	return strings.Contains(f.Function, " as core::alloc::global::GlobalAlloc>::")
}
