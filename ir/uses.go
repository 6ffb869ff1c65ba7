package ir

import "softshell/mir"

// Used reports whether any statement or terminator reads the local, as a
// value or as the base of a place; storage marks and drops do not count.
func (c *Code) Used(local int32) bool {
	reads := func(ops []mir.Operand) bool {
		for i := range ops {
			if ops[i].Kind != mir.Constant && ops[i].Place.Local == local {
				return true
			}
		}
		return false
	}
	for b := range c.Body.Blocks {
		blk := &c.Body.Blocks[b]
		for i := range blk.Stmts {
			s := &blk.Stmts[i]
			if s.Kind == mir.Assign && len(s.Place.Proj) > 0 && s.Place.Local == local || rvalueReads(s.Rvalue, local, reads) {
				return true
			}
		}
		t := &blk.Term
		if reads(t.Args) || t.Kind == mir.SwitchInt && reads([]mir.Operand{t.Cond}) || t.Kind == mir.Return && local == 0 {
			return true
		}
	}
	return false
}

func rvalueReads(rv *mir.Rvalue, local int32, reads func([]mir.Operand) bool) bool {
	if rv == nil {
		return false
	}
	switch rv.Kind {
	case mir.Ref, mir.RawPtr, mir.Discriminant, mir.Len, mir.CopyForDeref:
		return rv.Place.Local == local
	}
	return reads(rv.Args)
}
