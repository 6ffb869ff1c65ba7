package symbol

import (
	"strings"

	"softshell/heap/dwarf"
)

// longest is how many characters a generic argument may have to be written out.
// Closures and futures carry the names of all that is in them.
const longest = 60

// withArguments writes the types into a name of Rust's legacy scheme, which has
// only the parameters: Rc<T>::new becomes Rc<leaky::Node>::new, and mem::replace
// becomes mem::replace::<leaky::Node>. The debug information has them in the
// function's own name.
func withArguments(name string, f *dwarf.Function) string {
	if !legacyHash(f.Linkage) || len(f.Args) == 0 {
		return name
	}
	types := arguments(f)
	if types == nil {
		return name
	}
	out, used := substitute(name, types)
	if used {
		return tidy(out)
	}
	var list []string
	for _, a := range f.Args {
		text, ok := types[a.Name]
		if !ok {
			return name
		}
		if a.Name != "Self" && text != "alloc::alloc::Global" {
			list = append(list, text)
		}
	}
	if all := strings.Join(list, ", "); all != "" && len(all) <= longest && !strings.HasSuffix(name, "}") && !strings.HasSuffix(name, ">") {
		return name + "::<" + all + ">"
	}
	return name
}

// arguments are the types that the function was made for, by parameter; those that
// are too long are left out.
func arguments(f *dwarf.Function) map[string]string {
	list := argumentOf(f.Name)
	types := map[string]string{}
	for _, a := range f.Args {
		text := ""
		for text == "" && list != "" {
			text = firstArgument(list)
			list = strings.TrimPrefix(strings.TrimPrefix(list[len(text):], ","), " ")
			if constant(text) {
				text = ""
			}
		}
		if text == "" {
			return nil
		}
		if text = tidy(text); len(text) <= longest {
			types[a.Name] = text
		}
	}
	return types
}

// constant tells the value of a const parameter, which is not among the types.
func constant(text string) bool {
	return text != "" && strings.ContainsRune("0123456789-'\"", rune(text[0])) || text == "true" || text == "false"
}

// substitute replaces the parameters where they stand within angle brackets.
func substitute(name string, types map[string]string) (out string, used bool) {
	var b strings.Builder
	depth := 0
	for i := 0; i < len(name); {
		c := name[i]
		if !letter(c) {
			switch {
			case c == '<':
				depth++
			case c == '>' && (i == 0 || name[i-1] != '-'):
				depth--
			}
			b.WriteByte(c)
			i++
			continue
		}
		end := i
		for end < len(name) && (letter(name[end]) || name[end] >= '0' && name[end] <= '9') {
			end++
		}
		word := name[i:end]
		alone := !strings.HasSuffix(name[:i], "::") && !strings.HasPrefix(name[end:], "::")
		if text, ok := types[word]; ok && depth > 0 && alone {
			word, used = text, true
		}
		b.WriteString(word)
		i = end
	}
	return b.String(), used
}

func letter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
