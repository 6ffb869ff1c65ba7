package symbol

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// Demangle is the name of a function as its language writes it, without the hash
// that makes it unique and without a C++ function's parameters. A name that is not
// mangled stays as it is.
func Demangle(linkage string) string {
	name := linkage
	if i := strings.Index(name, ".llvm."); i > 0 {
		name = name[:i]
	}
	if !strings.HasPrefix(name, "_R") && !strings.HasPrefix(name, "_Z") && !strings.HasPrefix(name, "__R") && !strings.HasPrefix(name, "__Z") {
		return name
	}
	s, err := demangle.ToString(name, demangle.NoParams, demangle.NoClones)
	if err != nil {
		return linkage
	}
	return s
}
