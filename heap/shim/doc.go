// Package shim is the collector that runs inside of the profiled process: its C
// source, its prebuilt form for linux/amd64, and the layout of what it writes.
//
// In: nothing but the C compiler, where no prebuilt form fits. Out: a shared
// object to preload or an object to link, and the Go mirror of the region that it
// fills. Always: layout.go and c/proto.h say the same (a test compares them), and
// the prebuilt form is what the sources give (make shim).
//
// The way of an allocation through the C files: hooks.c (or rust.c, linked) asks
// the allocator behind it and hands the block to record.c; walk.c finds its stack
// by the rows that ehframe.c made of each module in modules.c; nodes.c numbers the
// stack; record.c writes the shadow entry and the counters of the thread, which
// threads.c gave it. Around that: init.c asks the launcher whether the process is
// recorded, region.c lays out what is shared, leave.c and signals.c see the end
// coming, and freeze.c stands still for the launcher to read.
package shim
