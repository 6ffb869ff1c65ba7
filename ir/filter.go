package ir

import "softshell/mir"

// calleeSet is a Bloom filter over the last segments of the names that a body
// calls: it answers "surely not" without the body.
type calleeSet [2]uint64

func calleeBit(name string) (word int, bit uint64) {
	h := uint32(2166136261) // FNV-1a
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	h ^= h >> 15
	return int(h >> 6 & 1), 1 << (h & 63)
}

func (s *calleeSet) add(name string) {
	w, b := calleeBit(name)
	s[w] |= b
}

func (s *calleeSet) has(name string) bool {
	w, b := calleeBit(name)
	return s[w]&b != 0
}

// callees collects what a body calls.
func callees(b *mir.Body) (s calleeSet) {
	for i := range b.Blocks {
		t := &b.Blocks[i].Term
		if (t.Kind == mir.Call || t.Kind == mir.TailCall) && t.Func.Const != nil && t.Func.Const.Path != nil {
			s.add(LastSeg(t.Func.Const.Path))
		}
	}
	return s
}

// mentionsRaw reports whether a local of the body is, or is a reference to, a raw pointer.
func mentionsRaw(b *mir.Body) bool {
	for i := range b.Locals {
		if t := b.Locals[i].Type; t != nil && (t.Kind == mir.TypeRawPtr || t.Kind == mir.TypeRef && len(t.Args) > 0 && t.Args[0].Kind == mir.TypeRawPtr) {
			return true
		}
	}
	return false
}

// MayCall reports whether the function may call something whose name ends in
// one of the given segments ("set_len"). It needs no code; false is sure, true
// is not.
func (f *Func) MayCall(names ...string) bool {
	for _, n := range names {
		if f.calls.has(n) {
			return true
		}
	}
	return false
}
