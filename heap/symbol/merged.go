package symbol

import "strings"

// markMerged marks what stands in a function of the standard library that has
// several names. An optimising compiler keeps one of the functions that come out
// the same for different types, RawVec<Rc<A>>::grow_one and RawVec<Rc<B>>::grow_one;
// its debug information then tells of one of the types only. Link-time optimisation
// leaves one of the names, too, and nothing to see here.
func (im *image) markMerged(pcs []uint64, steps [][]step) {
	var asked []uint64
	var at []int
	for k, s := range steps {
		if n := len(s); n > 0 && s[n-1].standard && strings.ContainsRune(s[n-1].name, '<') {
			asked, at = append(asked, pcs[k]), append(at, k)
		}
	}
	if len(asked) == 0 {
		return
	}
	for i := range im.tables {
		for n, several := range im.tables[i].aliased(asked) {
			if !several {
				continue
			}
			for j := range steps[at[n]] {
				steps[at[n]][j].merged = true
			}
		}
	}
}
