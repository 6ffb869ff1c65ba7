package flow

import "testing"

func TestAccesses(t *testing.T) {
	v, calls := view(t)
	var write *Access
	for _, a := range v.Accesses() {
		if a.Call != nil && a.Call.Block == calls["write"].Block {
			write = &a
		}
	}
	if write == nil || write.Kind != Writes || write.Type == nil || write.Type.Text != "u8" {
		t.Fatalf("ptr::write is %+v", write)
	}
	s := v.Source(write.Ptr)
	if s.Place.Local != 1 || !s.Moved || len(s.Offsets) != 1 || s.Type == nil || s.Type.Text != "u8" || s.Shared.Block >= 0 {
		t.Errorf("the pointer comes from %+v", s)
	}
}

func TestAmount(t *testing.T) {
	v, calls := view(t)
	if a := v.Amount(&calls["set_len"].Args[1]); len(a.Params) != 1 || a.Params[0] != 2 || a.Masked || a.Unknown {
		t.Errorf("set_len(n) sets %+v", a)
	}
	if a := v.Amount(&calls["add"].Args[1]); !a.Unknown {
		t.Errorf("i is assigned twice: %+v", a)
	}
	if !v.Decided(calls["set_len"].Block, 2) || v.Decided(calls["capacity"].Block, 2) {
		t.Error("n is compared before set_len, and not before capacity")
	}
	if v.Free(calls["set_len"].Block, 2, func(*CallSite) bool { return true }) {
		t.Error("n was looked at")
	}
}
