package version

// Ranges are disjoint ranges of versions, in order.
type Ranges []Range

// Range is the versions from Low to High. An empty bound is none.
type Range struct {
	Low, High                   string
	LowExclusive, HighInclusive bool
}
