package flow

import (
	"slices"
	"strconv"
	"strings"
)

// elem is one step from a place to a part of it: a field (of a variant, when
// one is named), a dereference, or somewhere inside.
type elem int32

const (
	elemDeref elem = -1
	elemAny   elem = -2 // some part that is not told apart: an element, an unknown field
)

// fieldElem packs a field number and the symbol of a variant name (0 for none).
func fieldElem(variant int32, field int32) elem { return elem(variant<<16 | field&0xffff) }

func (e elem) variant() int32 { return int32(e) >> 16 }
func (e elem) field() int32   { return int32(e) & 0xffff }

// pathID names an interned list of elems; 0 is the empty path.
type pathID int32

// maxPath bounds a path; what lies deeper is elemAny of the prefix. It keeps
// loops over linked structures finite.
const maxPath = 5

// paths interns element lists and variant names.
type paths struct {
	list     [][]elem
	index    map[string]pathID
	variants []string
	symbols  map[string]int32
}

func newPaths() *paths {
	p := &paths{index: map[string]pathID{}, variants: []string{""}, symbols: map[string]int32{"": 0}}
	p.intern(nil)
	return p
}

func (p *paths) symbol(variant string) int32 {
	if s, ok := p.symbols[variant]; ok {
		return s
	}
	s := int32(len(p.variants))
	p.variants = append(p.variants, variant)
	p.symbols[variant] = s
	return s
}

func (p *paths) intern(es []elem) pathID {
	if len(es) > maxPath {
		es = append(es[:maxPath-1:maxPath-1], elemAny)
	}
	key := make([]byte, 0, len(es)*4)
	for _, e := range es {
		key = append(key, byte(e), byte(e>>8), byte(e>>16), byte(e>>24))
	}
	if id, ok := p.index[string(key)]; ok {
		return id
	}
	id := pathID(len(p.list))
	p.list = append(p.list, append([]elem(nil), es...))
	p.index[string(key)] = id
	return id
}

func (p *paths) elems(id pathID) []elem { return p.list[id] }

func (p *paths) join(a, b pathID) pathID {
	if b == 0 {
		return a
	}
	return p.intern(append(append([]elem(nil), p.list[a]...), p.list[b]...))
}

func (p *paths) add(a pathID, es ...elem) pathID {
	return p.intern(append(append([]elem(nil), p.list[a]...), es...))
}

// suffix returns what is left of b behind the prefix a. elemAny in either
// matches one step of the other. Variants match when either names none.
func (p *paths) suffix(a, b pathID) (pathID, bool) {
	x, y := p.list[a], p.list[b]
	for i, e := range x {
		if i >= len(y) {
			return 0, false
		}
		if y[i] == elemAny && i == len(y)-1 {
			return p.intern([]elem{elemAny}), true
		}
		if !sameStep(e, y[i]) {
			return 0, false
		}
	}
	return p.intern(y[len(x):]), true
}

func sameStep(a, b elem) bool {
	if a == b || a == elemAny || b == elemAny {
		return true
	}
	if a < 0 || b < 0 {
		return false
	}
	return a.field() == b.field() && (a.variant() == 0 || b.variant() == 0)
}

// hasAny reports whether a path ends in a part that is not told apart.
func (p *paths) hasAny(id pathID) bool {
	for _, e := range p.list[id] {
		if e == elemAny {
			return true
		}
	}
	return false
}

// derefs reports whether a path goes through a pointer.
func (p *paths) derefs(id pathID) bool { return slices.Contains(p.list[id], elemDeref) }

// String is for traces and tests: ".0", ".(Some).0", "*".
func (p *paths) String(id pathID) string {
	var b strings.Builder
	for _, e := range p.list[id] {
		switch {
		case e == elemDeref:
			b.WriteString(".*")
		case e == elemAny:
			b.WriteString(".?")
		default:
			if v := e.variant(); v != 0 {
				b.WriteString(".(" + p.variants[v] + ")")
			}
			b.WriteString("." + strconv.Itoa(int(e.field())))
		}
	}
	return b.String()
}
