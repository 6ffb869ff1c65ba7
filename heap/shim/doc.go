// Package shim is the collector that runs inside of the profiled process: its C
// source, its prebuilt form for this platform, and the layout of what it writes.
//
// In: nothing but the C compiler, where no prebuilt form fits. Out: a shared
// object to preload or an object to link, and the Go mirror of the region that it
// fills. Always: layout.go and c/proto.h say the same (a test compares them), and
// the prebuilt form is what the sources give.
package shim
