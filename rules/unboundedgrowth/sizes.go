package unboundedgrowth

import (
	"fmt"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

// allocators are calls that reserve memory for so many elements: the number
// of the argument that says how many.
var allocators = map[string]int{
	"Vec::with_capacity": 0, "String::with_capacity": 0, "VecDeque::with_capacity": 0, "HashMap::with_capacity": 0, "HashSet::with_capacity": 0, "BinaryHeap::with_capacity": 0,
	"vec::from_elem": 1, "Vec::reserve": 1, "Vec::reserve_exact": 1, "Vec::resize": 1, "String::reserve": 1, "VecDeque::reserve": 1, "VecDeque::resize": 1, "HashMap::reserve": 1,
	"bytes::BytesMut::with_capacity": 0, "bytes::BytesMut::reserve": 1, "bytes::BytesMut::resize": 1, "smallvec::SmallVec::with_capacity": 0,
}

var allocatorNames = ir.NewNames("with_capacity", "from_elem", "reserve", "reserve_exact", "resize")

// reading are the beginnings of names of functions that read a number.
var reading = []string{"read_u32", "read_u64", "read_u128", "read_i32", "read_i64", "read_usize", "get_u32", "get_u64", "get_i32", "get_i64", "get_uint", "read_uint", "read_varint", "read_raw_varint",
	"decode_varint", "get_varint", "read_leb128", "read_var", "from_be_bytes", "from_le_bytes", "from_ne_bytes", "parse"}

// lengths are names of functions of the crate itself that do.
var lengths = []string{"read_len", "read_length", "read_size", "read_count", "read_compact_size", "read_int"}

// named reports whether a name begins like one of a list; parse is a whole name.
func named(name string, list []string) bool {
	return slices.ContainsFunc(list, func(n string) bool { return name == n || n != "parse" && strings.HasPrefix(name, n) })
}

// exact are all such names as far as a filter of callees can be asked.
var exact = ir.NewNames("read_u32", "read_u64", "read_u128", "read_i32", "read_i64", "read_usize", "read_u32_le", "read_u64_le", "get_u32", "get_u64", "get_i32", "get_i64", "get_u32_le", "get_u64_le", "get_uint", "read_uint", "read_varint",
	"read_raw_varint32", "read_raw_varint64", "decode_varint", "get_varint", "read_leb128", "read_var_u32", "read_var_u64", "read_varint32", "read_varint64", "from_be_bytes", "from_le_bytes", "from_ne_bytes", "parse",
	"read_len", "read_length", "read_size", "read_count", "read_compact_size", "read_int")

// passing are calls that give a number on: conversions, arithmetic, unwrapping.
var passing = []string{"From::from", "Into::into", "TryFrom::try_from", "TryInto::try_into", "Try::branch", "Result::unwrap", "Result::expect", "Result::unwrap_or", "Result::unwrap_or_default", "Result::map_err", "Result::ok",
	"Option::unwrap", "Option::expect", "Option::unwrap_or", "Option::ok_or", "Option::ok_or_else", "Option::unwrap_or_default", "Future::poll", "IntoFuture::into_future"}

func passes(c *flow.CallSite) bool {
	last := c.Last()
	return c.Is(passing...) || strings.HasPrefix(last, "checked_") || strings.HasPrefix(last, "saturating_") || strings.HasPrefix(last, "wrapping_") || last == "to_usize" || last == "swap_bytes" || last == "to_le" || last == "to_be"
}

// sizer looks for allocations whose size was read, in one crate.
type sizer struct {
	p       *rule.Pass
	funcs   []*ir.Func
	readers map[*ir.Func]string // functions that return what they read: the name of the call that reads
	names   []string            // last segments of their names
	known   *ir.Names           // the same
	told    map[string]bool
}

// source is where a size comes from.
type source struct {
	f     *ir.Func
	block int32
	name  string // of the call that reads
	weak  bool   // parsed from text, of which it is not known who wrote it
	steps []finding.Step
}

func sizes(p *rule.Pass) {
	s := &sizer{p: p, readers: map[*ir.Func]string{}, told: map[string]bool{}, known: ir.NewNames()}
	for _, f := range p.Funcs() {
		if f.Head.Kind == mir.FnBody && (f.Impl == nil || !f.Impl.Derived) {
			s.funcs = append(s.funcs, f)
		}
	}
	if !slices.ContainsFunc(s.funcs, func(f *ir.Func) bool { return f.MayCallAny(allocatorNames) }) {
		return
	}
	s.findReaders()
	for _, f := range s.funcs {
		if f.MayCallAny(allocatorNames) {
			s.function(f)
		}
	}
}

// findReaders finds the functions that return a number that they read, two calls deep.
func (s *sizer) findReaders() {
	for range 2 {
		for _, f := range s.funcs {
			if s.readers[f] != "" || f.Head.Ret == nil || !f.MayCallAny(exact) && !f.MayCallAny(s.known) || !wide(f.Head.Ret) {
				continue
			}
			v := s.p.Engine.View(f)
			feed := v.FeedOf(&mir.Place{}, passes)
			if c, _ := s.reads(v, feed); c != nil && !bounds(v, feed) && !s.checked(v, c.Block, c.Block, true) {
				s.readers[f] = rule.Callee(f, c.Block)
			}
		}
		for f := range s.readers {
			if !slices.Contains(s.names, f.Last) {
				s.names = append(s.names, f.Last)
			}
		}
		slices.Sort(s.names)
		s.known = ir.NewNames(s.names...)
	}
}

// wide reports whether a number of 32 bits or more stands in a type.
func wide(t *mir.Type) bool {
	return slices.ContainsFunc([]string{"u32", "u64", "usize", "i32", "i64", "u128"}, func(n string) bool {
		return t.Text == n || strings.Contains(t.Text, "<"+n+",") || strings.Contains(t.Text, "<"+n+">")
	})
}

// reads is the call among those that feed a value which reads it from input.
func (s *sizer) reads(v *flow.View, feed *flow.Feed) (c *flow.CallSite, weak bool) {
	blocks := make([]int32, 0, len(feed.Calls))
	for b := range feed.Calls {
		blocks = append(blocks, b)
	}
	slices.Sort(blocks)
	for _, b := range blocks {
		call := v.Call(b)
		if call == nil || call.Path == nil {
			continue
		}
		last := call.Last()
		if t := call.Target; t != nil && (s.readers[t] != "" || named(last, reading[:len(reading)-4]) || named(last, lengths)) && t.Head.Ret != nil && wide(t.Head.Ret) {
			return call, false
		}
		if call.Target == nil && named(last, reading) {
			return call, last == "parse"
		}
	}
	return nil, false
}

// bounds reports whether a value cannot be large: by a minimum, a mask, a
// remainder, a narrow type on the way.
func bounds(v *flow.View, feed *flow.Feed) bool {
	if feed.Call("Ord::min", "cmp::min", "Ord::clamp", "Iterator::count") != nil {
		return true
	}
	for b := range feed.Calls {
		if c := v.Call(b); c != nil && (c.Last() == "min" || c.Last() == "clamp" || c.Last() == "len") {
			return true
		}
	}
	for l := range feed.Locals {
		if t := v.MIR.Locals[l].Type; t != nil && (t.Text == "u8" || t.Text == "u16" || t.Text == "i8" || t.Text == "i16") {
			return true
		}
		if rv := v.Rvalue(l); rv != nil && rv.Kind == mir.BinaryOp && (rv.Op == "BitAnd" || rv.Op == "Rem" || rv.Op == "Shr") {
			return true
		}
	}
	return false
}

// checked reports whether every way to a block leads through a branch that
// bounds what a call, or a parameter, gave: a comparison from above, or a test of what
// another call made of it. anywhere asks of all branches behind the call.
func (s *sizer) checked(v *flow.View, from, block int32, anywhere bool) bool {
	return s.bounded(v, func(op *mir.Operand) bool {
		return op.Kind != mir.Constant && v.Feed(op, passes).Calls[from]
	}, from, block, anywhere)
}

func (s *sizer) bounded(v *flow.View, isIt func(*mir.Operand) bool, from, block int32, anywhere bool) bool {
	var guards []flow.Guard
	if anywhere {
		for b := range v.MIR.Blocks {
			if v.MIR.Blocks[b].Term.Kind == mir.SwitchInt && v.Reached(int32(b)) {
				for _, e := range v.CFG.Succs[b] {
					guards = append(guards, flow.Guard{Block: int32(b), Case: e.Case})
				}
			}
		}
	} else {
		guards = v.Guards(block)
	}
	for _, g := range guards {
		if cmp, ok := v.Compares(g); ok {
			switch cmp.Op {
			case "Lt", "Le", "Eq":
				if isIt(cmp.X) && !zero(cmp.Y) || cmp.Op == "Eq" && isIt(cmp.Y) {
					return true
				}
			case "Gt", "Ge":
				if isIt(cmp.Y) && !zero(cmp.X) {
					return true
				}
			}
			continue
		}
		if s.tests(v, g, isIt, from) {
			return true
		}
	}
	return false
}

func zero(op *mir.Operand) bool {
	return op.Kind == mir.Constant && op.Const != nil && op.Const.Kind == mir.ConstInt && op.Const.Int == 0
}

// tests reports whether a branch tests what a call made of the value: `check(n)?`.
func (s *sizer) tests(v *flow.View, g flow.Guard, isIt func(*mir.Operand) bool, from int32) bool {
	t := &v.MIR.Blocks[g.Block].Term
	for b := range v.Feed(&t.Cond, func(*flow.CallSite) bool { return true }).Calls {
		c := v.Call(b)
		if c == nil || b == from || passes(c) {
			continue
		}
		for i := range c.Args {
			if isIt(&c.Args[i]) {
				return true
			}
		}
	}
	return false
}

// function looks at the allocations of one function.
func (s *sizer) function(f *ir.Func) {
	v := s.p.Engine.View(f)
	for _, c := range v.Calls() {
		n, ok := allocators[c.Name()]
		if !ok || n >= len(c.Args) || c.Args[n].Kind == mir.Constant {
			continue
		}
		if src := s.origin(v, &c.Args[n], c.Block, callers); src != nil {
			s.report(v, c, src)
		}
	}
}

// origin finds where a size comes from, if nothing bounds it; depth says how
// many callers are asked.
func (s *sizer) origin(v *flow.View, op *mir.Operand, block int32, depth int) *source {
	feed := v.Feed(op, passes)
	if bounds(v, feed) {
		return nil
	}
	if c, weak := s.reads(v, feed); c != nil {
		if s.checked(v, c.Block, block, false) {
			return nil
		}
		return &source{f: v.Fn, block: c.Block, name: rule.Callee(v.Fn, c.Block), weak: weak}
	}
	if depth == 0 || slices.Contains(general, v.Fn.Last) {
		return nil
	}
	for _, l := range feed.Params() {
		if t := v.MIR.Locals[l].Type; t == nil || !wide(t) {
			continue
		}
		isIt := func(op *mir.Operand) bool { return op.Kind != mir.Constant && v.Feed(op, passes).Locals[l] }
		if s.bounded(v, isIt, -1, block, false) {
			continue
		}
		if src := s.caller(v.Fn, int(l)-1, depth-1); src != nil {
			return src
		}
		if depth == callers && fills(v.Fn) {
			return &source{f: v.Fn, block: -1, name: "a parameter", weak: true}
		}
	}
	return nil
}

// callers is how many callers are asked for the origin of a parameter.
const callers = 2

// fills reports whether a function reads so much input as its parameter says:
// who calls it has most likely read the number too.
func fills(f *ir.Func) bool {
	if !named(f.Last, []string{"read", "deserialize", "decode", "parse_", "recv", "receive"}) {
		return false
	}
	iterates := f.MayCall("next") && slices.ContainsFunc(f.Head.Locals, func(l mir.Local) bool {
		return l.Type != nil && strings.Contains(l.Type.Text, "Iterator<")
	})
	return iterates || f.MayCall("read_exact", "read_to_end", "copy_to_slice")
}

// general are names that many functions have: their callers are not looked for.
var general = []string{"new", "with_capacity", "from", "default", "reserve", "resize", "clone", "into"}

// caller finds a call of a function whose argument was read.
func (s *sizer) caller(f *ir.Func, arg, depth int) *source {
	for _, g := range s.funcs {
		if g == f || !g.MayCall(f.Last) || depth == 0 && !g.MayCallAny(exact) && !g.MayCallAny(s.known) {
			continue
		}
		v := s.p.Engine.View(g)
		for _, c := range v.Calls() {
			if c.Target != f || arg >= len(c.Args) {
				continue
			}
			if src := s.origin(v, &c.Args[arg], c.Block, depth); src != nil {
				src.steps = append(src.steps, finding.Step{Span: rule.At(g, c.Block, flow.Term), Text: "it goes to `" + f.Name + "`"})
				return src
			}
		}
	}
	return nil
}

func (s *sizer) report(v *flow.View, c *flow.CallSite, src *source) {
	f := v.Fn
	what := rule.Callee(f, c.Block)
	if what == "vec::from_elem" {
		what = "vec![x; n]"
	}
	key := fmt.Sprint(f.Name, src.f.Name, src.block)
	if s.told[key] {
		return
	}
	s.told[key] = true
	g, notes := finding.Likely, []string(nil)
	switch {
	case src.block < 0:
		g = finding.Possible
		notes = append(notes, "no caller in this crate was seen to pass a number that it read")
	case src.weak:
		g = finding.Possible
		notes = append(notes, "the number is parsed from a text: whether an attacker writes that is not known here")
	}
	at := place(v, c.Block)
	first := finding.Step{Span: rule.Head(src.f), Text: "the caller says how much there is to read"}
	label := "the size comes from the caller, unchecked"
	if src.block >= 0 {
		first = finding.Step{Span: rule.At(src.f, src.block, flow.Term), Text: "`" + src.name + "` reads a number from input"}
		label = "the size comes from `" + src.name + "`, unchecked"
	}
	steps := []finding.Step{first}
	steps = append(steps, src.steps...)
	steps = append(steps, finding.Step{Span: at, Text: "memory for so many elements is asked for; nothing on the way compares the number with a limit"})
	s.p.Report(f, finding.Finding{
		Title:   fmt.Sprintf("`%s` allocates as much as a number in the input says", what),
		Grade:   g,
		Primary: at,
		Label:   label,
		Trace:   steps,
		Notes:   append(notes, "a few bytes of input reserve gigabytes; when the allocator refuses, the process aborts"),
		Fix:     &finding.Fix{Text: "compare it with a limit or with the input that is left, or begin with `min(n, 4096)` and let the collection grow as data arrives (`reader.take(n).read_to_end(..)`)"},
	})
}

// place is where a call stands; of one inside a macro of std, what stands before it.
func place(v *flow.View, block int32) finding.Span {
	for range 4 {
		if sp := rule.At(v.Fn, block, flow.Term); !sp.IsZero() || len(v.CFG.Preds[block]) == 0 {
			return sp
		}
		block = v.CFG.Preds[block][0]
	}
	return rule.Head(v.Fn)
}
