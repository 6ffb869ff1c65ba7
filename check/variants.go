package check

import (
	"iter"
	"strings"

	"softshell/effects"
	"softshell/ir"
	"softshell/mir"
)

// readSwitches notes which variants of enums the cases of a body's switches
// stand for: of a block to which nothing but `case k` of the discriminant of a
// place leads, and that first of all reads a field of the place's variant V,
// it is known that k is V. rustc reads a variant only where it has tested for
// it, a second test stands in a block of its own, and before that first
// statement nothing can have changed the place.
func (n *bodyFacts) readSwitches(b *mir.Body) {
	counted := false
	for i := range b.Blocks {
		p, enum := switchedOn(b, &b.Blocks[i])
		if p == nil {
			continue
		}
		if !counted {
			n.countEdges(b)
			counted = true
		}
		t := &b.Blocks[i].Term
		for j := range t.Cases {
			// To the entry there is a way without an edge.
			c := &t.Cases[j]
			if to := c.To; c.Big || to <= 0 || int(to) >= len(b.Blocks) || n.edges[to] != 1 {
				continue
			}
			if v := firstRead(b, &b.Blocks[c.To], p); v != "" && onlyCase(t, c.Int) {
				n.addVariant(enum, c.Int, v)
			}
		}
	}
}

// switchedOn is the place whose discriminant the block's end switches on, and
// the path of its enum; nil when it is not plain to see.
func switchedOn(b *mir.Body, blk *mir.Block) (*mir.Place, string) {
	t := &blk.Term
	if t.Kind != mir.SwitchInt || t.Cond.Kind != mir.Copy && t.Cond.Kind != mir.Move || len(t.Cond.Place.Proj) > 0 {
		return nil, ""
	}
	d := t.Cond.Place.Local
	for i := len(blk.Stmts) - 1; i >= 0; i-- {
		s := &blk.Stmts[i]
		if s.Kind != mir.Assign {
			if idle(s) {
				continue
			}
			return nil, ""
		}
		if s.Place.Local != d || len(s.Place.Proj) > 0 || s.Rvalue == nil || s.Rvalue.Kind != mir.Discriminant {
			return nil, ""
		}
		p := &s.Rvalue.Place
		if mentions(p, d) {
			return nil, ""
		}
		for j := i + 1; j < len(blk.Stmts); j++ {
			if s := &blk.Stmts[j]; storage(s) && (s.Place.Local == d || mentions(p, s.Place.Local)) {
				return nil, ""
			}
		}
		if k := len(p.Proj); k > 0 && p.Proj[k-1].Kind == mir.Downcast {
			return nil, ""
		}
		if enum := enumPath(ir.PlaceType(b, p)); enum != "" {
			return p, enum
		}
		return nil, ""
	}
	return nil, ""
}

// idle statements write no memory, and read none.
func idle(s *mir.Stmt) bool {
	switch s.Kind {
	case mir.Nop, mir.Coverage, mir.ConstEvalCounter:
		return true
	}
	return storage(s)
}

func storage(s *mir.Stmt) bool { return s.Kind == mir.StorageLive || s.Kind == mir.StorageDead }

// setsFlag reports whether the statement gives a bool local a constant. No enum
// lies there.
func setsFlag(b *mir.Body, s *mir.Stmt) bool {
	if s.Kind != mir.Assign || len(s.Place.Proj) > 0 || s.Rvalue == nil || s.Rvalue.Kind != mir.Use {
		return false
	}
	c, ty := s.Rvalue.Args[0].Const, ir.PlaceType(b, &s.Place)
	return c != nil && c.Kind == mir.ConstBool && ty != nil && ty.Kind == mir.TypePrim && ty.Name == "bool"
}

// mentions reports whether the place is found by way of the local.
func mentions(p *mir.Place, local int32) bool {
	if p.Local == local {
		return true
	}
	for i := range p.Proj {
		if p.Proj[i].Kind == mir.Index && p.Proj[i].N == local {
			return true
		}
	}
	return false
}

// enumPath is the path, without arguments, that spells a type, "" for a type
// that more than one declaration may have: those in `const _` and in impl
// blocks that MIR names by their place.
func enumPath(ty *mir.Type) string {
	if ty == nil || ty.Kind != mir.TypePath || ty.Path == nil || len(ty.Path.Segs) == 0 {
		return ""
	}
	p := ty.Path
	if p.Self != nil || p.Trait != nil || p.Impl != nil || strings.Contains(p.Text, "<impl ") {
		return ""
	}
	for i := range p.Segs {
		if name := p.Segs[i].Name; name == "_" || !isName(strings.TrimPrefix(name, "r#")) {
			return ""
		}
	}
	return p.Plain
}

// countEdges counts the edges to each block, up to 2 and rather too many.
func (n *bodyFacts) countEdges(b *mir.Body) {
	n.edges = append(n.edges[:0], make([]uint8, len(b.Blocks))...)
	add := func(to int32) {
		if to >= 0 && int(to) < len(n.edges) {
			n.edges[to] = min(n.edges[to]+1, 2)
		}
	}
	for i := range b.Blocks {
		t := &b.Blocks[i].Term
		add(t.Target)
		add(t.Imag)
		add(t.Cleanup)
		for _, to := range t.Targets {
			add(to)
		}
		for j := range t.Cases {
			add(t.Cases[j].To)
		}
	}
}

func onlyCase(t *mir.Terminator, value int64) bool {
	count := 0
	for i := range t.Cases {
		if t.Cases[i].Big || t.Cases[i].Int == value {
			count++
		}
	}
	return count == 1
}

// firstRead is the variant of the place whose fields the first statement of a
// block reads, "" when it reads none. What sets a drop flag stands before it.
func firstRead(b *mir.Body, blk *mir.Block, p *mir.Place) string {
	r := variantReads{place: p}
	for i := range blk.Stmts {
		s := &blk.Stmts[i]
		if storage(s) && mentions(p, s.Place.Local) {
			return ""
		}
		if idle(s) || setsFlag(b, s) && !mentions(p, s.Place.Local) {
			continue
		}
		if s.Kind == mir.Assign && s.Rvalue != nil {
			r.rvalue(s.Rvalue)
			r.written(&s.Place)
		}
		return r.name()
	}
	switch t := &blk.Term; t.Kind {
	case mir.Drop:
		r.read(&t.Place)
	case mir.Call, mir.TailCall, mir.Yield:
		r.operands(t.Args)
		r.written(&t.Place)
	case mir.SwitchInt, mir.Assert:
		r.operands(t.Args)
		r.operand(&t.Cond)
	}
	return r.name()
}

// variantReads collects the variants of a place that are read at once.
type variantReads struct {
	place *mir.Place
	found string
	mixed bool // more than one
}

func (r *variantReads) name() string {
	if r.mixed || !isName(r.found) {
		return ""
	}
	return r.found
}

func (r *variantReads) rvalue(rv *mir.Rvalue) {
	switch rv.Kind {
	case mir.Ref, mir.Discriminant, mir.Len, mir.CopyForDeref:
		r.read(&rv.Place)
	case mir.RawPtr:
		r.written(&rv.Place) // it is no read
	}
	r.operands(rv.Args)
}

func (r *variantReads) operands(ops []mir.Operand) {
	for i := range ops {
		r.operand(&ops[i])
	}
}

func (r *variantReads) operand(op *mir.Operand) {
	if op.Kind == mir.Copy || op.Kind == mir.Move {
		r.read(&op.Place)
	}
}

func (r *variantReads) read(q *mir.Place) {
	v := variantIn(q, r.place)
	r.mixed = r.mixed || v != "" && r.found != "" && v != r.found
	if v != "" {
		r.found = v
	}
}

// written is a place whose variant is not known from it, but must not be another.
func (r *variantReads) written(q *mir.Place) {
	v := variantIn(q, r.place)
	r.mixed = r.mixed || v != "" && v != r.found
}

// variantIn is the variant of the place p in which q lies, "" for none.
func variantIn(q, p *mir.Place) string {
	n := len(p.Proj)
	if q.Local != p.Local || len(q.Proj) <= n || q.Proj[n].Kind != mir.Downcast {
		return ""
	}
	for i := range p.Proj {
		a, b := &p.Proj[i], &q.Proj[i]
		if a.Kind != b.Kind || a.FromEnd != b.FromEnd || a.N != b.N || a.M != b.M || a.Name != b.Name {
			return ""
		}
	}
	return q.Proj[n].Name
}

// addVariant notes what a discriminant stands for. When bodies disagree,
// MIR spells two enums alike: nothing is known of either.
func (n *bodyFacts) addVariant(enum string, discr int64, variant string) {
	known, met := n.variants[enum]
	if met && known == nil {
		return
	}
	if was, have := known[discr]; have {
		if was != variant {
			n.variants[enum] = nil
		}
		return
	}
	for _, v := range known {
		if v == variant {
			n.variants[enum] = nil
			return
		}
	}
	if known == nil {
		known = map[int64]string{}
		n.variants[strings.Clone(enum)] = known
	}
	known[discr] = strings.Clone(variant)
}

// caseIsVariant is what bodies show of a discriminant and a variant.
func (n *bodyFacts) caseIsVariant(enum string, discr int64, variant string) effects.Tri {
	known := n.variants[enum]
	if v, ok := known[discr]; ok {
		return sameVariant(v, variant)
	}
	for _, v := range known {
		if sameVariant(v, variant) == effects.Yes {
			return effects.No // it has another discriminant
		}
	}
	return effects.Maybe
}

// sameVariant compares names of variants: a projection shows `r#type` as `type`.
func sameVariant(a, b string) effects.Tri {
	if strings.TrimPrefix(a, "r#") == strings.TrimPrefix(b, "r#") {
		return effects.Yes
	}
	return effects.No
}

// dropInner forgets the enums that are declared within functions and
// constants: two blocks of one may each declare a type of the same name, and
// so may the methods of two impl blocks. funcs are all bodies of the unit.
func (n *bodyFacts) dropInner(funcs []*ir.Func) {
	if n.partial { // a function's name may be missing
		n.variants = nil
	}
	within := map[string][]string{} // enums by what they are declared in, and by what that is in
	for enum := range n.variants {
		for outer := range outerPaths(enum) {
			within[outer] = append(within[outer], enum)
		}
	}
	methods, paths := map[string]bool{}, map[string]bool{}
	for _, f := range funcs {
		n.dropWithin(within[f.Head.Name])
		if strings.Contains(f.Head.Name, "<impl at ") {
			methods[f.Last] = true
		}
		for outer := range outerPaths(f.Head.Name) {
			if within[outer] != nil {
				paths[outer] = true
			}
		}
	}
	// A type within the method m of a Type is printed as Type::m::Enum, whereas
	// the name of a body there has `<impl at ..>::m`.
	for outer, inner := range within {
		if i := strings.LastIndex(outer, "::"); i >= 0 && methods[outer[i+2:]] && !paths[outer] {
			n.dropWithin(inner)
		}
	}
}

func (n *bodyFacts) dropWithin(enums []string) {
	for _, enum := range enums {
		delete(n.variants, enum)
	}
}

// outerPaths are the paths of what an item is declared in. The constants of a
// variant's discriminant, `Enum::Variant::{constant#0}`, are in nothing.
func outerPaths(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range path {
			switch {
			case path[i] == '{' || path[i] == ' ':
				return
			case strings.HasPrefix(path[i:], "::") && !strings.HasPrefix(path[i:], "::{") && !yield(path[:i]):
				return
			}
		}
	}
}
