package profile

import (
	"path/filepath"
	"time"
)

// Profile is one recorded process. Indices go into the slices of the same
// Profile; -1 stands for none.
type Profile struct {
	Run       Run
	Modules   []Module
	Frames    []Frame
	Locations []Location
	Nodes     []Node // a node stands behind its parent
	Sites     []Site // sorted by Node
	Threads   []Thread
	Timeline  []Sample // in the order of time
	Cycles    []Cycle  // the greatest first
	Secrets   []SecretHit
	Notes     []string // what was not looked at, or not as it should be
}

// Run tells which process it was and how it ended.
type Run struct {
	Command    []string
	Program    string // path of the executable
	Dir        string
	PID        int
	Parent     int // of a recorded child, else 0
	Start      time.Time
	Wall       time.Duration
	End        End
	Status     int    // exit code, or number of the signal
	Collector  string // "preload", "linked", "attached"
	Toolchain  string // what the executable says of its compilers
	PeakRSS    int64  // bytes; with the collector's own
	OwnMemory  int64  // bytes resident that are the collector's
	PeakLive   int64  // bytes asked for and live at once, at most
	PeakAt     time.Duration
	LiveAtEnd  int64
	Allocs     int64 // calls that gave a block; a realloc is one free and one allocation
	Frees      int64
	Bytes      int64 // asked for, in all
	Temporary  int64 // freed by the thread that made them before it made another
	Unknown    int64 // frees of blocks from before the collector was there
	Incomplete int64 // stacks whose root was not reached
	Memory     bool  // the memory was read at the end, so that leaks are classified
}

// Name is the program's, without its folder.
func (r *Run) Name() string {
	if r.Program == "" && len(r.Command) > 0 {
		return filepath.Base(r.Command[0])
	}
	return filepath.Base(r.Program)
}

// End is how a process ended.
type End uint8

// Ends of a process.
const (
	Returned End = iota // main returned, or exit was called
	Signaled            // by a signal; Status is its number
	Killed              // the memory was gone before it could be read
	Running             // it ran on: a checkpoint, or detached
	Replaced            // it called exec
)

// Module is a mapped executable or library.
type Module struct {
	Path    string
	BuildID string // hexadecimal
	Start   uint64 // where its first byte was mapped
	End     uint64
	Bias    uint64 // added to the addresses in the file
	Debug   string // "dwarf", "symbols", "none"
}

// Frame is a function at a line.
type Frame struct {
	Function string // demangled, with generic arguments
	Linkage  string // as the symbol table has it
	File     string // as the debug information has it
	Line     int
	Crate    string // of a Rust function
	System   bool   // of the standard library, the C library or the runtime: folded in views
}

// Location is a return address, less one.
type Location struct {
	Module int
	Offset uint64 // address less the module's bias
	Frames []int  // the innermost inlined function first; empty when nothing is known
}

// Node is a place in the tree of stacks; the root's parent is -1.
type Node struct {
	Parent   int
	Location int
}

// Site is what was allocated at one stack.
type Site struct {
	Node   int // the innermost
	Counts Counts
	Left   [NumKinds]Left // live at the end, by what holds it
	Type   string         // of the blocks, "" when unknown
}

// Counts are totals over a run.
type Counts struct {
	Allocs     int64
	Bytes      int64
	Frees      int64
	FreedBytes int64
	Temporary  int64
	Lifetime   time.Duration // of all freed blocks together
	PeakBytes  int64         // live when the whole heap was at its peak
	PeakAllocs int64
	Largest    int64 // bytes of the greatest block
}

// Live is the number of bytes that were never given back.
func (c *Counts) Live() int64 { return c.Bytes - c.FreedBytes }

// LiveBlocks is the number of blocks that were never given back.
func (c *Counts) LiveBlocks() int64 { return c.Allocs - c.Frees }

// Add adds what was counted elsewhere.
func (c *Counts) Add(o *Counts) {
	c.Allocs += o.Allocs
	c.Bytes += o.Bytes
	c.Frees += o.Frees
	c.FreedBytes += o.FreedBytes
	c.Temporary += o.Temporary
	c.Lifetime += o.Lifetime
	c.PeakBytes += o.PeakBytes
	c.PeakAllocs += o.PeakAllocs
	c.Largest = max(c.Largest, o.Largest)
}

// Left is what was live at the end.
type Left struct {
	Blocks int64
	Bytes  int64
}

// Add adds what was left elsewhere.
func (l *Left) Add(o Left) {
	l.Blocks += o.Blocks
	l.Bytes += o.Bytes
}

// Kind says what holds a block at the end.
type Kind uint8

// Kinds of blocks that were live at the end.
const (
	Direct    Kind = iota // nothing points to it
	Indirect              // only lost blocks point to it
	Cyclic                // part of a cycle of reference counts that nothing holds
	Reachable             // something live points to it
	Runtime               // the runtime's own, of a list of known ones
	Unsorted              // the memory could not be read
	NumKinds
)

// Thread is a thread that allocated.
type Thread struct {
	Name      string
	Allocs    int64
	Bytes     int64
	Panicking bool // at the end
}

// Sample is the heap at a time.
type Sample struct {
	At     time.Duration // since the start
	Live   int64
	Blocks int64
	Allocs int64 // since the start
}

// Cycle is a set of blocks that hold each other by reference counts, and that
// nothing else holds. Cycles of one shape at the same stacks are one Cycle with
// a Count.
type Cycle struct {
	Count   int64
	Bytes   int64 // of all, with what only they hold
	Blocks  int64 // of one of them; of many only some are Members
	Members []Member
	Holds   []Hold
}

// Member is a block of a cycle.
type Member struct {
	Site   int // index in Sites
	Size   int64
	Type   string // of the value, without the counts: "leaky::Node"; "" when unknown
	Handle string // "Rc", "Arc", "" for a block without counts
	Strong int64
	Weak   int64
}

// Hold is a pointer from one member to another.
type Hold struct {
	From, To int    // indices in Members
	Field    string // of the value: "next", or "children[]" behind a buffer; "" when unknown
	Offset   int64  // in the block
}

// SecretHit is where bytes of a secret stayed. The bytes are not kept.
type SecretHit struct {
	Name   string // as the user named it
	Where  Where
	Site   int   // -1 outside of the heap
	Offset int64 // in the block
	Size   int64 // of the block
	Length int64 // bytes of the secret that stand there
	Count  int64 // such hits
}

// Where is the kind of memory that a secret was found in.
type Where uint8

// Kinds of memory.
const (
	InLive Where = iota
	InLeaked
	InFreed
	InStack
	InData
	InArguments
	InEnvironment
)
