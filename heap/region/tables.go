package region

import (
	"bytes"
	"sync/atomic"

	"softshell/heap/shim"
)

// Nodes are the places in the tree of stacks; node 0 is the empty stack.
func (r *Region) Nodes() []shim.Node {
	h := r.header()
	return table[shim.Node](r, h.Nodes, uint64(min(atomic.LoadUint32(&h.NodeCount), h.NodeMax)))
}

// Sites are the stacks that allocated; there is no site 0.
func (r *Region) Sites() []shim.Site {
	h := r.header()
	return table[shim.Site](r, h.Sites, uint64(min(atomic.LoadUint32(&h.SiteCount), h.SiteMax)))
}

// Threads are those that allocated or freed.
func (r *Region) Threads() []shim.Thread {
	h := r.header()
	return table[shim.Thread](r, h.Threads, uint64(min(atomic.LoadUint32(&h.ThreadCount), h.ThreadMax)))
}

// ThreadName is the name that a record holds.
func ThreadName(t *shim.Thread) string {
	name, _, _ := bytes.Cut(t.Name[:], []byte{0})
	return string(name)
}

// Module explains the program counters of nodes from First up to End.
type Module struct {
	Start, End, Bias uint64
	Path             string
	BuildID          []byte
	First, Last      uint32 // nodes from First up to Last
}

// Modules are all that were loaded at any time, in the order of loading.
func (r *Region) Modules() []Module {
	h := r.header()
	var out []Module
	for _, m := range table[shim.Module](r, h.Modules, uint64(min(atomic.LoadUint32(&h.ModuleCount), h.ModuleMax))) {
		last := m.EndNode
		if last == 0 {
			last = ^uint32(0)
		}
		out = append(out, Module{
			Start: m.Start, End: m.End, Bias: m.Bias,
			Path:    string(table[byte](r, m.Path, uint64(m.PathLen))),
			BuildID: bytes.Clone(m.BuildID[:min(int(m.BuildIDLen), len(m.BuildID))]),
			First:   m.FirstNode, Last: last,
		})
	}
	return out
}

// Counts are the totals of one site over all slots.
type Counts struct {
	Allocs, Bytes, Frees, FreedBytes int64
	Temporary, LifetimeMS            int64
	PeakBytes, PeakBlocks            int64
}

// Counts sums the counters of each site; the index is the site's number.
func (r *Region) Counts() []Counts {
	h := r.header()
	sites := int(min(atomic.LoadUint32(&h.SiteCount), h.SiteMax))
	out := make([]Counts, sites)
	for i, s := range table[shim.Site](r, h.Sites, uint64(sites)) {
		out[i].Temporary = int64(s.TemporaryHigh) << 32
	}
	epoch, rising := atomic.LoadUint32(&h.Epoch), atomic.LoadUint32(&h.Rising) != 0
	for _, slot := range table[shim.Slot](r, h.Slots, uint64(min(atomic.LoadUint32(&h.SlotCount), h.SlotMax))) {
		chunks := table[uint32](r, slot.Chunks, uint64(sites+shim.Chunk-1)>>shim.ChunkShift)
		for c := range chunks {
			page := atomic.LoadUint32(&chunks[c])
			if page == 0 {
				continue
			}
			counters := table[shim.Counter](r, uint64(page)<<shim.PageShift, shim.Chunk)
			for i := range counters {
				if site := c<<shim.ChunkShift + i; site < sites {
					out[site].add(&counters[i], epoch, rising)
				}
			}
		}
	}
	return out
}

// add sums one counter; while it is not known which figures are those of the
// peak (rising), the present ones are.
func (c *Counts) add(from *shim.Counter, epoch uint32, rising bool) {
	c.Allocs += int64(from.Allocs)
	c.Bytes += int64(from.Bytes)
	c.Frees += int64(from.Frees)
	c.FreedBytes += int64(from.FreedBytes)
	c.Temporary += int64(from.Temporary)
	c.LifetimeMS += int64(from.LifetimeMS)
	if from.Epoch == epoch && !rising {
		c.PeakBytes += from.PeakBytes
		c.PeakBlocks += int64(from.PeakBlocks)
		return
	}
	c.PeakBytes += int64(from.Bytes) - int64(from.FreedBytes)
	c.PeakBlocks += int64(from.Allocs) - int64(from.Frees)
}
