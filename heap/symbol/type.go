package symbol

import (
	"fmt"
	"strings"

	"softshell/heap/dwarf"
	"softshell/heap/profile"
)

// Type is what a stack allocated. The zero Type is an unknown one.
type Type struct {
	Handle string // what owns the block: "Rc", "Arc", "Box", "Vec", "String", "HashMap" and so on
	Name   string // of the value in it: "leaky::Node"; of a buffer, that of its elements
	Size   uint64 // bytes of one value; 0 when only the name is known, from a symbol
	Value  uint64 // offset of the first value in the block: behind the counts of an Rc
	Many   bool   // the block is a buffer of values

	Counted bool   // it begins with counts of references
	Strong  uint64 // their offsets, as the debug information has them
	Weak    uint64

	module, entry int
	array         uint64 // elements of an array in a Box, 0 for a slice
	limit         uint64 // end of the values in a table, 0 when they fill the block
}

// String is the type as a user writes it: "Rc<leaky::Node>".
func (ty Type) String() string {
	switch {
	case ty.Handle == "String" || ty.Name == "":
		return ty.Handle
	case ty.Handle == "":
		return ty.Name
	case ty.Handle == "Box" && ty.array > 0:
		return fmt.Sprintf("Box<[%s; %d]>", ty.Name, ty.array)
	case ty.Many && (ty.Handle == "Rc" || ty.Handle == "Arc" || ty.Handle == "Box"):
		return ty.Handle + "<[" + ty.Name + "]>"
	case ty.Handle == "HashMap" && strings.HasPrefix(ty.Name, "(") && strings.HasSuffix(ty.Name, ")"):
		return ty.Handle + "<" + ty.Name[1:len(ty.Name)-1] + ">"
	case ty.Handle == "BTreeMap" || ty.Handle == "LinkedList":
		return ty.Handle + strings.TrimPrefix(ty.Name, base(ty.Name))
	}
	return ty.Handle + "<" + ty.Name + ">"
}

// TypeOf tells what a stack allocated in a block of size bytes. The innermost
// location comes first; Resolve must have seen all of them. A type whose size does
// not fit the block is not named.
func (t *Table) TypeOf(stack []profile.Location, size uint64) Type {
	var ty Type
	if !dwarf.Guard(func() { t.typeOf(&ty, stack, size) }) {
		return Type{}
	}
	return ty
}

func (t *Table) typeOf(ty *Type, stack []profile.Location, size uint64) {
	var last step
	for _, f := range t.steps(stack) {
		switch {
		case ty.Handle != "" && last.outer:
			if !t.corrected(ty, last, f, size) && last.merged {
				*ty = Type{}
				return
			}
			if f.standard {
				t.widen(ty, f)
			}
		case !f.standard:
		case ty.Handle == "":
			*ty = t.typed(f, size)
		default:
			t.widen(ty, f)
		}
		if !f.standard {
			return
		}
		last = f
	}
}

// corrected believes the caller of a function that was compiled by itself. That
// function may serve several types: see markMerged; its caller, in whose code it
// was not merged, has the right one. A trait's function tells nothing of the types
// around it: a Vec<Vec<T>> clones each Vec<T>.
func (t *Table) corrected(ty *Type, callee, caller step, size uint64) bool {
	if !caller.standard || strings.Contains(callee.name, " as ") {
		return false
	}
	better := t.typed(caller, size)
	if better.Handle != ty.Handle && !(better.Handle == "VecDeque" && ty.Handle == "Vec") {
		return false
	}
	if better.Name != ty.Name {
		*ty = better
	}
	return true
}

// allocator is how many of the innermost locations may be those of an allocator of
// the user's own, whose functions are few.
const allocator = 12

// Enough reports whether TypeOf looks no further than to this location of a stack,
// the i-th from the innermost.
func (t *Table) Enough(i int, at profile.Location) bool {
	if i < allocator {
		return false
	}
	s := t.known[key{at.Module, at.Offset}]
	return len(s) > 0 && !s[len(s)-1].standard && !allocatorEntry(s[len(s)-1].name)
}

// steps are the functions of a stack from the one that called the allocator. What
// an allocator of the user's own calls lies before that.
func (t *Table) steps(stack []profile.Location) []step {
	var out []step
	entered := false
	for i, at := range stack {
		for _, f := range t.known[key{at.Module, at.Offset}] {
			if !entered && allocatorEntry(f.name) {
				entered, out = true, out[:0]
				continue
			}
			out = append(out, f)
		}
		if n := len(out); n > 0 && !out[n-1].standard && (entered || i >= allocator) {
			break
		}
	}
	return out
}

// allocatorEntry tells the functions by which Rust code enters its allocator.
func allocatorEntry(name string) bool {
	return strings.HasPrefix(name, "__rustc::__rust_") || strings.HasPrefix(name, "__rust_alloc") || strings.HasPrefix(name, "__rust_realloc")
}

// step is a frame as TypeOf looks at it.
type step struct {
	module   int
	function *dwarf.Function // nil without debug information
	name     string          // demangled
	standard bool            // of the standard library
	outer    bool            // the others of its location are inlined in it
	merged   bool            // the code serves other types too, whose functions came out the same
}

// typed tells what a function of the standard library allocates for.
func (t *Table) typed(f step, size uint64) Type {
	self := selfType(f.name)
	handle := handles[base(self)]
	if handle == "" && strings.HasPrefix(f.name, "alloc::vec::from_elem") {
		handle = "Vec"
	}
	if handle == "" {
		return Type{}
	}
	im := t.image(f.module)
	im.mu.Lock()
	defer im.mu.Unlock()
	entry := 0
	if f.function != nil {
		for _, a := range f.function.Args {
			if a.Name == "T" {
				entry = a.Type
			}
		}
	}
	if entry == 0 {
		return named(handle, self)
	}
	ty := Type{Handle: handle, module: f.module}
	slice := isSlice(argumentOf(self)) || isSlice(argumentOf(f.function.Name))
	entry = im.unwrap(entry)
	l := im.layoutOf(entry, 0)
	if handle == "Box" && !slice {
		switch base(l.name) {
		case "alloc::rc::RcInner", "alloc::rc::RcBox":
			return im.counted(ty, "Rc", l, size)
		case "alloc::sync::ArcInner":
			return im.counted(ty, "Arc", l, size)
		case "alloc::collections::btree::node::LeafNode", "alloc::collections::btree::node::InternalNode":
			ty.Handle = "BTreeMap"
		case "alloc::collections::linked_list::Node":
			ty.Handle = "LinkedList"
		}
	}
	if l.tag == dwarf.TagArrayType && handle == "Box" && !slice {
		elem := im.layoutOf(l.elem, 0)
		if l.size != size || elem.size == 0 {
			return Type{}
		}
		ty.Name, ty.Size, ty.Many, ty.entry, ty.array = elem.name, elem.size, true, l.elem, l.size/elem.size
		if strings.HasSuffix(f.name, "::new_uninit") {
			ty.Handle = "Vec" // of vec![a, b]; widen puts it right for an array in a Box
		}
		return ty
	}
	ty.Name, ty.Size, ty.entry = l.name, l.size, entry
	ty.Many = slice || handle == "Vec" || handle == "HashMap" || handle == "VecDeque"
	if !fits(&ty, l, size) {
		return Type{}
	}
	return ty
}

// counted takes the value out of the block of an Rc or Arc.
func (im *image) counted(ty Type, handle string, inner *layout, size uint64) Type {
	if inner.size != size {
		return Type{}
	}
	ty.Handle, ty.Counted = handle, true
	for _, m := range inner.members {
		switch m.name {
		case "strong":
			ty.Strong = m.off
		case "weak":
			ty.Weak = m.off
		case "value", "data":
			ty.Value, ty.entry = m.off, im.unwrap(m.typ)
		}
	}
	l := im.layoutOf(ty.entry, 0)
	ty.Name, ty.Size = l.name, l.size
	return ty
}

// unwrap passes what only says that a value may not be there yet.
func (im *image) unwrap(entry int) int {
	for range 4 {
		l := im.layoutOf(entry, 0)
		switch base(l.name) {
		case "core::mem::maybe_uninit::MaybeUninit", "core::mem::manually_drop::ManuallyDrop":
			if l.argument["T"] == 0 {
				return entry
			}
			entry = l.argument["T"]
		default:
			return entry
		}
	}
	return entry
}

// fits checks a type against the size of the block, and finds where the values lie.
func fits(ty *Type, l *layout, size uint64) bool {
	switch {
	case l.size == 0:
		return false
	case ty.Handle == "HashMap":
		return table(ty, l, size)
	case ty.Handle == "Rc" || ty.Handle == "Arc":
		return behindCounts(ty, l, size)
	case !ty.Many:
		return l.size == size
	}
	return size%l.size == 0
}

// behindCounts checks the block of an Rc or Arc by the value's size, where the
// type of the whole is not at hand. The whole is rounded up to its alignment.
func behindCounts(ty *Type, l *layout, size uint64) bool {
	const counts = 16
	ty.Counted, ty.Weak = true, counts/2
	ty.Value = roundUp(counts, l.align)
	if size < ty.Value {
		return false
	}
	n := uint64(1)
	if ty.Many {
		n = (size - ty.Value) / l.size
	}
	return roundUp(ty.Value+n*l.size, max(counts/2, l.align)) == size
}

// table checks a hash table: a power of two of buckets, then a byte for each of
// them and for one group more.
func table(ty *Type, l *layout, size uint64) bool {
	for buckets := uint64(1); buckets < size; buckets *= 2 {
		for _, group := range []uint64{16, 8} {
			control := roundUp(buckets*l.size, max(group, l.align))
			if control+buckets+group == size {
				ty.Value = control - buckets*l.size
				ty.limit = control
				return true
			}
		}
	}
	return false
}

func roundUp(n, align uint64) uint64 {
	if align < 2 {
		return n
	}
	return (n + align - 1) / align * align
}

// widen names the owner by the functions further out, while they are of the
// standard library: a String's buffer is made as that of a Vec.
func (t *Table) widen(ty *Type, f step) {
	self := selfType(f.name)
	owner := owners[base(self)]
	switch {
	case ty.Handle == "Vec" && ty.Name == "u8" && (owner == "String" || strings.HasPrefix(f.name, "alloc::fmt::format") ||
		strings.HasPrefix(f.name, "alloc::str::") || strings.HasPrefix(f.name, "<str as ")):
		ty.Handle = "String"
	case ty.Handle == "Vec" && owner == "Box" && ty.Many:
		ty.Handle = "Box"
	case ty.Handle == "Vec" && (owner == "VecDeque" || owner == "BinaryHeap") && t.sameElement(ty, f):
		ty.Handle = owner
	case ty.Handle == "HashMap" && owner == "HashSet" && strings.HasSuffix(ty.Name, ", ())"):
		ty.Handle = owner
		ty.Name = strings.TrimSuffix(strings.TrimPrefix(ty.Name, "("), ", ())")
	case ty.Handle == "BTreeMap" && owner == "BTreeSet":
		ty.Handle = owner
	case (ty.Handle == "Rc" || ty.Handle == "Arc") && ty.Many && ty.Name == "u8" && owner == ty.Handle && argumentOf(self) == "str":
		ty.Name, ty.Many = "str", false
		ty.entry = 0
	}
}

// sameElement tells whether a container is made for the type that was found.
func (t *Table) sameElement(ty *Type, f step) bool {
	if f.function == nil {
		return true
	}
	im := t.image(ty.module)
	im.mu.Lock()
	defer im.mu.Unlock()
	for _, a := range f.function.Args {
		if a.Name == "T" {
			return im.layoutOf(a.Type, 0).name == ty.Name
		}
	}
	return false
}

// handles are the types whose functions allocate for a T.
var handles = map[string]string{
	"alloc::boxed::Box":                       "Box",
	"alloc::rc::Rc":                           "Rc",
	"alloc::sync::Arc":                        "Arc",
	"alloc::raw_vec::RawVec":                  "Vec",
	"alloc::vec::Vec":                         "Vec",
	"alloc::collections::vec_deque::VecDeque": "VecDeque",
	"hashbrown::raw::RawTable":                "HashMap",
}

// owners are the types that own what such a function made.
var owners = map[string]string{
	"alloc::boxed::Box":                           "Box",
	"alloc::rc::Rc":                               "Rc",
	"alloc::sync::Arc":                            "Arc",
	"alloc::string::String":                       "String",
	"alloc::collections::vec_deque::VecDeque":     "VecDeque",
	"alloc::collections::binary_heap::BinaryHeap": "BinaryHeap",
	"alloc::collections::btree::set::BTreeSet":    "BTreeSet",
	"std::collections::hash::set::HashSet":        "HashSet",
	"hashbrown::set::HashSet":                     "HashSet",
}

// selfType is the type that a method belongs to, with its arguments: that of
// "alloc::rc::Rc<T>::new", of "<alloc::rc::Rc<a::B>>::new" and of
// "<alloc::vec::Vec<T> as Trait>::from_iter".
func selfType(name string) string {
	if strings.HasPrefix(name, "<") {
		inner := name[1:]
		if end := closing(inner); end >= 0 {
			inner = inner[:end]
		}
		self, _, _ := cutAs(inner)
		return self
	}
	open := strings.IndexByte(name, '<')
	if open < 0 || strings.HasSuffix(name[:open], "::") {
		if end := strings.LastIndex(name, "::"); end >= 0 {
			return name[:end]
		}
		return ""
	}
	end := closing(name[open+1:])
	if end < 0 {
		return ""
	}
	return name[:open+1+end+1]
}

// argumentOf is what stands between the outermost brackets of a type.
func argumentOf(name string) string {
	open := strings.IndexByte(name, '<')
	if open < 0 {
		return ""
	}
	end := closing(name[open+1:])
	if end < 0 {
		return ""
	}
	return name[open+1 : open+1+end]
}

// isSlice tells [T] from [T; 3], at the beginning of a list of arguments. The debug
// information has the element's type for the first.
func isSlice(list string) bool {
	arg := firstArgument(list)
	if !strings.HasPrefix(arg, "[") || !strings.HasSuffix(arg, "]") {
		return false
	}
	return !strings.Contains(arg[strings.LastIndexAny(arg[:len(arg)-1], "[]()<>{}")+1:], ";")
}

// named reads the type from a name alone, which v0 symbols carry. Its size is not
// known and so was not checked.
func named(handle, self string) Type {
	arg := firstArgument(argumentOf(self))
	for {
		inner := base(arg)
		switch inner {
		case "alloc::rc::RcInner", "alloc::rc::RcBox":
			handle = "Rc"
		case "alloc::sync::ArcInner":
			handle = "Arc"
		case "alloc::collections::btree::node::LeafNode", "alloc::collections::btree::node::InternalNode":
			return Type{Handle: "BTreeMap", Name: arg}
		case "core::mem::maybe_uninit::MaybeUninit":
		default:
			inner = ""
		}
		if inner == "" {
			break
		}
		arg = firstArgument(argumentOf(arg))
	}
	if !strings.Contains(arg, "::") && !primitive[arg] {
		return Type{} // a parameter: legacy symbols have no more
	}
	ty := Type{Handle: handle, Name: arg, Many: handle == "Vec" || handle == "HashMap" || handle == "VecDeque"}
	if handle == "Rc" || handle == "Arc" {
		ty.Counted, ty.Weak, ty.Value = true, 8, 16
	}
	if strings.HasPrefix(arg, "[") && strings.HasSuffix(arg, "]") {
		ty.Name, ty.Many = arg[1:len(arg)-1], true
	}
	return ty
}

var primitive = set("u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "bool", "char", "str", "()",
	"[u8]")

// firstArgument cuts a list of arguments at its first comma outside of brackets.
func firstArgument(list string) string {
	depth := 0
	for i := range len(list) {
		switch list[i] {
		case '<', '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '>':
			if i == 0 || list[i-1] != '-' {
				depth--
			}
		case ',':
			if depth == 0 {
				return list[:i]
			}
		}
	}
	return list
}
