package policy

import (
	"reflect"
)

// info is what is fixed of a rule of policies.
type info struct {
	title string
	cwe   []int
	guide []GuideRef
}

var infos = map[string]info{
	"unsafe-code":       {"unsafe code stands only where the policy allows it", []int{119, 758}, merge(part("LANG-UNSAFE", "LANG-UNSAFE-ENCP"))},
	"documented-unsafe": {"unsafe code says why it is sound", []int{1059}, merge(part("LANG-UNSAFE-ENCP", "LANG-SYNC-TRAITS"))},
	"forbid-unsafe":     {"crates without unsafe code forbid it", []int{119}, merge(part("LANG-UNSAFE"))},
	"denied-unsafe":     {"no unsafe code of certain kinds", []int{119, 758}, merge(part("LANG-UNSAFE"))},
	"foreign-code":      {"foreign functions are called only where the policy allows it", []int{695}, merge(part("FFI-SAFEWRAPPING"))},
	"denied-functions":  {"certain functions are not used", []int{676}, nil},
	"findings":          {"softshell check finds nothing", nil, nil},
	"vulnerabilities":   {"no known vulnerability above a severity", []int{1395}, merge(part("LIBS-AUDIT", "LIBS-VETTING-DIRECT", "LIBS-VETTING-TRANSITIVE"))},
	"informational":     {"no dependency that is known to be unsound or unmaintained", []int{1104, 1395}, merge(part("LIBS-AUDIT", "LIBS-VETTING-DIRECT", "LIBS-VETTING-TRANSITIVE"))},
	"yanked":            {"no version that its author took back", []int{1357}, merge(part("LIBS-OUTDATED"))},
	"database":          {"the advisories are fresh", nil, merge(part("LIBS-AUDIT"))},
	"sources":           {"dependencies come from known places", []int{829}, merge(part("LIBS-VETTING-DIRECT", "LIBS-VETTING-TRANSITIVE"))},
	"packages":          {"certain packages are not used", []int{1357}, merge(part("LIBS-VETTING-DIRECT", "LIBS-VETTING-TRANSITIVE"))},
	"lock-file":         {"Cargo.lock is under version control", nil, merge(whole("DENV-CARGO-LOCK"))},
	"toolchain":         {"the compiler is the one that was agreed on", nil, merge(whole("DENV-STABLE"))},
	"cargo-settings":    {"cargo's development profiles keep their checks, and nobody replaces the compiler", nil, merge(whole("DENV-CARGO-OPTS"), part("DENV-CARGO-ENVVARS"))},
}

// ids lists the rules in the order of a policy's fields.
func ids() []string {
	var out []string
	for f := range fields(reflect.TypeFor[Policy]()) {
		if _, ok := infos[f.Tag.Get("toml")]; ok {
			out = append(out, f.Tag.Get("toml"))
		}
	}
	return out
}
