package region

import (
	"cmp"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
	"unsafe"

	"softshell/heap/shim"
)

// writer lays out a region as a collector does.
type writer struct {
	t *testing.T
	r *Region
}

func newWriter(t *testing.T) writer {
	t.Helper()
	r, err := New(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	h := r.header()
	w := writer{t, r}
	h.Next, h.GranuleShift = shim.Tables, 4
	h.Shadow = w.room(4 * shim.ShadowDir)
	h.NodeMax, h.SiteMax, h.SlotMax, h.ThreadMax = 100, 2048, 4, 4
	h.Nodes, h.Sites = w.room(100*uint64(unsafe.Sizeof(shim.Node{}))), w.room(2048*uint64(unsafe.Sizeof(shim.Site{})))
	h.Slots, h.Threads = w.room(4*uint64(unsafe.Sizeof(shim.Slot{}))), w.room(4*uint64(unsafe.Sizeof(shim.Thread{})))
	h.Ready = 1
	return w
}

// room takes whole pages.
func (w writer) room(size uint64) uint64 {
	h := w.r.header()
	at := (h.Next + 4095) &^ 4095
	h.Next = at + size
	return at
}

// entry writes the shadow entry of an address.
func (w writer) entry(addr uint64, e shim.Entry) {
	h := w.r.header()
	dir := table[uint32](w.r, h.Shadow, shim.ShadowDir)
	leaf := &dir[addr>>shim.LeafShift]
	if *leaf == 0 {
		*leaf = uint32(w.room(8<<(shim.LeafShift-4)) >> shim.PageShift)
	}
	index := addr & (1<<shim.LeafShift - 1) >> 4
	table[shim.Entry](w.r, uint64(*leaf)<<shim.PageShift+8*index, 1)[0] = e
}

func (w writer) block(state int, addr, size uint64, site, tick uint32) {
	short := min(size, shim.SizeFar)
	w.entry(addr, shim.Entry(uint64(state)|uint64(tick)<<2|short<<16|uint64(site)<<40))
	if short == shim.SizeFar {
		w.entry(addr+16, shim.Entry(size<<2))
	}
}

func TestBlocks(t *testing.T) {
	w := newWriter(t)
	const base = 0x7f0012340000
	w.block(shim.Live, base, 24, 1, 5)
	w.block(shim.Freed, base+16, 8, 2, 3)                      // inside of the live one: means nothing
	w.block(shim.Freed, base+64, 256, 3, 1)                    // an old block, of which ...
	w.block(shim.Live, base+128, 16, 4, 9)                     // ... a live one took this part,
	w.block(shim.Freed, base+192, 32, 5, 8)                    // and a later one, freed since, this
	w.block(shim.Live, 0x5000_0000, 0, 6, 1)                   // of no size
	w.block(shim.Live, 0x5000_0010, 20<<20, 7, 2)              // larger than an entry can say
	w.block(shim.Live, 0x5100_0000-16+0x2000000, 30<<20, 8, 2) // the same at the end of a leaf
	w.block(shim.Freed, 0x60000000, 18<<20, 9, 2)
	w.entry(0x60000010, shim.Entry(shim.Freed)|16<<16) // overwritten: that block is no more
	live, freed := w.r.Blocks()
	wantLive := []Block{
		{0x50000000, 0, 6, 1}, {0x50000010, 20 << 20, 7, 2}, {0x5300_0000 - 16, 30 << 20, 8, 2},
		{base, 24, 1, 5}, {base + 128, 16, 4, 9},
	}
	if !reflect.DeepEqual(live, wantLive) {
		t.Errorf("live: %+v\nwant: %+v", live, wantLive)
	}
	wantFreed := []Block{
		{0x60000010, 16, 0, 0},
		{base + 64, 64, 3, 1}, {base + 144, 48, 3, 1}, {base + 192, 32, 5, 8}, {base + 224, 96, 3, 1},
	}
	if !reflect.DeepEqual(freed, wantFreed) {
		t.Errorf("freed: %+v\nwant: %+v", freed, wantFreed)
	}
}

// TestVisible paints bytes in the order of birth.
func TestVisible(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		const room = 64
		var freed []Block
		var painted [room]uint32
		for i := range uint32(1 + random.IntN(12)) {
			at := random.Uint64N(room)
			freed = append(freed, Block{Addr: 4096 + at, Size: 1 + random.Uint64N(room-at), Site: i + 1, Tick: i})
		}
		for _, b := range freed {
			for k := range b.Size {
				painted[b.Addr-4096+k] = b.Site
			}
		}
		slices.SortFunc(freed, func(a, b Block) int { return cmp.Compare(a.Addr, b.Addr) })
		var got [room]uint32
		for _, b := range visible(slices.Clone(freed), nil) {
			for k := range b.Size {
				got[b.Addr-4096+k] = b.Site
			}
		}
		for i := 1; i < len(freed); i++ {
			if freed[i].Addr == freed[i-1].Addr {
				got = painted // no two entries stand at one address
			}
		}
		if got != painted {
			t.Fatalf("%+v\n%v\nwant\n%v", freed, got, painted)
		}
	}
}

// Many blocks, freed and joined to one that was freed since, are no work.
func TestVisibleInside(t *testing.T) {
	const n = 300_000
	freed := []Block{{Addr: 4096, Size: 64 * n, Tick: 5000}}
	for i := range uint64(n) {
		freed = append(freed, Block{Addr: 4096 + 64*i + 16, Size: 32, Tick: uint32(i * 7919 % 4999)})
	}
	start := time.Now()
	if got := visible(freed, nil); len(got) != 1 || got[0].Size != 64*n {
		t.Errorf("%d blocks", len(got))
	}
	if took := time.Since(start); took > 30*time.Second { // looking at each against each takes minutes
		t.Errorf("it took %v", took)
	}
}

func TestCounts(t *testing.T) {
	w := newWriter(t)
	h := w.r.header()
	h.SlotCount, h.SiteCount, h.Epoch = 2, 700, 3
	slots := table[shim.Slot](w.r, h.Slots, 2)
	chunk := func(slot int, site uint32) *shim.Counter {
		s := &slots[slot]
		if s.Chunks == 0 {
			s.Chunks = w.room(4 * 2048 >> shim.ChunkShift)
		}
		c := &table[uint32](w.r, s.Chunks, 4)[site>>shim.ChunkShift]
		if *c == 0 {
			*c = uint32(w.room(shim.Chunk*uint64(unsafe.Sizeof(shim.Counter{}))) >> shim.PageShift)
		}
		return &table[shim.Counter](w.r, uint64(*c)<<shim.PageShift, shim.Chunk)[site%shim.Chunk]
	}
	*chunk(0, 1) = shim.Counter{Allocs: 3, Bytes: 30, PeakBytes: 20, PeakBlocks: 2, Epoch: 3}
	*chunk(1, 1) = shim.Counter{Frees: 1, FreedBytes: 10, PeakBytes: 99, Epoch: 2}
	*chunk(1, 600) = shim.Counter{Allocs: 1, Bytes: 7, Temporary: 1, LifetimeMS: 4}
	got := w.r.Counts()
	if want := (Counts{Allocs: 3, Bytes: 30, Frees: 1, FreedBytes: 10, PeakBytes: 10, PeakBlocks: 1}); got[1] != want {
		t.Errorf("site 1: %+v, want %+v", got[1], want)
	}
	if want := (Counts{Allocs: 1, Bytes: 7, Temporary: 1, LifetimeMS: 4, PeakBytes: 7, PeakBlocks: 1}); got[600] != want {
		t.Errorf("site 600: %+v, want %+v", got[600], want)
	}
	h.Rising = 1
	if got := w.r.Counts()[1].PeakBytes; got != 20 {
		t.Errorf("while the heap is at its peak, %d bytes of site 1, want 20", got)
	}
}

// A region that was torn must not be read beyond its end.
func TestTorn(t *testing.T) {
	w := newWriter(t)
	h := w.r.header()
	h.Nodes, h.NodeMax, h.NodeCount = uint64(len(w.r.mem))-8, 1<<31, 1<<31
	h.Threads = ^uint64(0) - 3
	h.ThreadCount = 4
	if n := len(w.r.Nodes()) + len(w.r.Threads()); n != 0 {
		t.Errorf("%d records outside of the region", n)
	}
}

func TestClock(t *testing.T) {
	w := newWriter(t)
	w.r.Advance(5 * time.Millisecond)
	w.r.Advance(9 * time.Millisecond)
	if h := w.r.Header(); h.Tick != 2 || w.r.TickTime(2) != 9*time.Millisecond || w.r.TickTime(1) != 5*time.Millisecond {
		t.Errorf("tick %d at %v", h.Tick, w.r.TickTime(h.Tick))
	}
	for range shim.Ticks + 10 {
		w.r.Advance(time.Hour)
	}
	if tick := w.r.Header().Tick; tick != shim.Ticks-1 {
		t.Errorf("the clock went on to tick %d", tick)
	}
}
