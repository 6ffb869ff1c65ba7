package check

import (
	"bytes"
	"slices"

	"softshell/ir"
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

func readNames(c *ir.Crate) *sourceNames {
	n := &sourceNames{types: map[string]bool{}, unions: map[string]bool{}, params: map[string]bool{}}
	for text, err := range c.SourceTexts() {
		if err != nil {
			n.unread = true
			continue
		}
		n.scan(text)
	}
	return n
}

// scan goes over the words of a source text. Lines that are a comment are left
// out; words in other comments and in strings count: a name too many costs time,
// a name too few would be an error.
func (n *sourceNames) scan(text []byte) {
	inWord := uint8(0)
	for i := 0; i < len(text); i++ {
		c := letters[text[i]]
		if c&4 != 0 && commentLine(text, i) {
			end := bytes.IndexByte(text[i:], '\n')
			if end < 0 {
				return
			}
			i, inWord = i+end, 0
			continue
		}
		begins := c >> 1 &^ inWord
		inWord = c & 1
		if begins == 0 {
			continue
		}
		end := keywordEnd(text, i)
		if end == 0 {
			continue
		}
		i, inWord = n.behind(text, i, end)-1, 0
	}
}

// behind notes what a keyword declares, and returns where to go on.
func (n *sourceNames) behind(text []byte, start, end int) int {
	keyword := string(text[start:end])
	if keyword == "impl" {
		return n.parameters(text, end)
	}
	i := skipSpace(text, end)
	if i == len(text) || i == end {
		return i
	}
	if text[i] == '$' {
		n.macros = n.macros || keyword != "fn" && keyword != "trait"
		return i
	}
	end = wordEnd(text, i)
	n.declare(keyword, string(text[i:end]))
	return n.parameters(text, end)
}

// commentLine reports whether text[i:] starts with `//`, and nothing stands before it in its line.
func commentLine(text []byte, i int) bool {
	if !bytes.HasPrefix(text[i:], []byte("//")) {
		return false
	}
	for i > 0 && (text[i-1] == ' ' || text[i-1] == '\t') {
		i--
	}
	return i == 0 || text[i-1] == '\n'
}

// letters has bit 0 for the bytes of which words are made, bit 1 for those that
// a keyword begins with, and bit 2 for the one that a comment begins with.
var letters = func() (set [256]uint8) {
	for c := range set {
		if isWord[c] {
			set[c] = 1
		}
	}
	for _, k := range keywords {
		set[k[0]] |= 2
	}
	set['/'] = 4
	return set
}()

var keywords = [...]string{"struct", "enum", "union", "type", "mod", "fn", "trait", "impl"}

// keywordEnd is the end of the keyword that stands at i as a word, 0 for none.
func keywordEnd(text []byte, i int) int {
	for _, k := range keywords {
		if end := i + len(k); text[i] == k[0] && end <= len(text) && string(text[i:end]) == k && (end == len(text) || !isWord[text[end]]) {
			return end
		}
	}
	return 0
}

func (n *sourceNames) declare(keyword, name string) {
	switch keyword {
	case "fn", "trait":
		return
	case "union":
		n.unions[name] = true
	}
	n.types[name] = true
}

// maxParameters bounds how far a list of parameters is followed, in bytes: it
// may be none, but a comparison.
const maxParameters = 1000

// parameters notes the words of a list of generic parameters at i, if one
// starts there, and returns where to go on.
func (n *sourceNames) parameters(text []byte, i int) int {
	at := skipSpace(text, i)
	if at == len(text) || text[at] != '<' {
		return i
	}
	depth := 0
	for limit := min(len(text), at+maxParameters); at < limit; {
		switch c := text[at]; {
		case c == '<':
			depth++
		case c == '>' && text[at-1] != '-':
			if depth--; depth == 0 {
				return at
			}
		case c == '{' || c == ';':
			return at
		case wordByte(c):
			end := wordEnd(text, at)
			n.params[string(text[at:end])] = true
			at = end
			continue
		}
		at++
	}
	return at
}

func wordByte(c byte) bool { return isWord[c] }

// isWord tells the bytes of which words are made.
var isWord = func() (set [256]bool) {
	for c := range 256 {
		set[c] = c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
	}
	return set
}()

func wordEnd(text []byte, i int) int {
	for i < len(text) && isWord[text[i]] {
		i++
	}
	return i
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
		i++
	}
	return i
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

// claimsThreads reports whether a source text may hold an `unsafe impl` of Send
// or Sync that promises something: for a type with parameters, or in a crate
// that uses types of std which are not Send or Sync themselves.
func claimsThreads(c *ir.Crate) bool {
	plain, bound := false, false
	for text, err := range c.SourceTexts() {
		if err != nil {
			return true
		}
		generic, some := claims(text)
		plain = plain || some
		bound = bound || bytes.Contains(text, []byte("Rc<")) || bytes.Contains(text, []byte("Cell<")) || bytes.Contains(text, []byte("Guard<")) || bytes.Contains(text, []byte("dyn "))
		if generic || plain && bound {
			return true
		}
	}
	return false
}

// maxHeader bounds the header of an impl block, in bytes.
const maxHeader = 1000

// claims looks for such an impl, and for one whose type has parameters.
func claims(text []byte) (generic, some bool) {
	words := bytes.Contains(text, []byte("Send")) || bytes.Contains(text, []byte("Sync"))
	for words {
		i := bytes.Index(text, []byte("unsafe"))
		if i < 0 {
			break
		}
		text = text[i+len("unsafe"):]
		rest, ok := bytes.CutPrefix(text[skipSpace(text, 0):], []byte("impl"))
		if !ok {
			continue
		}
		head := rest[:min(len(rest), maxHeader)]
		if end := bytes.IndexAny(head, "{;"); end >= 0 {
			head = head[:end]
		}
		if bytes.IndexByte(head, '$') >= 0 {
			return true, true
		}
		if bytes.Contains(head, []byte("Send")) || bytes.Contains(head, []byte("Sync")) {
			some = true
			generic = generic || bytes.IndexByte(head, '<') >= 0
		}
	}
	return generic, some
}

// looseOutputs are the names of functions whose output names a lifetime that no
// input names: what is behind it may be gone sooner.
func looseOutputs(c *ir.Crate) map[string]bool {
	out := map[string]bool{}
	for text, err := range c.SourceTexts() {
		if err == nil {
			loose(text, out)
		}
	}
	return out
}

// loose notes the functions of one text.
func loose(text []byte, out map[string]bool) {
	for {
		i := bytes.Index(text, []byte("fn "))
		if i < 0 {
			return
		}
		before := i == 0 || !wordByte(text[i-1])
		text = text[i+len("fn "):]
		end := wordEnd(text, 0)
		if !before || end == 0 {
			continue
		}
		head := text[end:min(len(text), end+maxHeader)]
		open := bytes.IndexByte(head, '(')
		if bytes.HasPrefix(head, []byte("<")) {
			open = behindAngles(head)
		}
		if open < 0 || open >= len(head) || head[open] != '(' {
			continue
		}
		shut := closing(head, open)
		rest, arrow := bytes.CutPrefix(head[shut:][skipSpace(head[shut:], 0):], []byte("->"))
		if !arrow {
			continue
		}
		if stop := bytes.IndexAny(rest, "{;"); stop >= 0 {
			rest = rest[:stop]
		}
		in := head[open:shut]
		for _, l := range lifetimes(rest) {
			if l != "_" && !slices.Contains(lifetimes(in), l) {
				out[string(text[:end])] = true
			}
		}
	}
}

// behindAngles is what follows the list in angle brackets at the start, -1 when it does not end.
func behindAngles(text []byte) int {
	depth := 0
	for i, c := range text {
		switch {
		case c == '<':
			depth++
		case c == '>' && text[i-1] != '-':
			if depth--; depth == 0 {
				return i + 1 + skipSpace(text[i+1:], 0)
			}
		}
	}
	return -1
}

// closing is what follows the bracket that closes the one at open.
func closing(text []byte, open int) int {
	depth := 0
	for i := open; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// lifetimes are the names behind quotes in a text.
func lifetimes(text []byte) []string {
	var out []string
	for i := range text {
		if text[i] == '\'' {
			if end := wordEnd(text, i+1); end > i+1 {
				out = append(out, string(text[i+1:end]))
			}
		}
	}
	return out
}
