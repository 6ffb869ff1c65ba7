package quadratic

import (
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
)

// front is an element taken from, or put at, the beginning of a Vec or String:
// all that follow are moved.
func front(s *site) *hit {
	c := s.call
	if !c.Is("Vec::remove", "String::remove", "Vec::insert", "String::insert", "String::insert_str", "Vec::drain", "String::drain", "SmallVec::remove", "SmallVec::insert") || len(c.Args) < 2 {
		return nil
	}
	coll, ok := s.collectionOf(&c.Args[0])
	if !ok || coll.loop == nil {
		return nil
	}
	h := &hit{grade: finding.Likely}
	switch c.Last() {
	case "drain":
		if !s.drainsFirst(&c.Args[1]) {
			return nil
		}
	default:
		if !isZero(&c.Args[1]) {
			return s.insertSomewhere(coll)
		}
	}
	if s.grows(coll) != nil && c.Last() != "insert" && c.Last() != "insert_str" && s.keptShort(coll) || s.keptShort(coll) && strings.HasPrefix(c.Last(), "insert") {
		return nil
	}
	what := s.calleeText()
	if strings.HasPrefix(c.Last(), "insert") {
		h.title = sprintf("`%s` at the front, in a loop, moves all elements each time", what)
		h.label = "puts one in front: all that are there already move up by one"
		h.fix = "push at the end and reverse once behind the loop, or use a `VecDeque` and `push_front`"
		if c.Is("String::insert", "String::insert_str") {
			h.fix = "append at the end and reverse the order in which the pieces are made, or collect them and join once"
		}
		return h
	}
	h.title = sprintf("`%s` at the front, in a loop, moves all elements each time", what)
	h.label = "takes the first one out: all that follow move down by one"
	h.fix = "use a `VecDeque` and `pop_front`, an iterator (`into_iter`, `drain(..)`), or an index that counts up"
	return h
}

// insertSomewhere is an insertion at a place that only the run knows.
func (s *site) insertSomewhere(coll collection) *hit {
	if s.call.Last() != "insert" || s.call.Args[1].Kind == mir.Constant || s.keptShort(coll) {
		return nil
	}
	return &hit{
		grade: finding.Possible,
		title: sprintf("`%s` in a loop moves all behind the place each time", s.calleeText()),
		label: "puts one in between: all behind it move up by one",
		note:  "whether the place is near the end is not known here",
		fix:   "collect and sort once behind the loop, or use a `BTreeMap` or a `VecDeque`",
	}
}

// drainsFirst reports whether a range ends at a small constant.
func (s *site) drainsFirst(op *mir.Operand) bool {
	t := s.v.TypeOf(op)
	if t == nil || t.Path == nil || ir.LastSeg(t.Path) != "Range" && ir.LastSeg(t.Path) != "RangeTo" {
		return false
	}
	f := s.v.Feed(op, nil)
	if len(f.Consts) == 0 || len(f.Calls) > 0 || len(f.Params()) > 0 {
		return false
	}
	return !slices.ContainsFunc(f.Consts, func(c *mir.Const) bool { return c.Kind != mir.ConstInt || c.Int > 8 || c.Int < 0 })
}

// search is a look through a list to which the same turn adds.
func search(s *site) *hit {
	c := s.call
	if len(c.Args) < 2 || c.Args[0].Kind == mir.Constant {
		return nil
	}
	var list *mir.Operand
	elem := (*mir.Type)(nil)
	switch {
	case c.Is("slice::contains", "VecDeque::contains", "LinkedList::contains", "Vec::contains"):
		list, elem = &c.Args[0], ir.Pointee(s.v.TypeOf(&c.Args[1]))
	case c.Is("Iterator::any", "Iterator::position"):
		if it := s.iterates(&c.Args[0]); it != nil && it.Is("slice::iter", "VecDeque::iter", "LinkedList::iter") {
			list = &it.Args[0]
			if t := s.v.TypeOf(&c.Args[0]); t != nil {
				elem = ir.TypeArg(ir.Pointee(t), 0)
			}
		}
	}
	if list == nil {
		return nil
	}
	coll, ok := s.collectionOf(list)
	if !ok {
		return nil
	}
	push := s.grows(coll)
	if push == nil || s.keptShort(coll) || push.Last() == "entry" {
		return nil
	}
	grade, many := s.manyValues(elem)
	if !many {
		return nil
	}
	h := &hit{
		grade: grade,
		title: sprintf("`%s` looks through a list that each turn makes longer", s.calleeText()),
		label: "looks at all elements that are there",
		other: push, also: "and adds one",
		fix: "keep a `HashSet` (or `BTreeSet`) of what was seen beside the list, or sort and `dedup` once behind the loop",
	}
	if coll.loop == nil {
		h.label = "each call looks at all elements that earlier calls added"
	}
	if h.grade == finding.Possible {
		h.note = "how many different elements there can be is not known here"
	}
	return h
}

// iterates is the call that made the iterator behind a receiver, nil when it is not known.
func (s *site) iterates(op *mir.Operand) *flow.CallSite {
	if op.Kind == mir.Constant {
		return nil
	}
	r := s.v.Root(op)
	if r.Local() < 0 || !r.Whole() {
		return nil
	}
	d, ok := s.v.Def(r.Local())
	if !ok || d.Stmt != flow.Term {
		if len(r.Via) > 0 {
			return s.v.Call(r.Via[0])
		}
		return nil
	}
	c := s.v.Call(d.Block)
	if c == nil || len(c.Args) == 0 {
		return nil
	}
	return c
}

// manyValues says whether a type has so many values that a list of different
// ones can be long: not for a byte; for an enum without fields it is not known.
func (s *site) manyValues(t *mir.Type) (g finding.Grade, many bool) {
	for t != nil && t.Kind == mir.TypeRef && len(t.Args) > 0 {
		t = t.Args[0]
	}
	if t == nil {
		return finding.Possible, true
	}
	switch t.Kind {
	case mir.TypePrim:
		if t.Text == "u8" || t.Text == "i8" || t.Text == "bool" {
			return 0, false
		}
		return finding.Likely, true
	case mir.TypePath:
		switch ir.LastSeg(t.Path) {
		case "String", "Vec", "PathBuf", "OsString", "Box", "Rc", "Arc", "Path", "Cow":
			return finding.Likely, true
		}
		if len(s.p.Types.Shapes(s.p.Crate.Name)[t.Path.Plain]) > 0 {
			return finding.Likely, true
		}
		return finding.Possible, true
	case mir.TypeTuple, mir.TypeSlice:
		return finding.Likely, true
	}
	return finding.Possible, true
}

// stepping are iterators that reach their n-th element by n steps.
var stepping = []string{"Chars", "CharIndices", "Split", "SplitN", "RSplit", "Lines", "SplitWhitespace", "SplitAsciiWhitespace", "SplitTerminator", "Keys", "Values", "LinkedList", "linked_list", "hash_map", "hash_set", "btree_map", "btree_set"}

func isStepping(t *mir.Type) bool {
	if t == nil || t.Path == nil {
		return false
	}
	for t.Path != nil && has([]string{"Rev", "Enumerate", "Skip", "Peekable"}, ir.LastSeg(t.Path)) {
		if t = ir.TypeArg(t, 0); t == nil {
			return false
		}
	}
	return t.Path != nil && slices.ContainsFunc(t.Path.Segs, func(seg mir.PathSeg) bool { return has(stepping, seg.Name) })
}

// walk is a walk from the start to an index that the loop counts up.
func walk(s *site) *hit {
	c := s.call
	if !c.Is("Iterator::nth", "Iterator::skip") || len(c.Args) != 2 || c.Path.Self == nil || !isStepping(c.Path.Self) || !s.counts(&c.Args[1]) {
		return nil
	}
	src := s.source(&c.Args[0])
	if src == nil {
		return nil
	}
	coll, ok := s.collectionOf(&src.Args[0])
	if !ok || coll.loop == nil || !coll.loop.Has(src.Block) {
		return nil
	}
	return &hit{
		grade: finding.Likely,
		title: sprintf("`%s().%s(i)` in a loop walks from the start to each place", src.Last(), c.Last()),
		label: "starts at the beginning and takes i steps",
		other: src, also: "made anew in each turn from the same text or collection",
		fix: sprintf("go through `%s()` once (`enumerate` gives the index), or collect it into a `Vec` before the loop", src.Last()),
	}
}

// source is the call inside the loop that begins to iterate, behind adaptors.
func (s *site) source(op *mir.Operand) *flow.CallSite {
	for range 6 {
		it := s.iterates(op)
		if it == nil {
			return nil
		}
		if !it.Is("Iterator::rev", "Iterator::skip", "Iterator::enumerate", "Iterator::peekable", "IntoIterator::into_iter") {
			return it
		}
		op = &it.Args[0]
	}
	return nil
}

// counts reports whether an operand takes another value in each turn.
func (s *site) counts(op *mir.Operand) bool { return op.Kind != mir.Constant && s.varies(op) }

// recount is the length of a text, counted by going through it, that a loop asks for in each turn.
func recount(s *site) *hit {
	c := s.call
	if !c.Is("Iterator::count") || len(c.Args) != 1 || c.Path.Self == nil || !isStepping(c.Path.Self) {
		return nil
	}
	src := s.source(&c.Args[0])
	if src == nil {
		return nil
	}
	coll, ok := s.collectionOf(&src.Args[0])
	if !ok || coll.loop == nil || !coll.loop.Has(src.Block) || !s.decides(coll.loop) {
		return nil
	}
	return &hit{
		grade: finding.Likely,
		title: sprintf("`%s().count()` as the bound of a loop goes through the whole text in each turn", src.Last()),
		label: "goes through all of it to count",
		fix:   "count once, before the loop",
	}
}

// decides reports whether the call's result, compared with a counter, ends the loop.
func (s *site) decides(l *flow.NaturalLoop) bool {
	for b := range s.v.MIR.Blocks {
		if !l.Has(int32(b)) || s.v.MIR.Blocks[b].Term.Kind != mir.SwitchInt {
			continue
		}
		for _, e := range s.v.CFG.Succs[b] {
			if l.Has(e.To) {
				continue
			}
			if cmp, ok := s.v.Compares(flow.Guard{Block: int32(b), Case: e.Case}); ok && (s.fedBy(cmp.X, s.call) || s.fedBy(cmp.Y, s.call)) {
				return true
			}
		}
	}
	return false
}

// recollect is a collection that each turn of a loop over a text or list makes
// of the same whole.
func recollect(s *site) *hit {
	c := s.call
	if !c.Is("Iterator::collect") || len(c.Args) != 1 {
		return nil
	}
	src := s.source(&c.Args[0])
	if src == nil || !src.Is("str::chars", "str::bytes", "str::char_indices", "str::lines", "str::split_whitespace", "slice::iter") {
		return nil
	}
	coll, ok := s.collectionOf(&src.Args[0])
	if !ok || coll.loop == nil || !coll.loop.Has(src.Block) || !s.over(coll.loop, coll.root) || s.grows(coll) != nil {
		return nil
	}
	return &hit{
		grade: finding.Likely,
		title: sprintf("`%s().collect()` copies the whole in each turn of a loop over it", src.Last()),
		label: "the whole is collected again",
		fix:   "collect once, before the loop",
	}
}

// formatting are calls through which the text so far goes into the next one.
var formatting = []string{"Argument::new_display", "Argument::new_debug", "Arguments::new", "Arguments::new_v1", "Arguments::from_str", "Arguments::new_const", "Deref::deref", "String::as_str", "String::as_bytes", "Vec::as_slice",
	"AsRef::as_ref", "hint::must_use", "fmt::format", "slice::concat", "slice::join", "Clone::clone", "ToString::to_string", "ToOwned::to_owned", "<String as Add>::add", "Borrow::borrow", "slice::to_vec", "Into::into"}

// rebuild is a text or list that is put together anew of itself and one piece more.
func rebuild(s *site) *hit {
	c := s.call
	if !c.Is("fmt::format", "slice::concat", "slice::join", "<String as Add>::add") || len(c.Args) == 0 || s.v.Loop(c.Block) == 0 {
		return nil
	}
	f := s.v.Feed(&c.Args[0], func(c *flow.CallSite) bool { return c.Is(formatting...) })
	if !f.Calls[c.Block] || c.Is("<String as Add>::add") && f.Call("Clone::clone", "ToString::to_string", "ToOwned::to_owned") == nil || s.fewTurns(s.v.LoopsAround(c.Block)[0]) {
		return nil
	}
	return &hit{
		grade: finding.Likely,
		title: sprintf("`%s` in a loop copies all that was put together so far", s.calleeText()),
		label: "the text so far goes in, and a longer copy comes out",
		fix:   "append in place: `push_str`, `write!(s, ..)`, `extend`; `s = s + x` re-uses the memory too",
	}
}

// rest are calls that give the part behind something.
var rest = []string{"Index::index", "Deref::deref", "String::as_str", "Vec::as_slice", "str::trim_start", "str::trim", "str::trim_start_matches", "AsRef::as_ref", "Option::unwrap", "str::strip_prefix", "Into::into",
	"ToString::to_string", "ToOwned::to_owned", "slice::to_vec", "From::from", "Vec::split_off", "String::split_off", "str::split_at", "slice::split_at"}

// copyRest is a text or list that is replaced by a copy of all but its beginning.
func copyRest(s *site) *hit {
	c := s.call
	if !c.Is("<str as ToString>::to_string", "ToOwned::to_owned", "slice::to_vec", "<String as From>::from", "<Vec as From>::from", "Into::into", "Vec::split_off", "String::split_off") || len(c.Args) == 0 || s.v.Loop(c.Block) == 0 {
		return nil
	}
	f := s.v.Feed(&c.Args[0], func(c *flow.CallSite) bool { return c.Is(rest...) })
	if !f.Calls[c.Block] || s.fewTurns(s.v.LoopsAround(c.Block)[0]) {
		return nil
	}
	if c.Last() != "split_off" && !s.cutsFront(f) {
		return nil
	}
	return &hit{
		grade: finding.Likely,
		title: sprintf("`%s` in a loop copies all that is left each time", s.calleeText()),
		label: "all but the beginning is copied, and replaces the whole",
		fix:   "keep a slice (`rest = &rest[n..]`) or an index that moves on, and copy nothing",
	}
}

// cutsFront reports whether a value goes through an index `[n..]`, or a
// method that takes the beginning away.
func (s *site) cutsFront(f *flow.Feed) bool {
	for b := range f.Calls {
		c := s.v.Call(b)
		if c == nil {
			continue
		}
		if c.Is("str::strip_prefix", "str::trim_start_matches") {
			return true
		}
		if c.Is("Index::index") && len(c.Args) == 2 {
			if t := s.v.TypeOf(&c.Args[1]); t != nil && t.Path != nil && ir.LastSeg(t.Path) == "RangeFrom" {
				return true
			}
		}
	}
	return false
}

// resort is a list that is sorted after each element that is added.
func resort(s *site) *hit {
	c := s.call
	if !strings.HasPrefix(c.Name(), "slice::sort") || len(c.Args) == 0 {
		return nil
	}
	coll, ok := s.collectionOf(&c.Args[0])
	if !ok || coll.loop == nil {
		return nil
	}
	push := s.grows(coll)
	if push == nil || push.Last() != "push" || s.v.LoopsAround(push.Block)[0] != coll.loop || s.keptShort(coll) {
		return nil
	}
	return &hit{
		grade: finding.Likely,
		title: sprintf("`%s` sorts a list in each turn that makes it longer", s.calleeText()),
		label: "goes through all elements, although only one is new",
		other: push, also: "adds one",
		fix: "sort once behind the loop, or keep a `BinaryHeap` or `BTreeSet`",
	}
}
