package ir

import (
	"slices"
	"strings"

	"softshell/mir"
)

// This file tells what a body surely does not hold, from facts that are noted
// while it is parsed: most bodies need not be looked at again.

// marks says what the types of a body's locals mention.
type marks uint8

const (
	markShared    marks = 1 << iota // Rc or Arc
	markRaw                         // the local is a raw pointer, or a reference to one
	markUnmanaged                   // a raw pointer or a wrapper, anywhere in the type
	markKnown                       // the type was looked at
)

// Heads describes the bodies that one mir.Reader reads.
type Heads struct {
	marks []marks  // of types by their ID, with markKnown
	room  []uint32 // where lists of callees grow
}

// marksOf says what the types of all locals mention.
func (h *Heads) marksOf(b *mir.Body) (m marks) {
	for i := range b.Locals {
		t := b.Locals[i].Type
		if t == nil || t.Kind == mir.TypePrim {
			continue
		}
		if more := int(t.ID) + 1 - len(h.marks); more > 0 {
			h.marks = append(h.marks, make([]marks, more)...)
		}
		if h.marks[t.ID] == 0 {
			h.marks[t.ID] = scanType(t) | markKnown
		}
		m |= h.marks[t.ID]
	}
	return m
}

func scanType(t *mir.Type) marks {
	m := scan(t.Text)
	if t.Kind == mir.TypeRawPtr || t.Kind == mir.TypeRef && len(t.Args) > 0 && t.Args[0].Kind == mir.TypeRawPtr {
		m |= markRaw
	}
	return m
}

// wrappers are the types of std, beside raw pointers, behind which the
// compiler does not see that a value is owned.
var wrappers = [...]string{"NonNull", "Unique<", "AtomicPtr", "ManuallyDrop", "MaybeUninit"}

func scan(text string) (m marks) {
	for i := range len(text) {
		switch c := text[i]; c {
		case '*':
			m |= markUnmanaged
		case 'R', 'A':
			if rest := text[i:]; strings.HasPrefix(rest, "Rc<") || strings.HasPrefix(rest, "Arc<") {
				m |= markShared
			} else if strings.HasPrefix(rest, "AtomicPtr") {
				m |= markUnmanaged
			}
		case 'N', 'U', 'M':
			for _, w := range wrappers {
				if strings.HasPrefix(text[i:], w) {
					m |= markUnmanaged
				}
			}
		}
	}
	return m
}

// nameHash is FNV-1a.
func nameHash(name string) uint32 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return h
}

// calleesOf lists the last segments of the names that a body calls, as sorted hashes.
func (h *Heads) calleesOf(b *mir.Body) []uint32 {
	out := h.room[:0]
	for i := range b.Blocks {
		t := &b.Blocks[i].Term
		if t.IsCall() && t.Func.Const != nil && t.Func.Const.Path != nil {
			out = append(out, nameHash(LastSeg(t.Func.Const.Path)))
		}
	}
	h.room = out
	if len(out) == 0 {
		return nil
	}
	slices.Sort(out)
	return slices.Clone(slices.Compact(out))
}

// unwinding tells of a body whether a panic in it ends the process, as in a
// function with the C ABI, and whether a call in it may unwind at all.
func unwinding(b *mir.Body) (aborts, unwinds bool) {
	for i := range b.Blocks {
		t := &b.Blocks[i].Term
		switch {
		case t.Unwind == mir.UnwindAbort && t.Abort == "abi", t.Kind == mir.UnwindTerminate && t.Text == "abi":
			aborts = true
		case t.Kind == mir.Call && (t.Unwind == mir.UnwindTo || t.Unwind == mir.UnwindContinue):
			unwinds = true
		}
	}
	return aborts, unwinds || aborts
}

// reinterprets reports whether a body takes a value's bytes for another type.
// How a Box is dereferenced looks the same and does not count.
func reinterprets(b *mir.Body) bool {
	for i := range b.Blocks {
		for j := range b.Blocks[i].Stmts {
			rv := b.Blocks[i].Stmts[j].Rvalue
			if rv == nil || rv.Kind != mir.Cast || rv.Op != "Transmute" || len(rv.Args) == 0 {
				continue
			}
			if t := operandType(b, &rv.Args[0]); t == nil || t.Kind != mir.TypePath || LastSeg(t.Path) != "NonNull" {
				return true
			}
		}
	}
	return false
}

func operandType(b *mir.Body, op *mir.Operand) *mir.Type {
	if op.Kind == mir.Constant || op.Kind == mir.RuntimeChecks {
		return nil
	}
	return PlaceType(b, &op.Place)
}

// namesSecret reports whether a variable of the body that is a local has a name
// that tells of a key, a password or the like.
func namesSecret(b *mir.Body) bool {
	for i := range b.Debug {
		n := b.Debug[i].Name
		if len(n) > 5 && b.Debug[i].Place != nil && (strings.Contains(n, "pass") || strings.Contains(n, "secret") || strings.Contains(n, "mnemonic") || strings.Contains(n, "_key") || strings.Contains(n, "privkey") || strings.Contains(n, "seed_phrase")) {
			return true
		}
	}
	return false
}

// mayLoop reports whether a block leads to itself or to one before it in the
// numbering: a circle has such an edge.
func mayLoop(b *mir.Body) bool {
	var room [8]Edge
	edges := room[:0]
	for i := range b.Blocks {
		if b.Blocks[i].Cleanup {
			continue
		}
		edges = appendEdges(edges[:0], &b.Blocks[i].Term, int32(len(b.Blocks)))
		for _, e := range edges {
			if int(e.To) <= i {
				return true
			}
		}
	}
	return false
}

// MayCall reports whether the function may call something whose name ends in
// one of the given segments ("set_len"). It needs no code: false is sure, true
// all but sure.
func (f *Func) MayCall(names ...string) bool {
	for _, n := range names {
		if _, ok := slices.BinarySearch(f.callees, nameHash(n)); ok {
			return true
		}
	}
	return false
}

// Names is a set of last segments of names, to ask of many functions.
type Names struct{ hashes []uint32 }

// NewNames returns the set of the given segments.
func NewNames(names ...string) *Names {
	n := &Names{}
	for _, s := range names {
		n.hashes = append(n.hashes, nameHash(s))
	}
	slices.Sort(n.hashes)
	n.hashes = slices.Compact(n.hashes)
	return n
}

// MayCallAny is MayCall for a set.
func (f *Func) MayCallAny(n *Names) bool {
	for _, h := range f.callees {
		if _, ok := slices.BinarySearch(n.hashes, h); ok {
			return true
		}
	}
	return false
}
