package dwarf

import (
	"testing"
)

// FuzzFrames reads damaged sections: they give less, or nothing, and never a panic
// or a walk without end. The input is cut into the sections at marks.
func FuzzFrames(f *testing.F) {
	for _, v := range []uint8{2, 4, 5} {
		f.Add(v, sample(v))
	}
	f.Fuzz(func(t *testing.T, version uint8, data []byte) {
		s := cut(data)
		d, err := Open(s, func(_, _ string) *SplitSections { return &SplitSections{Sections: s, Index: s.Aranges} })
		if err != nil {
			return
		}
		pcs := []uint64{0x1000, 0x1001, 0x1010, 0x1040, 0x2000, 1 << 40}
		for _, frames := range d.Frames(pcs) {
			for _, fr := range frames {
				if fr.Function != nil {
					d.Path(fr.Function.Entry)
				}
			}
		}
		for off := 0; off < min(len(s.Info), 300); off++ {
			e, ok := d.Entry(off)
			if !ok {
				continue
			}
			n := 0
			for c := range e.Each() {
				_ = c.Name()
				if n++; n > len(s.Info) {
					t.Fatal("more children than bytes")
				}
			}
			e.Arguments()
			d.Path(off)
			if e.Declaration {
				d.Definition(&e)
			}
		}
	})
}
