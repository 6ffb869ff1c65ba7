// Package recursivedrop finds lists whose drop calls itself once per element.
package recursivedrop

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "recursive-drop",
		Title:    "a list is dropped by recursion, one call for each element",
		CWE:      []int{674},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	for _, c := range chains(p.Types.Shapes(p.Crate.Name)) {
		if takenApart(p, c) {
			continue
		}
		if b := worst(p, c); b != nil && declared(p, c) {
			report(p, c, b)
		}
	}
	return nil
}

// declared reports whether the crate declares the types of a list, as far as
// that is known. What it re-exports is printed under its path too: a type
// parameter of such a type looks like a field of the types that one use gives.
func declared(p *rule.Pass, c *chain) bool {
	d := p.Types.Decls(p.Crate.Name)
	if d == nil {
		return true
	}
	for _, a := range d.ADTs() {
		_, path, _ := strings.Cut(a.Path, "::")
		if c.types[path] {
			return true
		}
	}
	return false
}

// takenApart reports whether the destructor of a type that owns the list loops over it.
func takenApart(p *rule.Pass, c *chain) bool {
	for _, f := range p.Funcs() {
		if f.Destructor() && len(f.Head.Params) == 1 {
			d := destructor{p: p, c: c}
			if d.read(f, 0); d.loops && d.ofList {
				return true
			}
		}
	}
	return false
}

// maxCalls bounds how deep a destructor is followed for its loop.
const maxCalls = 3

// destructor is what the code of a Drop::drop shows.
type destructor struct {
	p      *rule.Pass
	c      *chain
	loops  bool
	ofList bool // it handles values of the list
}

func (d *destructor) read(f *ir.Func, depth int) {
	v := d.p.Engine.View(f)
	for i := range v.MIR.Locals {
		d.ofList = d.ofList || mentions(v.MIR.Locals[i].Type, d.c)
	}
	for b := range v.MIR.Blocks {
		d.loops = d.loops || !v.MIR.Blocks[b].Cleanup && v.Reached(int32(b)) && v.Loop(int32(b)) != 0
	}
	for _, call := range v.Calls() {
		if call.Is("Iterator::for_each", "Iterator::fold", "Iterator::last", "Iterator::count") {
			d.loops = true
		}
		if call.Target != nil && call.Target != f && depth < maxCalls && !(d.loops && d.ofList) {
			d.read(call.Target, depth+1)
		}
	}
}

// builder is a place where the list gets longer.
type builder struct {
	f     *ir.Func
	at    flow.Point
	shape string // the struct or variant of which an element is made
	text  string
	grade finding.Grade
	note  string
}

// builds are the last segments of calls without which no element is linked in.
var builds = ir.NewNames("new", "from", "into", "pin", "insert", "replace", "clone", "take", "get_or_insert", "get_or_insert_with")

// worst is the first place of the best grade where the list grows.
func worst(p *rule.Pass, c *chain) *builder {
	var best *builder
	for _, f := range p.Funcs() {
		if f.Head.Kind != mir.FnBody || !f.MayCallAny(builds) || f.Impl != nil && f.Impl.Derived {
			continue
		}
		if b := grows(p, c, f); b != nil && (best == nil || b.grade > best.grade) {
			best = b
		}
		if best != nil && best.grade == finding.Likely {
			return best
		}
	}
	return best
}

// wrap are the calls that put a value into its link, or take it out.
var wrap = []string{"Box::new", "Box::pin", "Rc::new", "Arc::new", "RefCell::new", "Cell::new", "Mutex::new", "RwLock::new", "Some", "Option::map", "Into::into", "From::from", "Box::from", "Rc::from",
	"Arc::from", "Clone::clone", "Rc::clone", "Arc::clone", "Option::unwrap", "Option::expect", "Option::cloned", "Pin::new", "OnceCell::from", "Option::as_ref"}

// taken are the calls that leave another value in the place of the list so far.
var taken = []string{"Option::take", "mem::take", "mem::replace", "Cell::take", "Cell::replace", "RefCell::take", "RefCell::replace", "Option::replace", "ptr::replace", "ptr::read", "Cell::swap"}

func wraps(c *flow.CallSite) bool { return c.Is(wrap...) }

// grows finds where a function makes an element that owns the list so far, or
// hangs one on its end.
func grows(p *rule.Pass, c *chain, f *ir.Func) *builder {
	v := p.Engine.View(f)
	var made []flow.Making
	for _, m := range v.Makings() {
		if _, ok := c.links[m.Path.Plain]; ok && !v.MIR.Blocks[m.At.Block].Cleanup {
			made = append(made, m)
		}
	}
	if isConstructor(f, c) {
		return nil
	}
	for _, m := range made {
		if field := c.links[m.Path.Plain]; field < len(m.Args) {
			e := element{shape: m.Path.Plain, at: m.At, local: m.Dest.Local, name: fieldName(&m, field), next: &m.Args[field]}
			if b := prepends(v, c, &e); b != nil {
				return b
			}
		}
	}
	for _, s := range v.FieldStores() {
		if e := linked(v, c, &s); e != nil {
			if b := prepends(v, c, e); b != nil {
				return b
			}
		}
	}
	for _, call := range v.Calls() {
		if e := constructed(v, c, call); e != nil {
			if b := prepends(v, c, e); b != nil {
				return b
			}
		}
	}
	return appends(v, c, made)
}

// constructed is the element that a call of a constructor makes and that is
// given what follows it, nil for another call.
func constructed(v *flow.View, c *chain, call *flow.CallSite) *element {
	t := call.Target
	if t == nil || t == v.Fn || !strings.HasPrefix(t.Last, "new") && t.Last != "cons" || !mentions(t.Head.Ret, c) {
		return nil
	}
	for i := range call.Args {
		if ty := v.TypeOf(&call.Args[i]); ty != nil && ty.Kind != mir.TypeRef && mentions(ty, c) {
			return &element{shape: sortedKeys(c.links)[0], at: flow.Point{Block: call.Block, Stmt: flow.Term}, local: call.Dest.Local, next: &call.Args[i]}
		}
	}
	return nil
}

// element is an element that gets what is to follow it: when it is made, or
// by an assignment to its field.
type element struct {
	shape string
	at    flow.Point
	local int32  // that holds it, or a pointer to it
	name  string // of the field, where the text tells it
	next  *mir.Operand
}

// linked is the element whose link an assignment sets, nil for another
// assignment, or one to an element that the function did not make.
func linked(v *flow.View, c *chain, s *flow.Store) *element {
	n := len(s.Place.Proj) - 1
	owner := v.PlaceType(&mir.Place{Local: s.Place.Local, Proj: s.Place.Proj[:n]})
	if owner == nil || owner.Path == nil || len(s.Value) != 1 {
		return nil
	}
	if field, ok := c.links[owner.Path.Plain]; !ok || int(s.Place.Proj[n].N) != field {
		return nil
	}
	base := s.Place.Local
	if t := v.MIR.Locals[base].Type; t != nil && t.Kind == mir.TypeRawPtr { // what a Box is dereferenced by
		base = v.RootOf(&mir.Place{Local: base}).Local()
	}
	if base < 0 || v.IsParam(base) {
		return nil
	}
	if t := v.MIR.Locals[base].Type; t == nil || t.Kind == mir.TypeRef || t.Kind == mir.TypeRawPtr {
		return nil
	}
	return &element{shape: owner.Path.Plain, at: s.At, local: base, next: &s.Value[0]}
}

// isConstructor reports whether a function is the one that rustc makes of a tuple struct or variant.
func isConstructor(f *ir.Func, c *chain) bool {
	_, ok := c.links[f.Head.Name]
	return ok
}

// prepends tells whether an element gets what the list was before.
func prepends(v *flow.View, c *chain, e *element) *builder {
	b := &builder{f: v.Fn, at: e.at, shape: e.shape, grade: finding.Likely}
	if slices.Contains(bounded, e.name) {
		b.grade, b.note = finding.Possible, "the field's name, `"+e.name+"`, tells of nesting: how deep that gets is not known here"
	}
	feed := v.Feed(e.next, wraps)
	inLoop := len(v.LoopsAround(e.at.Block)) > 0
	switch {
	case inLoop && feed.Locals[e.local]:
		b.text = "each turn of the loop makes an element that owns all before it"
	case takesFromOwner(v, feed) || clonesOwner(v, feed):
		b.text = "each call makes an element that owns all before it"
	case inLoop && feed.Call(taken...) != nil:
		b.text = "each turn of the loop makes an element that owns all before it"
	case listParam(v, c, feed) && slices.ContainsFunc(growing, func(w string) bool { return strings.HasPrefix(v.Fn.Last, w) }):
		b.text = "each call makes an element that owns all before it"
	default:
		return nil
	}
	return b
}

// bounded are names of links to what surrounds a value or what caused it.
var bounded = []string{"parent", "outer", "source", "cause", "inner", "enclosing", "up", "scope", "previous_error"}

// growing are the beginnings of names of methods that make a list longer.
var growing = []string{"push", "cons", "prepend", "append", "insert", "add", "extend", "enqueue"}

func fieldName(m *flow.Making, field int) string {
	if field < len(m.Names) {
		return m.Names[field]
	}
	return ""
}

// takesFromOwner reports whether a value is taken out of something that a parameter points at.
func takesFromOwner(v *flow.View, feed *flow.Feed) bool {
	c := feed.Call(taken...)
	if c == nil || len(c.Args) == 0 {
		return false
	}
	r := v.Root(&c.Args[0])
	return r.Local() >= 0 && v.IsParam(r.Local())
}

// clonesOwner reports whether a value is a further handle of a list behind a
// parameter: a list that shares its tail.
func clonesOwner(v *flow.View, feed *flow.Feed) bool {
	c := feed.Call("Clone::clone", "Rc::clone", "Arc::clone", "Option::cloned")
	if c == nil || len(c.Args) == 0 || !slices.ContainsFunc(growing, func(w string) bool { return strings.HasPrefix(v.Fn.Last, w) }) {
		return false
	}
	r := v.Root(&c.Args[0])
	return r.Local() >= 0 && v.IsParam(r.Local())
}

// listParam reports whether the list so far comes in by value.
func listParam(v *flow.View, c *chain, feed *flow.Feed) bool {
	for _, l := range feed.Params() {
		if t := v.MIR.Locals[l].Type; t != nil && t.Kind != mir.TypeRef && mentions(t, c) {
			return true
		}
	}
	return false
}

// mentions reports whether a type names a type of the list.
func mentions(t *mir.Type, c *chain) bool {
	if t == nil {
		return false
	}
	if t.Path != nil {
		if c.types[t.Path.Plain] {
			return true
		}
		for _, s := range t.Path.Segs {
			for _, a := range s.Args {
				if mentions(a.Type, c) {
					return true
				}
			}
		}
	}
	return slices.ContainsFunc(t.Args, func(a *mir.Type) bool { return mentions(a, c) })
}

// appends tells whether a new element is hung on the end of the list: stored
// in a link that a loop, a recursion or a pointer to the last element found.
func appends(v *flow.View, c *chain, made []flow.Making) *builder {
	fresh := map[int32]bool{}
	for _, m := range made {
		fresh[m.Dest.Local] = true
	}
	isNew := func(ops []mir.Operand) bool {
		for i := range ops {
			feed := v.Feed(&ops[i], wraps)
			for l := range feed.Locals {
				if fresh[l] {
					return true
				}
			}
			for b := range feed.Calls {
				if call := v.Call(b); call != nil && call.Last() == "new" && call.Target != nil && mentions(call.Target.Head.Ret, c) {
					return true
				}
			}
		}
		return false
	}
	shape := sortedKeys(c.links)[0]
	if len(made) > 0 {
		shape = made[0].Path.Plain
	}
	for _, s := range v.Stores() {
		if mentions(v.PlaceType(s.Place), c) && (isNew(s.Value) || slices.ContainsFunc(made, func(m flow.Making) bool { return m.At == s.At })) {
			if text := reached(v, c, s.Place); text != "" {
				return &builder{f: v.Fn, at: s.At, shape: shape, grade: finding.Likely, text: text}
			}
		}
	}
	for _, call := range v.Calls() {
		if call.Is("Option::insert", "Option::replace", "Option::get_or_insert") && len(call.Args) == 2 && call.Args[0].Kind != mir.Constant && isNew(call.Args[1:]) {
			if text := reached(v, c, &call.Args[0].Place); text != "" {
				return &builder{f: v.Fn, at: flow.Point{Block: call.Block, Stmt: flow.Term}, shape: shape, grade: finding.Likely, text: text}
			}
		}
	}
	return nil
}

// reached says how a function came to the end of the list in which a place
// lies, "" when it is not known to be one.
func reached(v *flow.View, c *chain, p *mir.Place) string {
	t := v.MIR.Locals[p.Local].Type
	if t != nil && t.Kind == mir.TypeRawPtr && mentions(t, c) {
		return "each call hangs an element on the last one"
	}
	for _, call := range v.Calls() {
		if call.Target == v.Fn && v.IsParam(v.Place(p).Local()) {
			return "the function calls itself until it is at the last element, and hangs one on it"
		}
	}
	feed := v.FeedOf(p, func(*flow.CallSite) bool { return true })
	for l := range feed.Locals {
		if d := v.Defs(l); len(d) > 1 && mentions(v.MIR.Locals[l].Type, c) && slices.ContainsFunc(d, func(at flow.Point) bool { return v.Loop(at.Block) != 0 }) {
			return "the loop goes to the last element, and one is hung on it"
		}
	}
	return ""
}

func report(p *rule.Pass, c *chain, b *builder) {
	owner := last(typeName(b.shape))
	notes := []string{"a thread's stack holds some ten thousand to a hundred thousand such calls; beyond that the process is killed"}
	if b.note != "" {
		notes = append(notes, b.note)
	}
	at := rule.At(b.f, b.at.Block, b.at.Stmt)
	p.Report(b.f, finding.Finding{
		Title:   fmt.Sprintf("dropping a long list of `%s` overflows the stack", owner),
		Item:    item(b),
		Grade:   b.grade,
		Primary: at,
		Label:   b.text,
		Trace: []finding.Step{
			{Span: at, Text: b.text},
			{Span: at, Text: fmt.Sprintf("nothing takes the list apart: the drop of a `%s` drops the next one inside its own call", owner)},
		},
		Notes: notes,
		Fix:   &finding.Fix{Text: "implement `Drop` with a loop that takes the next element out before it drops one: `while let Some(mut node) = next { next = node.next.take(); }` (of an `Rc` or `Arc`, what `try_unwrap` gives)"},
	})
}

// typeName is the type of a path in links.
func typeName(shape string) string {
	if head, tail, ok := cutLast(shape); ok && isUpper(last(head)) && isUpper(tail) {
		return head
	}
	return shape
}

// item names the method that builds the list; a free function says less than
// the type does.
func item(b *builder) string {
	if b.f.Impl != nil && b.f.Impl.SelfPlain != "" {
		return b.f.Name
	}
	return typeName(b.shape)
}
