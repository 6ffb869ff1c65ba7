package check

import (
	"os"
	"path/filepath"
	"regexp"
)

// sourceNames is what a look at a unit's source, without reading it as Rust,
// tells of names: enough to see that a name cannot be a type's.
type sourceNames struct {
	types  map[string]bool // of structs, enums, unions, aliases and modules
	unions map[string]bool
	params map[string]bool // words in the lists of generic parameters
	macros bool            // macros make up names of types
	unread bool            // a file could not be read: anything may be
}

var (
	// declaration matches the start of what declares a type or a module.
	declaration = regexp.MustCompile(`\b(struct|enum|union|type|mod)\s+(\$?\w+)`)
	// generics matches the start of a list of generic parameters.
	generics = regexp.MustCompile(`\b(?:impl|(?:fn|struct|enum|union|type|trait)\s+\w+)\s*<([^(){};]{1,400})`)
	word     = regexp.MustCompile(`\b[A-Za-z_]\w*`)
)

func readNames(files []string) *sourceNames {
	n := &sourceNames{types: map[string]bool{}, unions: map[string]bool{}, params: map[string]bool{}}
	for _, file := range files {
		if filepath.Ext(file) != ".rs" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			n.unread = true
			continue
		}
		for _, m := range declaration.FindAllSubmatch(text, -1) {
			name := string(m[2])
			switch {
			case name[0] == '$':
				n.macros = true
			case string(m[1]) == "union":
				n.unions[name] = true
				fallthrough
			default:
				n.types[name] = true
			}
		}
		for _, m := range generics.FindAllSubmatch(text, -1) {
			for _, w := range word.FindAll(m[1], -1) {
				n.params[string(w)] = true
			}
		}
	}
	return n
}

// mayDeclare is false when nothing declares a type or a module of that name.
// Where macros make up names, a word that is used as a parameter is taken for one.
func (n *sourceNames) mayDeclare(name string) bool {
	return n.unread || n.types[name] || n.macros && !n.params[name]
}

// mayBeUnion is false when no union has that name.
func (n *sourceNames) mayBeUnion(name string) bool {
	return n.unread || n.unions[name] || n.macros && !n.types[name]
}
