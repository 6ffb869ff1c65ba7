package policy

import (
	"slices"
	"strings"
)

// The guide is "Secure Rust Guidelines" of the French agency for the security of
// information systems, ANSSI. It has no versions; its rules are named here as they
// were in this state of its repository, ANSSI-FR/rust-guide.
const (
	GuideName   = "ANSSI, Secure Rust Guidelines"
	guideURL    = "https://anssi-fr.github.io/rust-guide/"
	GuideCommit = "84e6ae181712c9ed797aeaf695c9965a13a1d5fa"
	GuideDate   = "2026-04-07"
)

// ruleOfGuide is a rule or recommendation of the guide. Subject is in our words.
type ruleOfGuide struct {
	ID        string
	Subject   string
	Page      string // below guideURL
	Recommend bool   // a recommendation, no rule
}

// URL is where the guide states the rule.
func (g ruleOfGuide) URL() string { return guideURL + g.Page + ".html#" + g.ID }

// GuideRef is a rule of the guide on which a rule of the policy throws light.
type GuideRef struct {
	ID string `json:"id"`
	// Part is set when a pass shows a part of what the guide asks, not all of it.
	Part bool   `json:"in_part"`
	URL  string `json:"url"`
}

// whole and part make references.
func whole(list ...string) []GuideRef { return refs(false, list) }
func part(list ...string) []GuideRef  { return refs(true, list) }

func refs(part bool, list []string) []GuideRef {
	var out []GuideRef
	for _, id := range list {
		out = append(out, GuideRef{id, part, guideRule(id).URL()})
	}
	return out
}

// merge joins references; what one shows as a whole counts as such. Sorted by id.
func merge(lists ...[]GuideRef) []GuideRef {
	out := []GuideRef{}
	for _, l := range lists {
		for _, r := range l {
			if i := slices.IndexFunc(out, func(o GuideRef) bool { return o.ID == r.ID }); i >= 0 {
				out[i].Part = out[i].Part && r.Part
			} else {
				out = append(out, r)
			}
		}
	}
	slices.SortFunc(out, func(a, b GuideRef) int { return strings.Compare(a.ID, b.ID) })
	return out
}

func guideRule(id string) ruleOfGuide {
	if i := slices.IndexFunc(guide, func(g ruleOfGuide) bool { return g.ID == id }); i >= 0 {
		return guide[i]
	}
	panic("the guide has no rule " + id) // a table of this package is wrong; a test goes through all
}

// guide are the guide's rules in its order.
var guide = []ruleOfGuide{
	{"DENV-STABLE", "a stable toolchain", "devenv", false},
	{"DENV-TIERS", "targets of tier 1 for what is critical", "devenv", false},
	{"DENV-CARGO-LOCK", "Cargo.lock under version control", "devenv", false},
	{"DENV-CARGO-OPTS", "default values of critical profile settings", "devenv", false},
	{"DENV-CARGO-ENVVARS", "default values of cargo's compiler variables", "devenv", false},
	{"DENV-FORMAT", "rustfmt", "devenv", true},
	{"DENV-LINTER", "a linter, regularly", "devenv", false},
	{"DENV-AUTOFIX", "automatic fixes are reviewed", "devenv", false},
	{"LIBS-VETTING-DIRECT", "direct dependencies are vetted", "libraries", false},
	{"LIBS-VETTING-TRANSITIVE", "transitive dependencies are vetted", "libraries", true},
	{"LIBS-OUTDATED", "outdated dependencies", "libraries", false},
	{"LIBS-AUDIT", "known vulnerabilities of dependencies", "libraries", false},
	{"LANG-NAMING", "naming conventions", "naming", false},
	{"LANG-ARITH", "arithmetic that may overflow", "integer", false},
	{"LANG-ERRWRAP", "an own error type", "errors", true},
	{"LANG-LIMIT-PANIC", "few panics", "errors", false},
	{"LANG-LIMIT-PANIC-SRC", "few functions that may panic", "errors", false},
	{"LANG-ARRINDEXING", "indices are tested", "errors", false},
	{"LANG-SYNC-TRAITS", "own Send and Sync are justified", "standard", false},
	{"LANG-CMP-INV", "invariants of comparison traits", "standard", false},
	{"LANG-CMP-DEFAULTS", "default methods of comparison traits", "standard", true},
	{"LANG-CMP-DERIVE", "derived comparison traits", "standard", true},
	{"LANG-DROP", "own Drop is justified", "standard", false},
	{"LANG-DROP-NO-PANIC", "no panic in Drop", "standard", false},
	{"LANG-DROP-NO-CYCLE", "no cycles of counted values with Drop", "standard", false},
	{"LANG-DROP-SEC", "security does not rest on Drop alone", "standard", false},
	{"UNSAFE-NOUB", "no undefined behaviour", "unsafe/generalities", false},
	{"LANG-UNSAFE", "no unsafe blocks where none is needed", "unsafe/generalities", false},
	{"LANG-UNSAFE-ENCP", "unsafe code is encapsulated, or its conditions are documented", "unsafe/generalities", false},
	{"MEM-NO-LEAK", "no memory leak", "unsafe/memory", false},
	{"MEM-FORGET", "no mem::forget", "unsafe/memory", false},
	{"MEM-FORGET-LINT", "a lint that finds mem::forget", "unsafe/memory", true},
	{"MEM-LEAK", "no leak functions", "unsafe/memory", false},
	{"MEM-MANUALLYDROP", "what is in ManuallyDrop is released", "unsafe/memory", false},
	{"MEM-NORAWPOINTER", "no raw pointers of smart pointers in safe code", "unsafe/memory", false},
	{"MEM-INTOFROMRAWALWAYS", "from_raw for each into_raw", "unsafe/memory", false},
	{"MEM-INTOFROMRAWONLY", "from_raw only for what into_raw gave", "unsafe/memory", false},
	{"MEM-UNINIT", "no uninitialised memory", "unsafe/memory", false},
	{"MEM-MUT-REC-RC", "no recursive counted types with inner mutability", "standard", false},
	{"FFI-SAFEWRAPPING", "a safe wrapper around foreign code", "unsafe/ffi", true},
	{"FFI-CTYPE", "only C-compatible types", "unsafe/ffi", false},
	{"FFI-TCONS", "consistent types at the border", "unsafe/ffi", false},
	{"FFI-AUTOMATE", "generated bindings", "unsafe/ffi", true},
	{"FFI-PFTYPE", "portable aliases of C types", "unsafe/ffi", false},
	{"FFI-CKNONROBUST", "foreign values of non-robust types are checked", "unsafe/ffi", false},
	{"FFI-CKINRUST", "foreign values are checked in Rust", "unsafe/ffi", true},
	{"FFI-CK-PTR-VALID", "foreign pointers are checked", "unsafe/ffi", false},
	{"FFI-INPUT-PTR", "foreign pointers come as raw pointers", "unsafe/ffi", true},
	{"FFI-CK-INPUT-REF-VALID", "foreign references are checked", "unsafe/ffi", false},
	{"FFI-MARKEDFUNPTR", "function pointers are extern and unsafe", "unsafe/ffi", false},
	{"FFI-CKFUNPTR", "foreign function pointers are checked", "unsafe/ffi", false},
	{"FFI-NOENUM", "no Rust enum comes in", "unsafe/ffi", false},
	{"FFI-R-OPAQUE", "own types for foreign opaque types", "unsafe/ffi", true},
	{"FFI-C-OPAQUE", "incomplete C structs for opaque Rust types", "unsafe/ffi", true},
	{"FFI-CK-REF-MODEL", "Rust's memory model holds across the border", "unsafe/ffi", false},
	{"FFI-MEM-NODROP", "no types with Drop at the border", "unsafe/ffi", false},
	{"FFI-MEM-OWNER", "clear ownership across the border", "unsafe/ffi", false},
	{"FFI-MEM-WRAPPING", "foreign data in wrappers that release it", "unsafe/ffi", true},
	{"FFI-NOPANIC", "no panic across the border", "unsafe/ffi", true},
	{"FFI-CAPI", "a dedicated C API", "unsafe/ffi", false},
}

// findingGuide says on which rules of the guide a rule of softshell check throws light.
// Each finds some of the code that breaks the guide's rule, so it shows a part.
var findingGuide = map[string][]string{
	"dangling-return":    {"UNSAFE-NOUB"},
	"double-free":        {"UNSAFE-NOUB", "MEM-INTOFROMRAWONLY"},
	"drop-uninit":        {"UNSAFE-NOUB", "MEM-UNINIT"},
	"ffi-border":         {"FFI-NOPANIC", "FFI-CK-PTR-VALID", "FFI-CKNONROBUST"},
	"ffi-ownership":      {"FFI-MEM-OWNER", "MEM-INTOFROMRAWALWAYS", "MEM-INTOFROMRAWONLY"},
	"invalid-cast":       {"UNSAFE-NOUB"},
	"lifetime-signature": {"UNSAFE-NOUB", "LANG-UNSAFE-ENCP"},
	"mem-forget":         {"MEM-FORGET-LINT", "MEM-MANUALLYDROP"},
	"orphan-object":      {"MEM-NO-LEAK", "MEM-INTOFROMRAWALWAYS", "MEM-MANUALLYDROP"},
	"out-of-bounds":      {"UNSAFE-NOUB"},
	"panic-safety":       {"UNSAFE-NOUB", "LANG-UNSAFE-ENCP"},
	"proxy-field":        {"MEM-NO-LEAK", "MEM-MANUALLYDROP"},
	"rc-cycle":           {"MEM-NO-LEAK", "MEM-MUT-REC-RC", "LANG-DROP-NO-CYCLE"},
	"secret-residue":     {"LANG-DROP-SEC"},
	"send-sync":          {"LANG-SYNC-TRAITS", "UNSAFE-NOUB"},
	"uninit-exposure":    {"MEM-UNINIT", "UNSAFE-NOUB"},
	"use-after-free":     {"UNSAFE-NOUB"},
}

// functionGuide says what the guide and the CWE list have to say of functions.
var functionGuide = []struct {
	path  string
	cwe   []int
	guide []GuideRef
}{
	{"std::mem::forget", []int{401, 772}, merge(whole("MEM-FORGET", "MEM-FORGET-LINT"), part("MEM-NO-LEAK"))},
	{"std::boxed::Box::leak", []int{401}, merge(part("MEM-LEAK", "MEM-NO-LEAK"))},
	{"std::vec::Vec::leak", []int{401}, merge(part("MEM-LEAK", "MEM-NO-LEAK"))},
	{"std::string::String::leak", []int{401}, merge(part("MEM-LEAK", "MEM-NO-LEAK"))},
	{"std::mem::ManuallyDrop::new", []int{401}, merge(part("MEM-MANUALLYDROP", "MEM-NO-LEAK"))},
	{"std::boxed::Box::into_raw", []int{401}, merge(part("MEM-NORAWPOINTER", "MEM-INTOFROMRAWALWAYS"))},
	{"std::rc::Rc::into_raw", []int{401}, merge(part("MEM-NORAWPOINTER", "MEM-INTOFROMRAWALWAYS"))},
	{"std::sync::Arc::into_raw", []int{401}, merge(part("MEM-NORAWPOINTER", "MEM-INTOFROMRAWALWAYS"))},
	{"std::ffi::CString::into_raw", []int{401}, merge(part("MEM-NORAWPOINTER", "MEM-INTOFROMRAWALWAYS"))},
	{"std::boxed::Box::from_raw", []int{763}, merge(part("MEM-INTOFROMRAWONLY"))},
	{"std::rc::Rc::from_raw", []int{763}, merge(part("MEM-INTOFROMRAWONLY"))},
	{"std::sync::Arc::from_raw", []int{763}, merge(part("MEM-INTOFROMRAWONLY"))},
	{"std::ffi::CString::from_raw", []int{763}, merge(part("MEM-INTOFROMRAWONLY"))},
	{"std::mem::uninitialized", []int{908}, merge(part("MEM-UNINIT"))},
	{"std::mem::MaybeUninit::uninit", []int{908}, merge(part("MEM-UNINIT"))},
	{"std::mem::MaybeUninit::assume_init", []int{908}, merge(part("MEM-UNINIT"))},
	{"std::mem::zeroed", []int{908}, merge(part("MEM-UNINIT"))},
	{"std::mem::transmute", []int{704, 843}, merge(part("UNSAFE-NOUB"))},
	{"std::option::Option::unwrap", []int{248}, merge(part("LANG-LIMIT-PANIC-SRC"))},
	{"std::option::Option::expect", []int{248}, merge(part("LANG-LIMIT-PANIC-SRC"))},
	{"std::result::Result::unwrap", []int{248}, merge(part("LANG-LIMIT-PANIC-SRC"))},
	{"std::result::Result::expect", []int{248}, merge(part("LANG-LIMIT-PANIC-SRC"))},
}
