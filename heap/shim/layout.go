package shim

// The region and the messages as c/proto.h has them, field by field; what they
// mean stands there. A test compares sizes and offsets.

// Limits and numbers of proto.h.
const (
	Magic   = 0x5041454854464f53
	Version = 1

	// Env names the variable that tells the collector where its launcher listens.
	Env = "SOFTSHELL_HEAP"

	HeaderSize = 4096
	TickMS     = HeaderSize // offset of uint32[Ticks]
	Ticks      = 16384
	Tables     = TickMS + 4*Ticks

	ChunkShift = 9
	Chunk      = 1 << ChunkShift

	AddressBits = 48
	LeafShift   = 24
	ShadowDir   = 1 << (AddressBits - LeafShift)
	SizeFar     = 0xffffff
	PageShift   = 12

	Regs = 32
)

// Flags of a Header.
const (
	Children = 1
)

// Program counters of nodes that stand for no code.
const (
	PCCut        = 1
	PCGeneration = 2
	PCCollector  = 3
)

// States of a shadow entry.
const (
	None  = 0
	Live  = 1
	Freed = 2
)

// Types of messages.
const (
	MsgHello  = 1
	MsgAccept = 2
	MsgRefuse = 3
	MsgFrozen = 4
	MsgResume = 5
)

// Collectors that say hello.
const (
	Preload = 1
	Linked  = 2
)

// Reasons of a Frozen.
const (
	Returned = 1
	Exit     = 2
	Quick    = 3
	Signal   = 4
	Exec     = 5
)

// Header stands at the start of the region.
type Header struct {
	Magic     uint64
	Version   uint32
	Flags     uint32
	Size      uint64
	Launcher  uint32
	Reserved0 [9]uint32

	Tick      uint32
	Reserved1 [15]uint32

	Ready        uint32
	PID          uint32
	GranuleShift uint32
	Machine      uint32
	Collector    uint64
	StackEnd     uint64
	Nodes        uint64
	Sites        uint64
	Slots        uint64
	Threads      uint64
	Modules      uint64
	Shadow       uint64
	NodeMax      uint32
	SiteMax      uint32
	SlotMax      uint32
	ThreadMax    uint32
	ModuleMax    uint32
	Reserved2    [7]uint32

	Next        uint64
	NodeCount   uint32
	SiteCount   uint32
	SlotCount   uint32
	ThreadCount uint32
	ModuleCount uint32
	Reserved3   uint32
	Lost        uint64
	Own         uint64
	Reserved4   uint64

	Live      int64
	Peak      int64
	PeakTick  uint32
	Epoch     uint32
	Rising    uint32
	Threaded  uint32
	Reserved5 [4]uint64
}

// Node is a return address called from its parent.
type Node struct {
	PC     uint64
	Parent uint32
	Site   uint32
	Child  [4]uint32
}

// Site is a stack that allocated.
type Site struct {
	Node          uint32
	TemporaryHigh uint32
	Largest       uint64
}

// Counter is what one slot counted at one site.
type Counter struct {
	Allocs     uint64
	Bytes      uint64
	Frees      uint64
	FreedBytes uint64
	Temporary  uint32
	Largest    uint32
	LifetimeMS uint64
	PeakBytes  int64
	PeakBlocks int32
	Epoch      uint32
}

// Slot is a set of counters.
type Slot struct {
	TID    uint32
	Thread uint32
	Chunks uint64
}

// Thread is one that allocated or freed.
type Thread struct {
	TID        uint32
	Slot       uint32
	StartTick  uint32
	EndTick    uint32
	Name       [16]byte
	Allocs     uint64
	Bytes      uint64
	Frees      uint64
	FreedBytes uint64
	Temporary  uint64
	Unknown    uint64
	Incomplete uint64
	Pending    int64
	StackLow   uint64
	StackHigh  uint64
	Walked     uint64
	Reserved   uint64
}

// Module explains the program counters of nodes.
type Module struct {
	Start      uint64
	End        uint64
	Bias       uint64
	Path       uint64
	PathLen    uint32
	FirstNode  uint32
	EndNode    uint32
	BuildIDLen uint32
	BuildID    [32]byte
}

// Hello is the collector's first message.
type Hello struct {
	Type      uint32
	Version   uint32
	PID       uint32
	Parent    uint32
	Collector uint32
	ExeLen    uint32
	Exe       [4096]byte
}

// Answer is every message of the launcher.
type Answer struct {
	Type     uint32
	Reserved uint32
}

// Frozen says that the process stands still, and why.
type Frozen struct {
	Type     uint32
	Reason   uint32
	PID      uint32
	TID      uint32
	Status   int32
	RegCount uint32
	Node     uint32
	Reserved uint32
	SP       uint64
	PC       uint64
	Regs     [Regs]uint64
}

// Entry is a shadow entry.
type Entry uint64

// State returns None, Live or Freed.
func (e Entry) State() int { return int(e & 3) }

// Tick returns when the block was made.
func (e Entry) Tick() uint32 { return uint32(e>>2) & (Ticks - 1) }

// Size returns the size, or SizeFar.
func (e Entry) Size() uint64 { return uint64(e>>16) & SizeFar }

// Site returns where the block was made.
func (e Entry) Site() uint32 { return uint32(e >> 40) }
