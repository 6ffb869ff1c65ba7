package profiletest

import "softshell/heap/profile"

// Builder puts a profile together stack by stack.
type Builder struct {
	P         profile.Profile
	frames    map[profile.Frame]int
	locations map[key]int
	nodes     map[profile.Node]int
}

type key struct {
	frame, inlined int // indices of frames; inlined is -1 for none
}

// NewBuilder returns a Builder for a profile with one module.
func NewBuilder(program string) *Builder {
	b := &Builder{frames: map[profile.Frame]int{}, locations: map[key]int{}, nodes: map[profile.Node]int{}}
	b.P.Modules = []profile.Module{{Path: program, BuildID: "5b1f0c3a9d", Start: 0x555500000000, End: 0x555500400000, Bias: 0x555500000000, Debug: "dwarf"}}
	b.P.Run.Program, b.P.Run.Command = program, []string{program}
	return b
}

// Frame returns the index of f, which it adds if it is new.
func (b *Builder) Frame(f profile.Frame) int {
	i, ok := b.frames[f]
	if !ok {
		i = len(b.P.Frames)
		b.P.Frames = append(b.P.Frames, f)
		b.frames[f] = i
	}
	return i
}

// Node returns the node of one more call behind parent; inlined is a frame that
// was inlined into f, nil for none.
func (b *Builder) Node(parent int, f profile.Frame, inlined *profile.Frame) int {
	k := key{b.Frame(f), -1}
	list := []int{k.frame}
	if inlined != nil {
		k.inlined = b.Frame(*inlined)
		list = []int{k.inlined, k.frame}
	}
	l, ok := b.locations[k]
	if !ok {
		l = len(b.P.Locations)
		b.P.Locations = append(b.P.Locations, profile.Location{Module: 0, Offset: 0x1000 + uint64(l)*37, Frames: list})
		b.locations[k] = l
	}
	n := profile.Node{Parent: parent, Location: l}
	i, ok := b.nodes[n]
	if !ok {
		i = len(b.P.Nodes)
		b.P.Nodes = append(b.P.Nodes, n)
		b.nodes[n] = i
	}
	return i
}

// Stack returns the node of a stack whose frames are given from the root on.
func (b *Builder) Stack(fs ...profile.Frame) int {
	n := -1
	for _, f := range fs {
		n = b.Node(n, f, nil)
	}
	return n
}

// Sum sets the figures of the run that are sums over the sites.
func (b *Builder) Sum() *profile.Profile {
	r := &b.P.Run
	for i := range b.P.Sites {
		c := &b.P.Sites[i].Counts
		r.Allocs += c.Allocs
		r.Frees += c.Frees
		r.Bytes += c.Bytes
		r.Temporary += c.Temporary
		r.PeakLive += c.PeakBytes
		r.LiveAtEnd += c.Live()
	}
	return &b.P
}
