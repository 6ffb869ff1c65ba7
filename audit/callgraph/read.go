package callgraph

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"softshell/capture"
	"softshell/ir"
	"softshell/mir"
)

// unit is what the text of one unit says, apart from all others.
type unit struct {
	Crate    string
	Names    []typeName // types that bodies name
	Refs     []ref      // what bodies name that can run
	Bodies   []body
	Declared declared
	Made     []string // types with impl blocks that no source declares: macros wrote them
	Unread   int      // bodies of which only the words are known
}

// typeName is a type as a text spells it: the first segment of its path ("" when it
// has one only, "?" when it is not known) and the last.
type typeName struct{ Head, Name string }

// ref is a name of something that can run.
type ref struct {
	Trait   string // last segment of the trait of `<S as Trait>::f`
	Arg     string // what the trait's first argument is, as far as its outermost name; "" is not known
	Self    int32  // S, an index into Names; -1 when it has no name
	Generic bool   // S is a parameter, a trait object: any type can be meant
	Head    string // first segment of a path
	Owner   string // segment before the last one
	Last    string
	Plain   string // the whole path without generic arguments; "" for `<S as Trait>::f`
	Word    bool   // only a word in a text that is not understood: all of that name
}

// body is one body.
type body struct {
	Name   string // for people
	Key    string // path without generic arguments, of a function outside of impl blocks
	Last   string
	Owner  string // segment before the last, outside of impl blocks: a module, a trait, a function
	Impl   bool
	Trait  string  // last segment; "" is none, "?" is not known
	Arg    string  // see ref.Arg
	Self   []int32 // what the type of the impl block can be, indices into Names; nil is not known, or any
	Within []int32 // types of this crate that the trait's arguments name
	Parent int32   // the body that it is a part of (closure, promoted constant), or -1
	Fn     bool
	Static bool
	Symbol bool
	Path   string // of the type of an inherent impl block, without generic arguments
	At     string // of the impl block: "file:line:col: line:col"
	Refs   []int32
	Live   []int32 // types that it mentions
	Touch  []int32 // of these, the ones that it hands to generic code
}

// reader reads one unit.
type reader struct {
	u       *unit
	src     *ir.SourceCache
	names   map[typeName]int32
	made    map[string]bool // names of types of which values are built, or that statics have
	refs    map[ref]int32
	types   map[*mir.Type]*seen
	cur     *collected
	externs map[string]string
	last    int // index of the body before an allocation
}

// seen is what a type names.
type seen struct {
	names []int32
	refs  []int32
}

// collected is what a body names, while it is read.
type collected struct {
	refs, live, touch map[int32]bool
}

func newCollected() *collected {
	return &collected{map[int32]bool{}, map[int32]bool{}, map[int32]bool{}}
}

// readUnit reads the MIR and the sources of a unit.
func readUnit(u *capture.Unit) (*unit, error) {
	r := &reader{u: &unit{Crate: u.Crate}, src: ir.NewSourceCache(u.Dir), names: map[typeName]int32{}, made: map[string]bool{}, refs: map[ref]int32{}, externs: u.Externs, types: map[*mir.Type]*seen{}, last: -1}
	s := newScanner()
	for _, file := range u.Sources {
		if filepath.Ext(file) != ".rs" {
			continue
		}
		text, err := os.ReadFile(r.src.Path(file))
		if err != nil {
			return nil, fmt.Errorf("read the sources of %s: %w", u.Crate, err)
		}
		s.scan(string(text))
	}
	r.u.Declared = s.declared()
	f, err := os.Open(u.MIR)
	if err != nil {
		return nil, fmt.Errorf("read the MIR of %s: %w", u.Crate, err)
	}
	defer f.Close()
	in := mir.NewReader(f)
	in.Lean = true
	sum := int64(0)
	for {
		it, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the MIR of %s: %w", u.Crate, err)
		}
		if b, ok := it.(*mir.Body); ok {
			if sum += b.Size; sum > forgetAfter {
				in.Forget()
				sum = 0
			}
		}
		r.item(it)
	}
	r.flush()
	r.parents()
	for _, b := range r.u.Bodies {
		for _, n := range b.Self {
			if name := r.u.Names[n].Name; r.made[name] && !has(r.u.Declared.Types, name) {
				r.u.Made = append(r.u.Made, name)
			}
		}
	}
	slices.Sort(r.u.Made)
	r.u.Made = slices.Compact(r.u.Made)
	return r.u, nil
}

// forgetAfter is how many bytes of text are read before the reader forgets what it
// interned, types apart.
const forgetAfter = 1 << 20

func (r *reader) item(it mir.Item) {
	switch it := it.(type) {
	case *mir.Body:
		if it.ForCTFE() {
			return
		}
		r.flush()
		r.cur = newCollected()
		r.body(it)
	case *mir.Alloc:
		r.alloc(it.Text)
	case *mir.Unsupported:
		r.flush()
		r.cur = newCollected()
		name, _, _ := strings.Cut(it.Text, "(")
		r.u.Bodies = append(r.u.Bodies, body{Name: name, Key: name, Last: lastSeg(name), Parent: -1, Fn: true, Symbol: true})
		r.words(it.Text)
		r.u.Unread++
	}
}

// flush gives the last body what was collected for it.
func (r *reader) flush() {
	if r.cur == nil || len(r.u.Bodies) == 0 {
		return
	}
	b := &r.u.Bodies[len(r.u.Bodies)-1]
	b.Refs, b.Live, b.Touch = sortedKeys(r.cur.refs), sortedKeys(r.cur.live), sortedKeys(r.cur.touch)
	r.cur = nil
}

func sortedKeys(m map[int32]bool) []int32 {
	if len(m) == 0 {
		return nil
	}
	out := make([]int32, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// body reads a body.
func (r *reader) body(b *mir.Body) {
	out := body{Name: strings.Clone(b.Name), Parent: -1, Fn: b.Kind == mir.FnBody, Static: b.Kind == mir.StaticBody}
	head := ir.ReadHeader(r.src, b)
	plain := ir.Plain(head.Rest)
	out.Last, out.Owner = strings.Clone(lastSeg(plain)), strings.Clone(ownerSeg(plain))
	if head.At == "" {
		out.Key = strings.Clone(ir.Plain(b.Name))
	} else {
		r.impl(&out, &head, b)
	}
	d := &r.u.Declared
	if has(d.Symbols, out.Last) || allocator[out.Last] {
		out.Symbol = true
	}
	if out.Static && b.Ret != nil && strings.Contains(b.Ret.Text, "fn(") {
		out.Symbol = true // a table of functions: something may find it without a name
	}
	if out.Fn && !has(d.Fns, out.Last) && aborts(b) && !strings.Contains(out.Last, "{") {
		out.Symbol = true // a macro wrote it, for C
	}
	r.u.Bodies = append(r.u.Bodies, out)
	if b.Broken {
		r.words(b.Verbatim)
		r.u.Unread++
	}
	for i := range b.Locals {
		r.live(b.Locals[i].Type)
	}
	r.live(b.Ret)
	if out.Static && b.Ret != nil && b.Ret.Kind == mir.TypePath && b.Ret.Path != nil {
		r.made[strings.Clone(ir.LastSeg(b.Ret.Path))] = true
	}
	if b.Value != nil {
		r.constant(b.Value)
	}
	for i := range b.Blocks {
		blk := &b.Blocks[i]
		for j := range blk.Stmts {
			s := &blk.Stmts[j]
			if s.Rvalue == nil {
				continue
			}
			if s.Kind == mir.StmtUnsupported {
				r.words(s.Rvalue.Text)
			}
			r.rvalue(b, s.Rvalue)
		}
		r.terminator(&blk.Term)
	}
	if out.Name == "main" { // std shows the error that it ends with
		r.touch(r.of(b.Ret))
	}
	if b.Ret != nil && strings.Contains(b.Ret.Text, "impl ") {
		for n := range r.cur.live { // what it hands out has a type that its callers do not see
			r.cur.touch[n] = true
		}
	}
	if out.Trait != "" || strings.HasPrefix(out.Last, "{") { // generic callers name neither what it hands out: <T as Make>::Out, F::Output
		r.touch(r.of(b.Ret))
	}
}

// allocator are the functions that the compiler makes of a global allocator.
var allocator = map[string]bool{
	"__rust_alloc": true, "__rust_dealloc": true, "__rust_realloc": true, "__rust_alloc_zeroed": true,
	"__rg_alloc": true, "__rg_dealloc": true, "__rg_realloc": true, "__rg_alloc_zeroed": true, "__rg_oom": true,
}

// aborts reports whether a panic cannot leave the body: C calls it.
func aborts(b *mir.Body) bool {
	for i := range b.Blocks {
		t := &b.Blocks[i].Term
		if t.Unwind == mir.UnwindAbort && t.Abort == "abi" || t.Kind == mir.UnwindTerminate && t.Text == "abi" {
			return true
		}
	}
	return false
}

// builtin are the traits that the compiler derives, with the functions that it writes.
// A procedural macro of that name may write others.
var builtin = map[string]string{
	"Clone": "clone", "Debug": "fmt", "Default": "default", "PartialEq": "eq", "Eq": "assert_receiver_is_total_eq assert_fields_are_eq",
	"PartialOrd": "partial_cmp", "Ord": "cmp", "Hash": "hash",
}

// impl tells what an impl block is of. The header in the source says it, but where a
// macro wrote it; there a receiver or what a constructor returns does.
func (r *reader) impl(out *body, h *ir.Header, b *mir.Body) {
	out.Impl, out.At = true, strings.Clone(h.At)
	self := ""
	switch {
	case h.Derived && slices.Contains(strings.Fields(builtin[lastSeg(h.Trait)]), out.Last):
		out.Trait = strings.Clone(lastSeg(h.Trait))
	case h.Text == "" || h.Derived || h.Self == "" || strings.Contains(traitPath(h.Trait), "$"):
		out.Trait = "?"
	default:
		if h.Trait != "" {
			out.Trait = strings.Clone(lastSeg(traitPath(h.Trait)))
		}
		if _, args, ok := strings.Cut(h.Trait, "<"); ok {
			out.Arg = strings.Clone(r.writtenHead(args, implParams(h.Text)))
			for _, w := range ir.Tokens(args) {
				if has(r.u.Declared.Types, w) {
					out.Within = append(out.Within, r.name("", w))
				}
			}
		}
		if !strings.Contains(h.Self, "$") {
			self = h.Self
		}
	}
	shown := h.Recv
	if shown == nil && (out.Trait == "Default" && out.Last == "default" || out.Trait == "From" && out.Last == "from") {
		shown = b.Ret
	}
	if t := r.shown(shown); t != nil {
		out.Self, out.Path = []int32{r.path(t.Path)}, strings.Clone(t.Path.Plain)
	}
	if self == "" || out.Path != "" && has(r.u.Declared.Aliases, lastSeg(ir.Plain(self))) {
		return
	}
	w := selfWord(self)
	switch {
	case w == "", slices.Contains(implParams(h.Text), w), has(r.u.Declared.Aliases, w) && !has(r.u.Declared.Types, w):
		out.Self = nil // any type, or one that the header does not name
	case has(r.u.Declared.Aliases, w) && out.Path == "":
		out.Self = nil // one name for two
	case out.Path != "" && r.u.Names[out.Self[0]].Name == w:
	default:
		n, ok := r.written(self, w, h.Recv)
		if !ok {
			out.Self = nil
			return
		}
		out.Self = append(out.Self, n) // beside the receiver's: self: Arc<Self>
	}
}

// written is the name of the type that a header writes as self, which ends in w. It is
// false when it cannot be told whose it is.
func (r *reader) written(self, w string, recv *mir.Type) (int32, bool) {
	for recv != nil && recv.Kind == mir.TypeRef && len(recv.Args) > 0 {
		recv = recv.Args[0]
	}
	if recv != nil && recv.Path != nil && len(recv.Path.Segs) > 1 && ir.LastSeg(recv.Path) == w {
		return r.path(recv.Path), true
	}
	d := &r.u.Declared
	path := strings.TrimLeft(ir.Plain(self), "&: ")
	if i := strings.LastIndex(path, " "); i >= 0 {
		path = path[i+1:]
	}
	head, _, qualified := strings.Cut(strings.TrimPrefix(path, "::"), "::")
	switch {
	case !qualified && (prelude[w] || primitive[w] || has(d.FromStd, w) || has(d.FromStd, "*") && !has(d.Types, w)):
		return r.name("std", w), !has(d.Types, w)
	case !qualified:
		return r.name("?", w), true
	case isStd(head) && !has(d.Mods, head):
		return r.name("std", w), true
	case head == "crate" || head == "self" || head == "super":
		return r.name("?", w), true
	case has(d.FromStd, head) || prelude[head]:
		return r.name("std", w), !has(d.Mods, head)
	case r.externs[head] != "" || has(d.Mods, head):
		return r.name("?", w), true
	}
	return 0, false
}

// prelude are the types of the standard library that need no use.
var prelude = map[string]bool{"Option": true, "Result": true, "Vec": true, "Box": true, "String": true}

// traitPath is the path of a trait in a header, without its arguments and without the
// `$crate` of a macro.
func traitPath(t string) string {
	t, _, _ = strings.Cut(t, "<")
	return strings.TrimPrefix(strings.TrimSpace(t), "$crate::")
}

// shown is the type of this tree that a receiver or a result is, nil when it is none.
func (r *reader) shown(t *mir.Type) *mir.Type {
	for t != nil && t.Kind == mir.TypeRef && len(t.Args) > 0 {
		t = t.Args[0]
	}
	if t == nil || t.Kind != mir.TypePath || t.Path == nil || len(t.Path.Segs) == 0 {
		return nil
	}
	if len(t.Path.Segs) > 1 && isStd(t.Path.Segs[0].Name) && !has(r.u.Declared.Types, ir.LastSeg(t.Path)) { // self: Box<Self>
		return nil
	}
	return t
}

// selfWord is the name of the type that a header is for, "" when it is none that has one.
func selfWord(self string) string {
	self = strings.TrimSpace(self)
	if strings.Contains(self, "dyn ") || strings.HasPrefix(self, "<") {
		return ""
	}
	for strings.HasPrefix(self, "&") {
		self = strings.TrimSpace(self[1:])
		if strings.HasPrefix(self, "'") {
			_, self, _ = strings.Cut(self, " ")
		}
		self = strings.TrimSpace(strings.TrimPrefix(self, "mut "))
	}
	w := lastSeg(ir.Plain(self))
	if !isWord(w) || strings.ContainsAny(w, "[]()<>$ ,;*") {
		return ""
	}
	return w
}

// implParams are the generic parameters of an impl block.
func implParams(head string) []string {
	s := newScanner()
	s.generics(ir.Tokens(head[strings.Index(head, "impl")+4:]), 0, "")
	return s.declared().Params
}

// name is the index of a type's name.
func (r *reader) name(head, name string) int32 {
	n := typeName{head, name}
	i, ok := r.names[n]
	if !ok {
		n = typeName{strings.Clone(head), strings.Clone(name)}
		i = int32(len(r.u.Names))
		r.u.Names = append(r.u.Names, n)
		r.names[n] = i
	}
	return i
}

// path is the name of the type at a path.
func (r *reader) path(p *mir.Path) int32 {
	head := ""
	if len(p.Segs) > 1 {
		head = p.Segs[0].Name
	}
	if name, _, ok := broughtIn(p.Plain); ok {
		head = name
	}
	switch {
	case strings.HasPrefix(head, "<impl at "):
		head = "" // inside a function of this crate
	case p.Self != nil || strings.HasPrefix(head, "<"):
		head = "?"
	}
	return r.name(head, ir.LastSeg(p))
}

// broughtIn reads the path of another crate's item as the compiler writes it where a
// macro brought the crate in: `m::_::_serde::de::Error` is serde's de::Error.
func broughtIn(plain string) (crate, rest string, ok bool) {
	_, after, ok := strings.Cut(plain, "::_::_")
	if !ok {
		return "", "", false
	}
	crate, rest, ok = strings.Cut(strings.TrimLeft(after, "_"), "::")
	return crate, rest, ok && isWord(crate)
}

func (r *reader) ref(f ref) int32 {
	i, ok := r.refs[f]
	if !ok {
		f.Trait, f.Arg, f.Head, f.Owner, f.Last, f.Plain = strings.Clone(f.Trait), strings.Clone(f.Arg), strings.Clone(f.Head), strings.Clone(f.Owner), strings.Clone(f.Last), strings.Clone(f.Plain)
		i = int32(len(r.u.Refs))
		r.u.Refs = append(r.u.Refs, f)
		r.refs[f] = i
	}
	return i
}

// of is what a type names, itself included.
func (r *reader) of(t *mir.Type) *seen {
	if t == nil {
		return &seen{}
	}
	if s := r.types[t]; s != nil {
		return s
	}
	s := &seen{}
	r.types[t] = s // a type does not hold itself, but a text may be damaged
	add := func(ts ...*mir.Type) {
		for _, t := range ts {
			in := r.of(t)
			s.names, s.refs = append(s.names, in.names...), append(s.refs, in.refs...)
		}
	}
	add(t.Args...)
	add(t.Ret)
	switch t.Kind {
	case mir.TypePath, mir.TypeParam, mir.TypeForeign:
		if t.Path != nil && len(t.Path.Segs) > 0 {
			s.names = append(s.names, r.path(t.Path))
			r.args(t.Path, s)
		}
	case mir.TypeProjection:
		r.args(t.Path, s)
	case mir.TypeFnItem:
		if t.Path != nil {
			s.refs = append(s.refs, r.callee(t.Path))
			r.args(t.Path, s)
		}
	case mir.TypeDyn, mir.TypeOpaque, mir.TypeCoroutine, mir.TypeUnsupported:
		r.lexed(t.Text, s)
	}
	slices.Sort(s.names)
	s.names = slices.Compact(s.names)
	slices.Sort(s.refs)
	s.refs = slices.Compact(s.refs)
	return s
}

// args adds what the generic arguments of a path name, and its self type.
func (r *reader) args(p *mir.Path, s *seen) {
	if p == nil {
		return
	}
	add := func(in *seen) { s.names, s.refs = append(s.names, in.names...), append(s.refs, in.refs...) }
	if p.Self != nil {
		add(r.of(p.Self))
	}
	if p.Trait != nil && len(p.Trait.Segs) > 0 {
		s.names = append(s.names, r.path(p.Trait)) // so that the crate that declares it counts as used
		r.args(p.Trait, s)
	}
	for _, seg := range p.Segs {
		for _, a := range seg.Args {
			if a.Type != nil {
				add(r.of(a.Type))
			}
		}
		if strings.HasPrefix(seg.Name, "<impl ") && !strings.HasPrefix(seg.Name, "<impl at ") { // a block away from its type
			r.lexed(seg.Name, s)
		}
	}
}

// lexed takes each path in the text of a type for the name of one; traits, which are
// no types, do no harm.
func (r *reader) lexed(text string, s *seen) {
	toks := ir.Tokens(text)
	for i := 0; i < len(toks); i++ {
		if !isWord(toks[i]) {
			continue
		}
		head, last := "", toks[i]
		for i+3 < len(toks) && toks[i+1] == ":" && toks[i+2] == ":" && isWord(toks[i+3]) {
			if head == "" {
				head = toks[i]
			}
			last = toks[i+3]
			i += 3
		}
		s.names = append(s.names, r.name(head, last))
	}
}

func (r *reader) live(t *mir.Type) {
	s := r.of(t)
	for _, n := range s.names {
		r.cur.live[n] = true
	}
	for _, f := range s.refs {
		r.cur.refs[f] = true
	}
}

func (r *reader) touch(s *seen) {
	for _, n := range s.names {
		r.cur.live[n], r.cur.touch[n] = true, true
	}
	for _, f := range s.refs {
		r.cur.refs[f] = true
	}
}

// callee is the ref of a path that names something that can run.
func (r *reader) callee(p *mir.Path) int32 {
	segs := p.Segs
	f := ref{Self: -1}
	if n := len(segs); n > 0 {
		f.Last = segs[n-1].Name
	}
	if n := len(segs); n > 1 {
		f.Owner = segs[n-2].Name
	}
	if p.Self != nil {
		f.Self, f.Generic = r.self(p.Self)
	}
	if p.Trait != nil && len(segs) == 1 {
		f.Trait = ir.LastSeg(p.Trait)
		arg := firstArg(p.Trait)
		if arg == nil && ownArg[f.Trait] {
			arg = p.Self // the default, which is not printed
		}
		f.Arg = r.argHead(arg)
		return r.ref(f)
	}
	switch {
	case p.Self != nil: // `<[T]>::f`, or a function inside a method
		f.Head, f.Plain = "?", p.Plain
	case len(segs) > 0:
		f.Head, f.Plain = segs[0].Name, p.Plain
	}
	if name, rest, ok := broughtIn(f.Plain); ok {
		f.Head, f.Plain = name, name+"::"+rest
	}
	if strings.HasPrefix(f.Owner, "<impl ") {
		f.Owner = implSelf(f.Owner)
	}
	return r.ref(f)
}

// ownArg are the traits of the standard library whose argument is Self by default.
var ownArg = map[string]bool{
	"PartialEq": true, "PartialOrd": true, "Add": true, "Sub": true, "Mul": true, "Div": true, "Rem": true,
	"BitAnd": true, "BitOr": true, "BitXor": true,
}

// firstArg is the first type among the arguments of a trait.
func firstArg(p *mir.Path) *mir.Type {
	if len(p.Segs) > 0 {
		for _, a := range p.Segs[len(p.Segs)-1].Args {
			if a.Type != nil && a.Binding == "" {
				return a.Type
			}
		}
	}
	return nil
}

// argHead tells an argument from others as far as its outermost name; "" is any.
func (r *reader) argHead(t *mir.Type) string {
	switch {
	case t == nil:
		return ""
	case t.Kind == mir.TypeRef:
		return "&"
	case t.Kind == mir.TypeSlice:
		return "["
	case t.Kind == mir.TypePrim:
		return t.Text
	case t.Kind == mir.TypePath && t.Path != nil && len(t.Path.Segs) > 1:
		return ir.LastSeg(t.Path)
	}
	return ""
}

// writtenHead is argHead for the first argument of a trait in a header.
func (r *reader) writtenHead(args string, params []string) string {
	first := strings.TrimSpace(ir.SplitTop(strings.TrimSuffix(strings.TrimSpace(args), ">"), ",")[0])
	switch {
	case strings.HasPrefix(first, "&"):
		return "&"
	case strings.HasPrefix(first, "[") && !strings.Contains(first, ";"):
		return "["
	}
	plain := ir.Plain(first)
	w := lastSeg(plain)
	head, _, _ := strings.Cut(plain, "::")
	switch {
	case strings.HasPrefix(first, "<"), slices.Contains(params, head): // an associated type
		return ""
	case !isWord(w) || strings.ContainsAny(plain, "$<>[](){}; '=*"), strings.HasPrefix(plain, "Self"), has(r.u.Declared.Aliases, w), stdAliases[w], !isTypeName(w) && !primitive[w]:
		return ""
	}
	return w
}

// stdAliases are names of the standard library for types that have another.
var stdAliases = map[string]bool{"RawFd": true, "RawHandle": true, "RawSocket": true, "ParseError": true, "LockResult": true, "TryLockResult": true}

var primitive = map[string]bool{
	"u8": true, "u16": true, "u32": true, "u64": true, "u128": true, "usize": true, "i8": true, "i16": true, "i32": true, "i64": true, "i128": true,
	"isize": true, "f32": true, "f64": true, "bool": true, "char": true, "str": true,
}

// implSelf is the last segment of the type in `<impl path::Type<T>>`.
func implSelf(seg string) string {
	seg = strings.TrimSuffix(strings.TrimPrefix(seg, "<impl "), ">")
	if _, self, ok := strings.Cut(seg, " for "); ok {
		seg = self
	}
	return lastSeg(ir.Plain(strings.TrimLeft(seg, "&")))
}

// self is the name of the type that a call is of, and whether it can be any.
func (r *reader) self(t *mir.Type) (int32, bool) {
	for (t.Kind == mir.TypeRef || t.Kind == mir.TypeRawPtr || t.Kind == mir.TypeSlice || t.Kind == mir.TypeArray) && len(t.Args) > 0 {
		t = t.Args[0]
	}
	switch t.Kind {
	case mir.TypePrim:
		return r.name("", t.Text), false
	case mir.TypeNever, mir.TypeTuple, mir.TypeFnPtr, mir.TypeFnItem, mir.TypeClosure:
		return -1, false
	case mir.TypePath:
		if t.Path == nil || len(t.Path.Segs) == 0 {
			return -1, true
		}
		n := r.path(t.Path)
		if len(t.Path.Segs) == 1 && t.Path.Self == nil && t.Path.Segs[0].Args == nil {
			name := t.Path.Segs[0].Name // a parameter is printed as a type at the crate's root is
			return n, !has(r.u.Declared.Types, name) || has(r.u.Declared.Params, name)
		}
		return n, false
	}
	return -1, true
}

func (r *reader) rvalue(b *mir.Body, rv *mir.Rvalue) {
	for i := range rv.Args {
		r.operand(&rv.Args[i])
	}
	switch rv.Kind {
	case mir.Adt:
		if rv.Path != nil {
			s := &seen{}
			head := "?"
			if len(rv.Path.Segs) > 1 {
				head = rv.Path.Segs[0].Name
			} else {
				head = ""
			}
			for i := max(0, len(rv.Path.Segs)-2); i < len(rv.Path.Segs); i++ { // of a variant, the enum
				if name := rv.Path.Segs[i].Name; i == 0 && len(rv.Path.Segs) > 1 && !isTypeName(name) && !has(r.u.Declared.Types, name) {
					continue // a crate or a module
				}
				s.names = append(s.names, r.name(head, rv.Path.Segs[i].Name))
				r.made[strings.Clone(rv.Path.Segs[i].Name)] = true
			}
			for _, n := range s.names {
				r.cur.live[n] = true
			}
			args := &seen{} // what drops the value may call functions of these
			r.args(rv.Path, args)
			r.touch(args)
		}
	case mir.Cast:
		r.live(rv.Type)
		if strings.Contains(rv.Op, "Unsize") {
			for i := range rv.Args {
				a := &rv.Args[i]
				if a.Const != nil {
					r.touch(r.of(a.Const.Type))
					continue
				}
				if t := ir.PlaceType(b, &a.Place); t != nil {
					r.touch(r.of(t))
				} else if int(a.Place.Local) < len(b.Locals) {
					r.touch(r.of(b.Locals[a.Place.Local].Type))
				}
			}
		}
	case mir.ThreadLocalRef:
		r.text(rv.Text)
	case mir.RvalueUnsupported:
		r.words(rv.Text)
	default:
		if rv.Type != nil {
			r.live(rv.Type)
		}
	}
}

func (r *reader) operand(o *mir.Operand) {
	if o.Kind == mir.Constant && o.Const != nil {
		r.constant(o.Const)
	}
}

func (r *reader) constant(c *mir.Const) {
	if c.Type != nil {
		r.live(c.Type)
	}
	switch {
	case c.Path != nil:
		if !strings.HasPrefix(ir.LastSeg(c.Path), "promoted[") { // it is a part of the body
			r.cur.refs[r.callee(c.Path)] = true
		}
		s := &seen{}
		r.args(c.Path, s)
		r.touch(s)
		if n := len(c.Path.Segs); n > 2 || n > 1 && c.Path.Self == nil { // Type::f: what comes with the type comes in
			if of := c.Path.Segs[n-2]; isTypeName(of.Name) || len(of.Args) > 0 {
				head := ""
				if n > 2 {
					head = c.Path.Segs[0].Name
				}
				r.cur.live[r.name(head, of.Name)] = true
			}
		}
	case c.Kind == mir.ConstOther:
		r.words(c.Text)
	}
}

func (r *reader) terminator(t *mir.Terminator) {
	for i := range t.Args {
		r.operand(&t.Args[i])
	}
	switch t.Kind {
	case mir.Call, mir.TailCall:
		r.operand(&t.Func)
	case mir.SwitchInt, mir.Assert:
		r.operand(&t.Cond)
	case mir.InlineAsm, mir.TermUnsupported:
		r.words(t.Text)
	}
}

// text takes the path in a text as a name of something that can run.
func (r *reader) text(s string) {
	p := mir.NewTypes().Path(strings.TrimSpace(s))
	if len(p.Segs) > 0 {
		r.cur.refs[r.callee(p)] = true
	}
}

// words takes every word of a text for a name, of a type and of what can run.
func (r *reader) words(text string) {
	for _, w := range ir.Tokens(text) {
		if isWord(w) {
			n := r.name("?", w)
			r.cur.live[n], r.cur.touch[n] = true, true
			r.cur.refs[r.ref(ref{Self: -1, Head: "?", Last: w, Word: true})] = true
		}
	}
}

// alloc reads the head of a constant's memory: the static, the function or the
// table of methods that it is.
func (r *reader) alloc(text string) {
	if r.cur == nil {
		return
	}
	line, _, _ := strings.Cut(text, "\n")
	_, in, ok := strings.Cut(line, " (")
	if !ok {
		return
	}
	word, rest, ok := strings.Cut(in, ": ")
	if !ok {
		return
	}
	switch word {
	case "static", "fn", "extern static":
		if i := strings.LastIndex(rest, ", size:"); i >= 0 {
			rest = rest[:i]
		} else {
			rest = strings.TrimSuffix(rest, ")")
		}
		r.text(rest)
	case "vtable":
		self := strings.TrimSuffix(strings.TrimSuffix(rest, "{"), ")")
		s := &seen{}
		r.lexed(self, s)
		r.touch(s)
	}
}

// parents finds for each closure, promoted constant and the like the body that it is a part of.
func (r *reader) parents() {
	at := map[string]int32{}
	for i := range r.u.Bodies {
		at[r.u.Bodies[i].Name] = int32(i)
	}
	for i := range r.u.Bodies {
		b := &r.u.Bodies[i]
		name := b.Name
		if _, of, ok := strings.Cut(name, " in "); ok && strings.HasPrefix(name, "promoted[") {
			if p, ok := at[of]; ok {
				b.Parent = p
			}
			continue
		}
		if !strings.HasPrefix(b.Last, "{") && !strings.HasPrefix(b.Last, "promoted[") {
			continue
		}
		b.Symbol = !strings.HasPrefix(b.Last, "{constant#") // unless what it is a part of is found; the length of an array runs nowhere
		for {
			j := strings.LastIndex(name, "::")
			if j < 0 {
				break
			}
			name = name[:j]
			if p, ok := at[name]; ok && p != int32(i) {
				b.Parent, b.Symbol = p, false
				break
			}
		}
	}
}

func has(list []string, w string) bool {
	_, ok := slices.BinarySearch(list, w)
	return ok
}

func isStd(head string) bool {
	return head == "std" || head == "core" || head == "alloc" || head == "proc_macro" || head == "test"
}

// lastSeg is the last segment of a path without generic arguments.
func lastSeg(p string) string {
	if i := strings.LastIndex(p, "::"); i >= 0 {
		return p[i+2:]
	}
	return p
}

// ownerSeg is the segment before the last.
func ownerSeg(p string) string {
	i := strings.LastIndex(p, "::")
	if i < 0 {
		return ""
	}
	return lastSeg(p[:i])
}
