package record

import (
	"fmt"

	"softshell/heap/memory"
	"softshell/heap/process"
	"softshell/heap/region"
	"softshell/heap/shim"
	"softshell/heap/symbol"
)

// reading is what was taken of a process that stood still.
type reading struct {
	counted *counted
	threads []process.Thread
	snap    *memory.Snapshot
	notes   []string
	found   *findings
}

// read reads the counts and the memory of the process that waits for us.
func (p *recorded) read(f *shim.Frozen) *reading {
	// The thread that ends the process is there; the first one may have ended.
	mem := process.ID(int(f.TID))
	if f.PID != uint32(p.pid) { // it lives in a namespace of process ids of its own
		mem = process.ID(process.ID(p.pid).Outside(int(f.TID)))
	}
	rd := &reading{}
	still, err := mem.Stop()
	if err != nil {
		rd.notes = append(rd.notes, fmt.Sprintf("other threads went on while the memory was read (%v): what they hold may be called lost", err))
	} else {
		defer still.Resume()
		rd.threads = still.Threads
	}
	rd.counted = count(p.region)
	for _, t := range rd.threads {
		rd.counted.nameThread(t.TID, mem.ThreadName(t.TID))
	}
	names := symbol.Open(rd.counted.profile.Modules)
	rd.counted.panicking(p.region, f, names)
	rd.counted.resolve(names)
	rd.snap, err = p.snapshot(mem, rd, f)
	if err != nil {
		rd.notes = append(rd.notes, fmt.Sprintf("the memory could not be read, so nothing is known of leaks and cycles: %v", err))
		rd.snap = nil
		return rd
	}
	rd.found = p.analyze(rd, names)
	rd.snap = nil // with --children, others are still to come
	return rd
}

// snapshot describes the memory.
func (p *recorded) snapshot(mem process.ID, rd *reading, f *shim.Frozen) (*memory.Snapshot, error) {
	maps, err := mem.Mappings()
	if err != nil {
		return nil, err
	}
	live, freed := p.region.Blocks()
	s := &memory.Snapshot{Mem: mem, Live: rd.blocks(live), Freed: rd.blocks(freed)}
	if err := readable(mem, maps); err != nil {
		return nil, err
	}
	r := roots{
		mem: mem, maps: maps, threads: rd.threads,
		last: int(mem), lastSP: f.SP, returned: f.Reason == shim.Returned, stacks: p.stacks(maps),
	}
	r.into(s)
	if f.Reason == shim.Signal {
		s.Words = append(s.Words, f.Regs[:min(int(f.RegCount), len(f.Regs))]...)
	}
	if start, end, err := mem.Strings(); err == nil && start < end {
		s.Strings = []memory.Range{{Start: start, End: end}}
	}
	return s, nil
}

// stacks are those that the threads started on.
func (p *recorded) stacks(maps []process.Mapping) map[int]memory.Range {
	out := map[int]memory.Range{}
	for _, t := range p.region.Threads() {
		if t.StackLow < t.StackHigh {
			out[int(t.TID)] = memory.Range{Start: t.StackLow &^ 7, End: t.StackHigh}
		}
	}
	for i := range maps {
		if maps[i].Path == "[stack]" {
			out[p.pid] = memory.Range{Start: maps[i].Start, End: maps[i].End}
		}
	}
	return out
}

// blocks gives blocks of the region the nodes of the Profile.
func (rd *reading) blocks(in []region.Block) []memory.Block {
	out := make([]memory.Block, 0, len(in))
	for _, b := range in {
		node := int32(-1)
		if int(b.Site) < len(rd.counted.nodes) {
			node = rd.counted.nodes[b.Site]
		}
		out = append(out, memory.Block{Addr: b.Addr, Size: b.Size, Node: node})
	}
	return out
}

// readable tries one read, so that a process that lets nobody read it is told
// apart from one without memory.
func readable(mem process.ID, maps []process.Mapping) error {
	for i := range maps {
		if m := &maps[i]; m.Readable() && m.Writable() && m.Private() {
			var b [8]byte
			_, err := mem.ReadAt(b[:], int64(m.Start))
			return err
		}
	}
	return nil
}
