package mir

import (
	"slices"
	"strings"
)

// names holds what one File interns: equal text gives the same node.
type names struct {
	types   map[string]*Type
	paths   map[string]*Path
	consts  map[string]*Const
	fns     map[string]*Const // function items, which have no `const` before them
	rvalues map[string]*Rvalue
	words   map[string]string
	sources map[string]uint32
	list    []string // of sources

	lastFile   string
	lastFileID uint32

	operands []Operand // slabs, cut from the front
	projs    []Proj
	spans    []Span
	places   []Place
	stmts    []Stmt
	depth    int // of types within types
}

// usual is how many nodes of each sort a small crate has.
const usual = 400

// newNames has room for so many nodes of each sort from the start.
func newNames(room int) *names {
	return &names{
		types: make(map[string]*Type, room), paths: make(map[string]*Path, room), consts: make(map[string]*Const, room), fns: make(map[string]*Const, room),
		rvalues: make(map[string]*Rvalue, room), words: map[string]string{},
		sources: map[string]uint32{"": 0}, list: []string{""},
	}
}

func (n *names) forget() {
	n.consts, n.fns, n.rvalues, n.words = map[string]*Const{}, map[string]*Const{}, map[string]*Rvalue{}, map[string]string{}
	n.paths = map[string]*Path{}
	n.operands, n.projs, n.spans, n.places, n.stmts = nil, nil, nil, nil, nil
}

// word returns a copy of s that shares nothing with the text that is read.
func (n *names) word(s string) string {
	if s == "" {
		return ""
	}
	if w, ok := n.words[s]; ok {
		return w
	}
	w := strings.Clone(s)
	n.words[w] = w
	return w
}

func (n *names) source(file string) uint32 {
	if file == n.lastFile {
		return n.lastFileID
	}
	id, ok := n.sources[file]
	if !ok {
		file = strings.Clone(file)
		id = uint32(len(n.list))
		n.list = append(n.list, file)
		n.sources[file] = id
	}
	n.lastFile, n.lastFileID = n.list[id], id
	return id
}

const slab = 256

// keepOperands copies a list into a slab: many short lists cost few allocations.
func (n *names) keepOperands(list []Operand) []Operand {
	if len(list) == 0 {
		return nil
	}
	if len(list) > len(n.operands) {
		if len(list) > slab/4 {
			return append([]Operand(nil), list...)
		}
		n.operands = make([]Operand, slab)
	}
	out := n.operands[:len(list):len(list)]
	n.operands = n.operands[len(list):]
	copy(out, list)
	return out
}

// keepStmts is keepOperands for statements.
func (n *names) keepStmts(list []Stmt) []Stmt {
	if len(list) == 0 {
		return nil
	}
	if len(list) > len(n.stmts) {
		if len(list) > slab/4 {
			return slices.Clone(list)
		}
		n.stmts = make([]Stmt, slab)
	}
	out := n.stmts[:len(list):len(list)]
	n.stmts = n.stmts[len(list):]
	copy(out, list)
	return out
}

// keepSpan copies a span into a slab; nil when the text carries none.
func (n *names) keepSpan(s Span) *Span {
	if s == (Span{}) {
		return nil
	}
	if len(n.spans) == 0 {
		n.spans = make([]Span, slab)
	}
	out := &n.spans[0]
	n.spans = n.spans[1:]
	*out = s
	return out
}

// keepPlace copies a place into a slab.
func (n *names) keepPlace(p Place) *Place {
	if len(n.places) == 0 {
		n.places = make([]Place, slab/4)
	}
	out := &n.places[0]
	n.places = n.places[1:]
	*out = p
	return out
}

func (n *names) keepProjs(list []Proj) []Proj {
	if len(list) == 0 {
		return nil
	}
	if len(list) > len(n.projs) {
		if len(list) > slab/4 {
			return append([]Proj(nil), list...)
		}
		n.projs = make([]Proj, slab)
	}
	out := n.projs[:len(list):len(list)]
	n.projs = n.projs[len(list):]
	copy(out, list)
	return out
}
