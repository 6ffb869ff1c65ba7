package record

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"softshell/heap/profile"
	"softshell/heap/region"
	"softshell/heap/shim"
	"softshell/heap/symbol"
)

// counted is what the region holds at a moment, as a Profile without names.
type counted struct {
	profile profile.Profile
	nodes   []int32        // of each site of the region, the node of the Profile, or -1
	named   map[int]string // locations that are no code
	tids    []uint32       // of the threads of the Profile
}

// count reads the region.
func count(r *region.Region) *counted {
	c := &counted{named: map[int]string{}}
	c.run(r)
	c.modules(r)
	counts, sites := r.Counts(), r.Sites()
	c.stacks(r, sites, counts)
	c.fill(sites, counts)
	return c
}

func (c *counted) run(r *region.Region) {
	h := r.Header()
	run := &c.profile.Run
	run.PeakAt, run.OwnMemory = r.TickTime(h.PeakTick), r.Own()
	for _, t := range r.Threads() {
		run.Allocs += int64(t.Allocs)
		run.Frees += int64(t.Frees)
		run.Bytes += int64(t.Bytes)
		run.LiveAtEnd += int64(t.Bytes) - int64(t.FreedBytes)
		run.Temporary += int64(t.Temporary)
		run.Unknown += int64(t.Unknown)
		run.Incomplete += int64(t.Incomplete)
		c.tids = append(c.tids, t.TID)
		c.profile.Threads = append(c.profile.Threads, profile.Thread{
			Name: region.ThreadName(&t), Allocs: int64(t.Allocs), Bytes: int64(t.Bytes),
		})
	}
	run.LiveAtEnd = max(run.LiveAtEnd, 0) // it is read while others write, when the process was not stopped
	run.PeakLive = max(h.Peak, run.LiveAtEnd)
}

// nameThread gives a thread that runs the name that it has now.
func (c *counted) nameThread(tid int, name string) {
	for i := len(c.tids) - 1; i >= 0 && name != ""; i-- { // an id may have been used before
		if c.tids[i] == uint32(tid) {
			c.profile.Threads[i].Name = name
			return
		}
	}
}

func (c *counted) modules(r *region.Region) {
	for _, m := range r.Modules() {
		c.profile.Modules = append(c.profile.Modules, profile.Module{
			Path: m.Path, BuildID: hex.EncodeToString(m.BuildID), Start: m.Start, End: m.End, Bias: m.Bias, Debug: "none",
		})
	}
}

// The names of places that stand for no code.
const (
	cutName       = "[the stack goes on, but could not be followed]"
	collectorName = "[the collector's own work]"
	emptyName     = "[no stack]"
)

// stacks copies the nodes that sites with allocations stand on.
func (c *counted) stacks(r *region.Region, sites []shim.Site, counts []region.Counts) {
	nodes := r.Nodes()
	c.nodes = slices.Repeat([]int32{-1}, len(sites))
	needed := make([]bool, len(nodes))
	for i, s := range sites {
		if i == 0 || counts[i].Allocs == 0 || int(s.Node) >= len(nodes) {
			continue
		}
		for n := s.Node; !needed[n]; n = nodes[n].Parent {
			needed[n] = true
			if nodes[n].Parent >= n {
				break // the root, or torn
			}
		}
	}
	b := builder{p: &c.profile, named: c.named, modules: r.Modules(), places: map[place]int{}, same: map[profile.Node]int32{}}
	made := slices.Repeat([]int32{-1}, len(nodes))
	for i := range nodes {
		if !needed[i] || i == 0 || nodes[i].PC == shim.PCGeneration {
			continue
		}
		parent := nodes[i].Parent
		for parent != 0 && int(parent) < i && nodes[parent].PC == shim.PCGeneration {
			parent = nodes[parent].Parent
		}
		up := -1
		if parent != 0 && int(parent) < i {
			up = int(made[parent])
		}
		made[i] = b.node(up, b.location(uint32(i), nodes[i].PC))
	}
	for i, s := range sites {
		if i == 0 || counts[i].Allocs == 0 || int(s.Node) >= len(nodes) {
			continue
		}
		if c.nodes[i] = made[s.Node]; c.nodes[i] < 0 {
			c.nodes[i] = int32(b.empty())
		}
	}
	if b.folded {
		c.profile.Notes = append(c.profile.Notes, fmt.Sprintf("some stacks are deeper than %d calls: what lies deeper is shown with its recursion folded", deep))
	}
}

// place tells locations apart.
type place struct {
	module int
	offset uint64
}

// builder makes the locations of nodes.
type builder struct {
	p       *profile.Profile
	modules []region.Module
	places  map[place]int
	named   map[int]string
	depth   []int32 // of each node
	same    map[profile.Node]int32
	folded  bool // calls of a recursion were put together
	none    int  // the node of sites without a stack, plus 1
}

// Stacks deeper than this are those of a recursion. From here on a call that
// stands among the last ones above it is taken for that one, so that the tree
// stays small enough to look at.
const (
	deep      = 1000
	recursion = 64
)

// node makes a node, or returns the one that a recursion came from.
func (b *builder) node(parent, location int) int32 {
	depth := int32(0)
	if parent >= 0 {
		depth = b.depth[parent] + 1
	}
	if depth > deep {
		for n, k := parent, 0; n >= 0 && k < recursion; n, k = b.p.Nodes[n].Parent, k+1 {
			if b.p.Nodes[n].Location == location {
				b.folded = true
				return int32(n)
			}
		}
	}
	if b.folded { // two nodes of the region may have become one, and so may their children
		if n, ok := b.same[profile.Node{Parent: parent, Location: location}]; ok {
			return n
		}
		b.same[profile.Node{Parent: parent, Location: location}] = int32(len(b.p.Nodes))
	}
	b.p.Nodes = append(b.p.Nodes, profile.Node{Parent: parent, Location: location})
	b.depth = append(b.depth, depth)
	return int32(len(b.p.Nodes) - 1)
}

func (b *builder) location(node uint32, pc uint64) int {
	switch pc {
	case shim.PCCut:
		return b.special(cutName)
	case shim.PCCollector:
		return b.special(collectorName)
	}
	at := place{-1, pc - 1}
	for i := range b.modules {
		m := &b.modules[i]
		if m.Start <= at.offset && at.offset < m.End && m.First <= node && node < m.Last {
			at = place{i, at.offset - m.Bias}
			break
		}
	}
	return b.at(at)
}

func (b *builder) at(at place) int {
	i, ok := b.places[at]
	if !ok {
		i = len(b.p.Locations)
		b.places[at] = i
		b.p.Locations = append(b.p.Locations, profile.Location{Module: at.module, Offset: at.offset})
	}
	return i
}

// special is the location of a place that is no code.
func (b *builder) special(name string) int {
	for i, n := range b.named {
		if n == name {
			return i
		}
	}
	i := len(b.p.Locations)
	b.named[i] = name
	b.p.Locations = append(b.p.Locations, profile.Location{Module: -1})
	return i
}

func (b *builder) empty() int {
	if b.none == 0 {
		b.none = int(b.node(-1, b.special(emptyName))) + 1
	}
	return b.none - 1
}

// resolve names all locations.
func (c *counted) resolve(names *symbol.Table) {
	p := &c.profile
	names.Resolve(p)
	for i := range p.Locations {
		if name := c.named[i]; name != "" {
			p.Locations[i].Frames = []int{len(p.Frames)}
			p.Frames = append(p.Frames, profile.Frame{Function: name, System: true})
		}
	}
}

// fill makes the sites. A region is read in parts while the program may write to
// it, so figures that cannot be are cut.
func (c *counted) fill(sites []shim.Site, counts []region.Counts) {
	var order []int
	for i := range c.nodes {
		if c.nodes[i] >= 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.nodes[a], c.nodes[b]) })
	for _, i := range order {
		n := &counts[i]
		left := profile.Left{Blocks: max(n.Allocs-n.Frees, 0), Bytes: max(n.Bytes-n.FreedBytes, 0)}
		counts := profile.Counts{
			Allocs: n.Allocs, Bytes: n.Bytes, Frees: n.Frees, FreedBytes: n.FreedBytes,
			Temporary: n.Temporary, Lifetime: time.Duration(n.LifetimeMS) * time.Millisecond,
			PeakBytes: max(n.PeakBytes, 0), PeakAllocs: max(n.PeakBlocks, 0), Largest: int64(sites[i].Largest),
		}
		if k := len(c.profile.Sites) - 1; k < 0 || c.profile.Sites[k].Node != int(c.nodes[i]) {
			c.profile.Sites = append(c.profile.Sites, profile.Site{Node: int(c.nodes[i])})
		}
		site := &c.profile.Sites[len(c.profile.Sites)-1]
		site.Counts.Add(&counts)
		site.Left[profile.Unsorted].Add(left)
	}
}
