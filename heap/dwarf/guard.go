package dwarf

import "runtime/debug"

// Guard calls f, which reads sections that are mapped from a file. When somebody
// cuts the file short meanwhile, the read faults; then f ends there, and Guard
// reports false.
func Guard(f func()) (ok bool) {
	before := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(before)
	defer func() {
		switch r := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			ok = false
		default:
			panic(r)
		}
	}()
	f()
	return true
}
