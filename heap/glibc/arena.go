package glibc

import "encoding/binary"

// The layout of glibc's malloc_state since 2.27: 254 words of list heads, bins,
// of which a list that is empty points to itself; and next, the ring of all arenas.
const (
	arenaFast  = 0x10
	arenaTop   = 0x60
	arenaBins  = 0x70
	arenaNext  = 0x870
	arenaSize  = 0x898
	arenaLists = 127
	fewEmpty   = 32 // so many lists in a row that are empty make an arena
)

// MainArena finds glibc's main_arena in the data of libc, which is at base. Its
// pointers are to free memory, and to where the last block ends, so they hold nothing.
func MainArena(data []byte, base uint64, word func(addr uint64) (uint64, bool)) (start, end uint64, ok bool) {
	at := func(i int) uint64 { return binary.NativeEndian.Uint64(data[i:]) }
	empty := func(i int) bool { a := base + uint64(i) - 16; return at(i) == a && at(i+8) == a }
	for i := 0; i+16 <= len(data); i += 8 {
		if !empty(i) {
			continue
		}
		run := 1
		for j := i + 16; j+16 <= len(data) && empty(j); j += 16 {
			run++
		}
		if run < fewEmpty {
			continue
		}
		// The lists before the first empty one may be in use.
		for k := 0; k < arenaLists && i-16*k >= 0; k++ {
			a := base + uint64(i-16*k) - arenaBins
			if inRing(a, word) {
				return a, a + arenaSize, true
			}
		}
		i += 16 * (run - 1)
	}
	return 0, 0, false
}

// inRing reports whether the arenas from a on lead back to it.
func inRing(a uint64, word func(uint64) (uint64, bool)) bool {
	next := a
	for range 1024 {
		var ok bool
		if next, ok = word(next + arenaNext); !ok || next == 0 {
			return false
		}
		if next == a {
			return true
		}
	}
	return false
}
