package symbol

import (
	"strings"

	"softshell/heap/dwarf"
)

// Counts is how a program lays out the block of an Rc or Arc. The search for
// cycles rests on it, and the standard library does not promise it.
type Counts struct {
	Handle  string // "Rc" or "Arc"
	Type    string // of the block that was looked at
	Strong  uint64 // offsets in the block
	Weak    uint64
	Value   uint64
	Align   uint64 // of the value
	AtStart bool   // an Rc points to the beginning of the block, not to the value
}

// Usual reports whether the counts lie where they are looked for: first the strong
// ones, then the weak ones, then the value, and the handle points to the first.
func (c *Counts) Usual() bool {
	return c.Strong == 0 && c.Weak == 8 && c.Value == roundUp(16, c.Align) && c.AtStart
}

// enough is how many blocks of Rc, and of Arc, are looked at: they are instances of
// one generic type.
const enough = 5

// Counts reads the layouts of Rc and Arc blocks in the debug information of a module;
// none, when it has no such types.
func (t *Table) Counts(module int) []Counts {
	var out []Counts
	if module < 0 || module >= len(t.modules) {
		return nil
	}
	dwarf.Guard(func() { out = t.image(module).counts() })
	return out
}

func (im *image) counts() []Counts {
	if im.debug == nil {
		return nil
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	atStart := map[string]bool{}
	var out []Counts
	blocks := map[string]int{}
	for e := range im.debug.Named(func(name string) bool { return handleOfName[base(name)] != "" }) {
		l := im.layoutOf(e.Off, 0)
		handle := handleOfPath[base(l.name)]
		switch {
		case handle == "":
		case strings.HasSuffix(base(l.name), "::"+handle):
			start, known := im.pointsToStart(l)
			if before, seen := atStart[handle]; known {
				atStart[handle] = start && (before || !seen)
			}
		case l.size > 0 && blocks[handle] < enough:
			blocks[handle]++
			c := Counts{Handle: handle, Type: l.name, Align: 1}
			for _, m := range l.members {
				switch m.name {
				case "strong":
					c.Strong = m.off
				case "weak":
					c.Weak = m.off
				case "value", "data":
					c.Value = m.off
					c.Align = im.layoutOf(m.typ, 0).align
				}
			}
			out = append(out, c)
		}
		if blocks["Rc"] == enough && blocks["Arc"] == enough && len(atStart) == 2 {
			break
		}
	}
	for i := range out {
		out[i].AtStart = atStart[out[i].Handle]
	}
	return out
}

// pointsToStart follows the one pointer of a handle; known is false when there is
// none to follow.
func (im *image) pointsToStart(l *layout) (start, known bool) {
	for range 8 {
		if l.tag == dwarf.TagPointerType {
			to := im.layoutOf(l.elem, 0)
			path := base(to.name)
			return handleOfPath[path] != "", path != ""
		}
		next := 0
		for _, m := range l.members {
			if m.name == "ptr" || m.name == "pointer" || m.name == "data_ptr" {
				next = m.typ
			}
		}
		if next == 0 {
			return false, false
		}
		l = im.layoutOf(next, 0)
	}
	return false, false
}

// handleOfPath are the handles and the blocks that they point to; older libraries
// call that of Rc RcBox.
var handleOfPath = map[string]string{
	"alloc::rc::Rc": "Rc", "alloc::rc::RcInner": "Rc", "alloc::rc::RcBox": "Rc",
	"alloc::sync::Arc": "Arc", "alloc::sync::ArcInner": "Arc",
}

var handleOfName = map[string]string{"Rc": "Rc", "RcInner": "Rc", "RcBox": "Rc", "Arc": "Arc", "ArcInner": "Arc"}
