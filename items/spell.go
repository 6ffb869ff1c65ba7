package items

import (
	"bytes"
	"strings"
)

// maxDepth bounds the nesting of a type that is spelled; rustc's own limit is lower.
const maxDepth = 256

// speller turns rustdoc's JSON types into MIR's spelling.
type speller struct {
	*decoder
	dst   []byte
	depth int
}

// spell returns what f appends.
func (d *decoder) spell(raw []byte, f func(p *speller, s *scanner)) string {
	p := speller{decoder: d, dst: make([]byte, 0, 64)}
	s := scanner{b: raw}
	f(&p, &s)
	return string(p.dst)
}

func (d *decoder) typeText(raw []byte) string {
	if len(raw) == 0 || string(raw) == "null" {
		return "()"
	}
	return d.spell(raw, (*speller).typ)
}

func (p *speller) add(s string) { p.dst = append(p.dst, s...) }

// typ spells the type at s: an object with one key, or the word "infer".
func (p *speller) typ(s *scanner) {
	if p.depth++; p.depth > maxDepth {
		s.bad = true
	}
	defer func() { p.depth-- }()
	if s.peek() == '"' {
		s.skip()
		p.add("_")
		return
	}
	k, ok := nextKey(s)
	if !ok {
		p.add("_")
		return
	}
	switch string(k) {
	case "resolved_path":
		p.path(s, false)
	case "generic":
		p.add(s.text())
	case "primitive":
		p.primitive(s.text())
	case "tuple":
		p.tuple(s)
	case "slice":
		p.add("[")
		p.typ(s)
		p.add("]")
	case "array":
		p.array(s)
	case "borrowed_ref":
		p.ref(s)
	case "raw_pointer":
		p.rawPointer(s)
	case "dyn_trait":
		p.dyn(s)
	case "impl_trait":
		p.add("impl ")
		p.bounds(s)
	case "qualified_path":
		p.qualified(s)
	case "function_pointer":
		p.fnPointer(s)
	case "pat":
		p.pattern(s)
	default:
		s.skip()
		p.add("_")
	}
	s.skipRest()
}

func (p *speller) primitive(name string) {
	switch name {
	case "never":
		name = "!"
	case "unit":
		name = "()"
	}
	p.add(name)
}

// each calls f before every element of the array at s.
func each(s *scanner, f func(i int)) {
	if !s.open('[') {
		return
	}
	for i := 0; s.more(']'); i++ {
		f(i)
	}
}

func (p *speller) comma(i int) {
	if i > 0 {
		p.add(", ")
	}
}

func (p *speller) tuple(s *scanner) {
	p.add("(")
	n := 0
	each(s, func(i int) {
		p.comma(i)
		p.typ(s)
		n++
	})
	if n == 1 {
		p.add(",")
	}
	p.add(")")
}

func (p *speller) array(s *scanner) {
	p.add("[")
	var length string
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "type":
			p.typ(s)
		case "len":
			length = s.text()
		default:
			s.skip()
		}
	}
	p.add("; " + length + "]")
}

// pointee spells a type that stands behind & or *: several bounds need parentheses.
func (p *speller) pointee(raw []byte) {
	at := len(p.dst)
	s := scanner{b: raw}
	p.typ(&s)
	in := p.dst[at:]
	if (bytes.HasPrefix(in, []byte("dyn ")) || bytes.HasPrefix(in, []byte("impl "))) && hasPlus(in) {
		p.dst = append(p.dst, 0, 0)
		copy(p.dst[at+1:], p.dst[at:len(p.dst)-2])
		p.dst[at], p.dst[len(p.dst)-1] = '(', ')'
	}
}

// hasPlus reports a ` + ` outside of all brackets.
func hasPlus(b []byte) bool {
	depth := 0
	for i, c := range b {
		switch c {
		case '<', '(', '[':
			depth++
		case ')', ']':
			depth--
		case '>':
			if b[i-1] != '-' {
				depth--
			}
		case '+':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

func (p *speller) ref(s *scanner) {
	var inner []byte
	var lifetime string
	mut := false
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "lifetime":
			lifetime = s.text()
		case "is_mutable", "mutable":
			mut = s.flag()
		case "type":
			inner = s.raw()
		default:
			s.skip()
		}
	}
	p.add("&")
	if lifetime != "" {
		p.add(lifetime + " ")
	}
	if mut {
		p.add("mut ")
	}
	p.pointee(inner)
}

func (p *speller) rawPointer(s *scanner) {
	var inner []byte
	word := "*const "
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "is_mutable", "mutable":
			if s.flag() {
				word = "*mut "
			}
		case "type":
			inner = s.raw()
		default:
			s.skip()
		}
	}
	p.add(word)
	p.pointee(inner)
}

func (p *speller) pattern(s *scanner) {
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		if string(k) == "type" {
			p.typ(s) // the range it is cut down to owns nothing
		} else {
			s.skip()
		}
	}
}

func (p *speller) dyn(s *scanner) {
	p.add("dyn ")
	var lifetime string
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "traits":
			each(s, func(i int) {
				if i > 0 {
					p.add(" + ")
				}
				p.polyTrait(s)
			})
		case "lifetime":
			lifetime = s.text()
		default:
			s.skip()
		}
	}
	if lifetime != "" {
		p.add(" + " + lifetime)
	}
}

// polyTrait spells {"trait": .., "generic_params": ..} and, with a modifier, a
// trait bound.
func (p *speller) polyTrait(s *scanner) {
	var trait []byte
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "trait":
			trait = s.raw()
		case "generic_params":
			p.higherRanked(s)
		case "modifier":
			// Stands behind the trait in no known format; `?` goes in front.
			if m := s.text(); m == "maybe" {
				p.add("?")
			}
		default:
			s.skip()
		}
	}
	t := scanner{b: trait}
	p.path(&t, false)
}

// higherRanked spells `for<'a> `, nothing without parameters.
func (p *speller) higherRanked(s *scanner) {
	open := false
	each(s, func(i int) {
		if !open {
			p.add("for<")
			open = true
		}
		p.comma(i)
		for k, ok := nextKey(s); ok; k, ok = s.key() {
			if string(k) == "name" {
				p.add(s.text())
			} else {
				s.skip()
			}
		}
	})
	if open {
		p.add("> ")
	}
}

// bounds spells an array of bounds: `A + ?Sized + 'a`.
func (p *speller) bounds(s *scanner) {
	each(s, func(i int) {
		if i > 0 {
			p.add(" + ")
		}
		p.bound(s)
	})
}

func (p *speller) bound(s *scanner) {
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "trait_bound":
			p.polyTrait(s)
		case "outlives":
			p.add(s.text())
		default: // `use<..>` captures say nothing about memory
			s.skip()
			p.add("use<..>")
		}
	}
}

func (p *speller) qualified(s *scanner) {
	var name string
	var args, self, trait []byte
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "name":
			name = s.text()
		case "args":
			args = s.raw()
		case "self_type":
			self = s.raw()
		case "trait":
			trait = s.raw()
		default:
			s.skip()
		}
	}
	p.add("<")
	p.typ(&scanner{b: self})
	if len(trait) > 0 && trait[0] == '{' {
		p.add(" as ")
		p.path(&scanner{b: trait}, false)
	}
	p.add(">::" + name)
	p.args(&scanner{b: args}, true)
}

// fnPointer spells `for<'b> unsafe extern "C" fn(&'b u8) -> *mut u8`.
func (p *speller) fnPointer(s *scanner) {
	var sig, header []byte
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "sig", "decl":
			sig = s.raw()
		case "header":
			header = s.raw()
		case "generic_params":
			p.higherRanked(s)
		default:
			s.skip()
		}
	}
	h := parseHeader(header)
	if h.unsafe {
		p.add("unsafe ")
	}
	if h.abi != "" {
		p.add(`extern "` + h.abi + `" `)
	}
	p.add("fn(")
	p.signature(&scanner{b: sig})
}

// signature spells what follows `fn(`.
func (p *speller) signature(s *scanner) {
	var output []byte
	n := 0
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "inputs":
			each(s, func(i int) {
				p.comma(i)
				each(s, func(j int) {
					if j == 1 {
						p.typ(s)
					} else {
						s.skip()
					}
				})
				n++
			})
		case "output":
			output = s.raw()
		case "is_c_variadic", "c_variadic":
			if s.flag() {
				p.comma(n)
				p.add("...")
			}
		default:
			s.skip()
		}
	}
	p.add(")")
	p.returns(output)
}

// returns spells ` -> T`, nothing for the unit type.
func (p *speller) returns(output []byte) {
	if len(output) == 0 || output[0] == 'n' {
		return
	}
	at := len(p.dst)
	p.add(" -> ")
	p.typ(&scanner{b: output})
	if string(p.dst[at:]) == " -> ()" {
		p.dst = p.dst[:at]
	}
}

// path spells {"path": text, "id": n, "args": ..}; turbofish puts `::` before the arguments.
func (p *speller) path(s *scanner, turbofish bool) {
	var written, args []byte
	id := int32(-1)
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "path", "name":
			written = s.raw()
		case "id":
			id = p.id(s.raw())
		case "args":
			args = s.raw()
		default:
			s.skip()
		}
	}
	def := p.defPath(id)
	if def == "" && len(written) >= 2 {
		def = strings.TrimPrefix(unquote(written[1:len(written)-1]), "$crate::")
	}
	p.add(def)
	p.args(&scanner{b: args}, turbofish)
}

// args spells `<'a, T, Item = U>` or `(A, B) -> C`.
func (p *speller) args(s *scanner, turbofish bool) {
	if p.depth++; p.depth > maxDepth { // bounds of bounds come by here, not by typ
		s.bad = true
	}
	defer func() { p.depth-- }()
	k, ok := nextKey(s)
	if !ok {
		return
	}
	switch string(k) {
	case "angle_bracketed":
		p.angle(s, turbofish)
	case "parenthesized":
		p.parenthesized(s)
	default:
		s.skip()
	}
	s.skipRest()
}

func (p *speller) angle(s *scanner, turbofish bool) {
	at := len(p.dst)
	if turbofish {
		p.add("::")
	}
	p.add("<")
	n := 0
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "args":
			each(s, func(int) {
				p.comma(n)
				p.genericArg(s)
				n++
			})
		case "constraints", "bindings":
			each(s, func(int) {
				p.comma(n)
				p.constraint(s)
				n++
			})
		default:
			s.skip()
		}
	}
	p.add(">")
	if n == 0 {
		p.dst = p.dst[:at]
	}
}

func (p *speller) genericArg(s *scanner) {
	if s.peek() == '"' { // "infer"
		s.skip()
		p.add("_")
		return
	}
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "type":
			p.typ(s)
		case "lifetime":
			p.add(s.text())
		case "const":
			p.constant(s)
		default:
			s.skip()
			p.add("_")
		}
	}
}

// constant spells a const argument by its expression.
func (p *speller) constant(s *scanner) {
	var expr, value string
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "expr":
			expr = s.text()
		case "value":
			value = s.text()
		default:
			s.skip()
		}
	}
	if value != "" {
		expr = value
	}
	p.add(expr)
}

// constraint spells `Item = T` or `Item: Bound`.
func (p *speller) constraint(s *scanner) {
	var args, binding []byte
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "name":
			p.add(s.text())
		case "args":
			args = s.raw()
		case "binding":
			binding = s.raw()
		default:
			s.skip()
		}
	}
	p.args(&scanner{b: args}, false)
	p.binding(&scanner{b: binding})
}

func (p *speller) binding(s *scanner) {
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "equality":
			p.add(" = ")
			p.term(s)
		case "constraint":
			p.add(": ")
			p.bounds(s)
		default:
			s.skip()
		}
	}
}

// term spells {"type": T} or {"constant": C}.
func (p *speller) term(s *scanner) {
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "type":
			p.typ(s)
		case "constant":
			p.constant(s)
		default:
			s.skip()
		}
	}
}

func (p *speller) parenthesized(s *scanner) {
	p.add("(")
	var output []byte
	for k, ok := nextKey(s); ok; k, ok = s.key() {
		switch string(k) {
		case "inputs":
			each(s, func(i int) {
				p.comma(i)
				p.typ(s)
			})
		case "output":
			output = s.raw()
		default:
			s.skip()
		}
	}
	p.add(")")
	p.returns(output)
}
