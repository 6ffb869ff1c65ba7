package callgraph

import (
	"slices"
	"strings"

	"softshell/ir"
)

// declared is what a look at the tokens of a unit's sources tells that MIR does not
// print. Macros are not expanded: what they make up is not declared here.
type declared struct {
	Types   []string    // structs, enums, unions
	Aliases []string    // of types: type A = ..
	Traits  []string    //
	Fns     []string    // names of functions, those that are left out by cfg included
	Macros  []string    // macro_rules
	Shared  []string    // of these, the ones that other crates can use
	Uses    [][2]string // use A as B
	Hidden  []string    // words that can be types of which no body tells
	Params  []string    // generic parameters
	Mods    []string    // modules
	FromStd []string    // names that a use brings in from the standard library
	Given   []given     // types that come with another
	Exports []string    // words of `pub use` declarations, with what they were brought in by; "$" is any
	Symbols []string    // functions and statics that others call by symbol
	Foreign bool        // functions of other languages
	Before  bool        // statics may run before main, or are found by the linker
}

// given are types that come with a type, though code that names it does not name them:
// associated types of its impl blocks, defaults of its parameters.
type given struct {
	Of    string // "" is any: the block is for a parameter, or a macro wrote it
	Words []string
}

// scanner collects what several files declare.
type scanner struct {
	sets  map[*[]string]map[string]bool
	out   declared
	given map[[2]string]bool
	pub   map[string]bool            // words of `pub use`
	uses  map[string]map[string]bool // words of other uses, by each name that they bring in; "*" for all that comes by a star
}

func newScanner() *scanner {
	return &scanner{sets: map[*[]string]map[string]bool{}, given: map[[2]string]bool{}, pub: map[string]bool{}, uses: map[string]map[string]bool{}}
}

func (s *scanner) add(list *[]string, word string) {
	if s.sets[list] == nil {
		s.sets[list] = map[string]bool{}
	}
	s.sets[list][word] = true
}

// declared is what was collected, sorted.
func (s *scanner) declared() declared {
	for list, set := range s.sets {
		for w := range set {
			*list = append(*list, w)
		}
		slices.Sort(*list)
	}
	slices.SortFunc(s.out.Uses, func(a, b [2]string) int { return strings.Compare(a[0]+" "+a[1], b[0]+" "+b[1]) })
	s.out.Uses = slices.Compact(s.out.Uses)
	words := map[string][]string{}
	for g := range s.given {
		words[g[0]] = append(words[g[0]], g[1])
	}
	for of, list := range words {
		slices.Sort(list)
		s.out.Given = append(s.out.Given, given{of, list})
	}
	slices.SortFunc(s.out.Given, func(a, b given) int { return strings.Compare(a.Of, b.Of) })
	return s.out
}

// expressions are macros whose arguments are no items.
var expressions = map[string]bool{
	"println": true, "print": true, "eprintln": true, "eprint": true, "format": true, "write": true, "writeln": true,
	"panic": true, "assert": true, "assert_eq": true, "assert_ne": true, "debug_assert": true, "debug_assert_eq": true,
	"debug_assert_ne": true, "vec": true, "matches": true, "unreachable": true, "todo": true, "unimplemented": true,
	"format_args": true, "concat": true, "stringify": true, "env": true, "option_env": true, "include_str": true,
	"include_bytes": true, "cfg": true, "line": true, "column": true, "file": true, "module_path": true, "dbg": true,
	"try": true, "macro_rules": true, "compile_error": true, "offset_of": true, "addr_of": true, "addr_of_mut": true,
}

// scan reads one file.
func (s *scanner) scan(text string) {
	clear(s.pub)
	clear(s.uses)
	defer func() { // names hold within a module, and a file holds whole modules
		for _, w := range s.exports() {
			s.add(&s.out.Exports, w)
		}
	}()
	toks := ir.Tokens(text)
	at := func(i int) string {
		if i >= 0 && i < len(toks) {
			return toks[i]
		}
		return ""
	}
	var blocks []string       // for each open brace, the type of the impl block, "?" of another block
	opens := map[int]string{} // the braces of impl blocks to come, by their index
	shared := false           // an attribute hands the next macro to other crates
	symbol := false           // an attribute makes the next function or static a symbol
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		next := at(i + 1)
		switch t {
		case "{":
			of, is := opens[i]
			if !is {
				of = "?"
			}
			blocks = append(blocks, of)
		case "}":
			blocks = blocks[:max(0, len(blocks)-1)]
		case "struct", "enum", "union":
			if isWord(next) {
				s.add(&s.out.Types, next)
				s.generics(toks, i+2, next)
			}
		case "trait":
			if isWord(next) {
				s.add(&s.out.Traits, next)
				s.generics(toks, i+2, "")
			}
		case "impl":
			s.generics(toks, i+1, "")
			if of, open := implOf(toks, i+1); open >= 0 {
				opens[open] = of
			}
		case "fn":
			if isWord(next) {
				s.add(&s.out.Fns, next)
				s.generics(toks, i+2, "")
				if symbol {
					s.add(&s.out.Symbols, next)
					symbol = false
				}
			}
		case "static":
			if next == "mut" {
				next = at(i + 2)
			}
			if isWord(next) && symbol {
				s.add(&s.out.Symbols, next)
				symbol = false
			}
		case "mod":
			if isWord(next) {
				s.add(&s.out.Mods, next)
			}
		case "type":
			if isWord(next) {
				s.add(&s.out.Aliases, next)
				of := "?"
				if len(blocks) > 0 {
					of = blocks[len(blocks)-1]
				}
				i = s.alias(toks, i+2, next, of) - 1
			}
		case "use":
			i = s.use(toks, i+1, at(i-1) == "pub" || at(i-1) == ")" && at(i-2) != "crate")
		case "extern":
			switch {
			case next == "crate":
				i = s.use(toks, i+2, at(i-1) == "pub")
			case next == "{", strings.HasPrefix(next, `"`) && at(i+2) == "{":
				s.out.Foreign = s.out.Foreign || !strings.HasPrefix(next, `"Rust`)
			}
		case "macro_rules":
			if next == "!" && isWord(at(i+2)) {
				s.add(&s.out.Macros, at(i+2))
				if shared {
					s.add(&s.out.Shared, at(i+2))
				}
				shared = false
			}
		case "#":
			open := i + 1
			if at(open) == "!" {
				open++
			}
			if at(open) != "[" {
				break
			}
			end := closeOf(toks, open)
			attr := toks[open+1 : max(open+1, end-1)]
			symbol = s.attribute(attr) || symbol
			shared = shared || slices.Contains(attr, "macro_export")
			i = end - 1
		case "!":
			if !isWord(at(i-1)) || expressions[at(i-1)] || next != "(" && next != "{" && next != "[" {
				break
			}
			for _, w := range toks[i+2 : max(i+2, closeOf(toks, i+1)-1)] {
				if isTypeName(w) {
					s.add(&s.out.Hidden, w)
				}
			}
			if name := at(i - 1); name == "submit" || name == "ctor" {
				s.out.Before = true
			}
		}
	}
}

// symbols are the words of attributes that give code to callers that are not seen.
var symbols = map[string]bool{
	"no_mangle": true, "export_name": true, "link_section": true, "used": true, "global_allocator": true, "alloc_error_handler": true,
	"panic_handler": true, "start": true, "entry": true, "interrupt": true, "exception": true, "ctor": true, "dtor": true,
	"distributed_slice": true, "no_main": true, "rustc_std_internal_symbol": true,
}

// attribute reads the tokens of an attribute; true when it makes a symbol.
func (s *scanner) attribute(toks []string) bool {
	symbol := false
	if len(toks) > 0 && toks[0] == "doc" {
		return false
	}
	derive := len(toks) > 0 && toks[0] == "derive"
	for _, w := range toks {
		if symbols[w] {
			symbol = true
			if w == "ctor" || w == "link_section" || w == "used" || w == "distributed_slice" {
				s.out.Before = true
			}
		}
		if !derive && isTypeName(w) {
			s.add(&s.out.Hidden, w)
		}
		if strings.HasPrefix(w, `"`) { // #[serde(with = "Type")]
			for _, in := range ir.Tokens(strings.Trim(w, `"`)) {
				if isTypeName(in) {
					s.add(&s.out.Hidden, in)
				}
			}
		}
	}
	return symbol
}

// implOf is the name of the type that an impl block is for, from behind the keyword,
// and the index of the brace that opens it: "" when it is any, has no name, or is not
// known, -1 where no block follows: `impl Trait`.
func implOf(toks []string, i int) (of string, open int) {
	params := map[string]bool{}
	depth := 0
	self := []string{}
	first, forType, where := true, false, false
	for ; i < len(toks); i++ {
		t := toks[i]
		if depth == 0 && t == "{" {
			break
		}
		where = where || depth == 0 && t == "where"
		switch {
		case t == "{": // a constant: Array<{ SIZE }>
			i = closeOf(toks, i) - 1
		case t == "}" || depth == 0 && t == ";" || depth == 0 && !where && (t == ")" || t == "," || t == "=" || t == ">" && toks[i-1] != "-"):
			return "", -1
		case t == "<" || t == "(" || t == "[":
			depth++
		case t == ">" && toks[i-1] == "-":
		case t == ">" || t == ")" || t == "]":
			depth--
		case depth == 0 && where: // its bounds
		case depth == 0 && t == "for":
			self, forType = self[:0], true
		case depth == 0:
			self = append(self, t)
		case first && depth == 1 && isWord(t):
			params[t] = true // generic parameters and their bounds: a bound has no associated types
		}
		if depth == 0 && len(self) > 0 {
			first = false
		}
	}
	if i >= len(toks) || len(self) == 0 && !forType { // a tuple or a slice has no name
		return "", -1
	}
	for _, w := range self {
		if w == "$" || w == "dyn" {
			return "", i
		}
		if isWord(w) && w != "mut" && w != "const" {
			of = w // the last segment
		}
	}
	if params[of] {
		of = ""
	}
	return of, i
}

// generics reads a list of generic parameters, if one starts at i: their names,
// and the types that stand in when none is given. of is the type that they are of.
func (s *scanner) generics(toks []string, i int, of string) {
	if i >= len(toks) || toks[i] != "<" {
		return
	}
	depth, start, dflt := 0, true, false
	for ; i < len(toks); i++ {
		switch t := toks[i]; t {
		case "<", "(", "[":
			depth++
			start = depth == 1
			continue
		case ">":
			if toks[i-1] == "-" {
				continue
			}
			fallthrough
		case ")", "]":
			if depth--; depth <= 0 {
				return
			}
		case ",":
			if depth == 1 {
				start, dflt = true, false
				continue
			}
		case "=":
			dflt = depth == 1 // deeper it is an associated type of a bound
		case "{", ";":
			return
		case "const":
			continue
		default:
			if start && depth == 1 && isWord(t) {
				s.add(&s.out.Params, t)
			}
			if dflt && isWord(t) {
				s.given[[2]string{of, t}] = true
			}
		}
		start = false
	}
}

// alias reads `type A<..>: B = C;` from behind its name and returns its end. of is the
// type of the impl block around it, "?" outside of any: there it is another name, which
// the compiler writes out.
func (s *scanner) alias(toks []string, i int, name, of string) int {
	seen := false
	for ; i < len(toks) && toks[i] != ";" && toks[i] != "{" && toks[i] != "}"; i++ {
		if seen && isWord(toks[i]) {
			if of == "?" {
				s.given[[2]string{"type " + name, toks[i]}] = true
			} else {
				s.given[[2]string{of, toks[i]}] = true
			}
		}
		seen = seen || toks[i] == "="
	}
	return i
}

// use reads a use declaration from behind its keyword and returns its end.
func (s *scanner) use(toks []string, i int, pub bool) int {
	start := i
	for ; i < len(toks) && toks[i] != ";"; i++ {
		if t := toks[i]; !isWord(t) && !strings.Contains(":{},*$", t) {
			return i - 1 // no declaration: a closure's `use`
		}
	}
	words := toks[start:i]
	std := slices.ContainsFunc(words[:min(4, len(words))], isStd)
	for j, t := range words {
		if std && (bound(words, j) || t == "*") {
			s.add(&s.out.FromStd, t)
		}
	}
	for j, t := range words {
		switch {
		case t == "as" && j > 0 && j+1 < len(words) && isWord(words[j-1]) && isWord(words[j+1]) && words[j+1] != "_":
			s.out.Uses = append(s.out.Uses, [2]string{words[j-1], words[j+1]})
		case t == "as":
		case pub:
			s.pub[t] = true
		case t == "*", bound(words, j):
			if s.uses[t] == nil {
				s.uses[t] = map[string]bool{}
			}
			for _, w := range words {
				s.uses[t][w] = true
			}
		}
	}
	return i
}

// bound reports whether a word of a use declaration is a name that it brings in.
func bound(words []string, j int) bool {
	if !isWord(words[j]) || words[j] == "self" || words[j] == "crate" || words[j] == "super" {
		return false
	}
	if j+1 == len(words) || words[j+1] == "," || words[j+1] == "}" {
		return true
	}
	for i := j + 1; i < len(words); i++ { // a::b::{self}
		switch {
		case words[i] == "self" && (i+1 == len(words) || words[i+1] == "," || words[i+1] == "}"):
			return true
		case words[i] != ":" && words[i] != "{":
			return false
		}
	}
	return false
}

// exports are the words of `pub use` declarations, and of the uses that bring those in.
func (s *scanner) exports() []string {
	seen := map[string]bool{}
	var todo []string
	add := func(words map[string]bool) {
		for w := range words {
			if (isWord(w) || w == "$") && !seen[w] && w != "self" && w != "crate" && w != "super" {
				seen[w] = true
				todo = append(todo, w)
			}
		}
	}
	add(s.pub)
	if len(s.pub) > 0 {
		add(s.uses["*"])
	}
	for len(todo) > 0 {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		add(s.uses[w])
	}
	out := make([]string, 0, len(seen))
	for w := range seen {
		out = append(out, w)
	}
	slices.Sort(out)
	return out
}

// closeOf is the index behind the bracket that closes the one at i.
func closeOf(toks []string, i int) int {
	depth := 0
	for ; i < len(toks); i++ {
		switch toks[i] {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(toks)
}

func isWord(s string) bool {
	return s != "" && (s[0] == '_' || s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 0x80)
}

func isTypeName(s string) bool { return s != "" && s[0] >= 'A' && s[0] <= 'Z' }
