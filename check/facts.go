package check

import (
	"slices"
	"strings"

	"softshell/ir"
	"softshell/ir/types"
	"softshell/mir"
)

// bodyFacts is what the bodies of a unit show of its types.
type bodyFacts struct {
	roots  map[string]bool     // names of modules and types at the crate's root
	plain  map[string]bool     // paths, without arguments, of the types of locals
	shapes map[string][]string // what closures capture; the fields of types by path
	strong bool                // a type holds a counted owner
	// structs are the fields of structs, by path, from where values are built.
	structs map[string][]structShape
	// variants are the names of variants by discriminant, by the enum's path. It
	// is nil for an enum of which bodies say different things.
	variants map[string]map[int64]string
	partial  bool // some body of the unit is not understood

	met   []bool  // types by their ID, while bodies are read
	edges []uint8 // while a body is read
}

// structShape is what the making of a struct's value shows of its declaration.
type structShape struct {
	params []string // of the declaration, as the building body names them, if these are no types
	fields []string // types
}

// maxShapes bounds the shapes of one struct: they differ in their parameters.
const maxShapes = 6

func newBodyFacts() *bodyFacts {
	return &bodyFacts{roots: map[string]bool{}, plain: map[string]bool{}, shapes: map[string][]string{}, structs: map[string][]structShape{}, variants: map[string]map[int64]string{}}
}

// read notes what a body shows.
func (n *bodyFacts) read(b *mir.Body) {
	for i := range b.Locals {
		n.readType(b.Locals[i].Type)
	}
	for i := range b.Blocks {
		for j := range b.Blocks[i].Stmts {
			if rv := b.Blocks[i].Stmts[j].Rvalue; rv != nil {
				n.readRvalue(b, rv)
			}
		}
	}
	n.readSwitches(b)
}

func (n *bodyFacts) addRoot(path string) {
	head, _, _ := strings.Cut(path, "::")
	if head != "" && !strings.ContainsAny(head, "<{ &*([") {
		n.roots[head] = true
	}
}

// readType notes the paths in a type.
func (n *bodyFacts) readType(ty *mir.Type) {
	if ty == nil || int(ty.ID) < len(n.met) && n.met[ty.ID] {
		return
	}
	if more := int(ty.ID) + 1 - len(n.met); more > 0 {
		n.met = append(n.met, make([]bool, more)...)
	}
	n.met[ty.ID] = true
	if !n.strong {
		n.strong = types.Builtin().MentionsStrong(ty.Text)
	}
	for _, a := range ty.Args {
		n.readType(a)
	}
	if ty.Path == nil || ty.Kind != mir.TypePath && ty.Kind != mir.TypeParam {
		return
	}
	n.plain[ty.Path.Plain] = true
	for _, s := range ty.Path.Segs {
		for _, a := range s.Args {
			n.readType(a.Type)
		}
	}
}

// readRvalue notes what the making of a closure or of a type's value shows.
func (n *bodyFacts) readRvalue(b *mir.Body, rv *mir.Rvalue) {
	switch {
	case rv.Kind == mir.Closure && rv.Type != nil:
		n.addShape(b, rv.Type.Text, rv.Args)
	case rv.Kind == mir.Adt && rv.Path != nil:
		n.addRoot(rv.Path.Plain)
		n.addShape(b, rv.Path.Plain, rv.Args)
		n.addStruct(b, rv)
		if i := strings.LastIndex(rv.Path.Plain, "::"); i > 0 {
			n.addShape(b, rv.Path.Plain[:i], rv.Args) // of an enum one variant is seen
		}
	}
}

// addShape notes the types of the operands that make a value.
func (n *bodyFacts) addShape(b *mir.Body, text string, args []mir.Operand) {
	if _, have := n.shapes[text]; have {
		return
	}
	fields := make([]string, 0, len(args))
	for i := range args {
		var ty *mir.Type
		switch {
		case args[i].Kind == mir.Copy || args[i].Kind == mir.Move:
			ty = ir.PlaceType(b, &args[i].Place)
		case args[i].Const != nil:
			ty = args[i].Const.Type
		}
		if ty == nil {
			fields = append(fields, "()") // a constant: it owns nothing
			continue
		}
		fields = append(fields, ty.Text)
	}
	n.shapes[text] = fields
}

// addStruct notes what the making of a value at a path shows of the struct
// there. The path of an enum's variant is no type's path, so that it is never asked for.
func (n *bodyFacts) addStruct(b *mir.Body, rv *mir.Rvalue) {
	have := n.structs[rv.Path.Plain]
	if rv.Path.Self != nil || len(rv.Path.Segs) == 0 || len(have) == maxShapes || len(have) > 0 && len(have[0].params) == 0 {
		return
	}
	var s structShape
	// The arguments of earlier segments are those of functions: a type that is
	// declared in one does not see them.
	for _, a := range rv.Path.Segs[len(rv.Path.Segs)-1].Args {
		switch {
		case a.Lifetime:
			continue
		case a.Binding != "" || !isName(a.Text) || slices.Contains(s.params, a.Text):
			return // types stand in the place of parameters
		}
		s.params = append(s.params, a.Text)
	}
	if slices.ContainsFunc(have, func(h structShape) bool { return slices.Equal(h.params, s.params) }) {
		return
	}
	for i := range rv.Args {
		var ty *mir.Type
		switch a := &rv.Args[i]; {
		case a.Kind == mir.Copy || a.Kind == mir.Move:
			ty = ir.PlaceType(b, &a.Place)
		case a.Const != nil && a.Const.Type != nil:
			ty = a.Const.Type
		case a.Const != nil && ir.LastSeg(a.Const.Path) == "PhantomData":
			s.fields = append(s.fields, "()")
			continue
		}
		if ty == nil {
			return // a constant of a type that is not printed
		}
		s.fields = append(s.fields, ty.Text)
	}
	n.structs[rv.Path.Plain] = append(have, s)
}

func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '_' && (c < '0' || c > '9' || i == 0) && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}
