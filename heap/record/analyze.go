package record

import (
	"runtime"
	"slices"

	"softshell/heap/graph"
	"softshell/heap/memory"
	"softshell/heap/profile"
	"softshell/heap/secret"
	"softshell/heap/symbol"
)

// findings is what the memory showed, as parts of a Profile.
type findings struct {
	left    [][profile.NumKinds]profile.Left // of each site
	cycles  []profile.Cycle
	secrets []profile.SecretHit
	notes   []string
}

// analysis is the look at the memory of one process.
type analysis struct {
	c     *counted
	names *symbol.Table
	snap  *memory.Snapshot
	types map[int32]symbol.Type // of nodes with blocks that are live
	sites map[int32]int         // of nodes
	inner []profile.Location    // what stack gave last
	gaps  map[int32][]bool      // words of a value, of nodes whose type has padding
}

// analyze looks at the memory while the process stands.
func (p *recorded) analyze(rd *reading, names *symbol.Table) *findings {
	a := &analysis{c: rd.counted, snap: rd.snap, names: names, types: map[int32]symbol.Type{}, sites: map[int32]int{}, gaps: map[int32][]bool{}}
	for i := range a.c.profile.Sites {
		a.sites[int32(a.c.profile.Sites[i].Node)] = i
	}
	withoutStdout(rd.snap, names)
	a.learnTypes()
	a.learnPadding()
	options := graph.Options{Handle: a.handle, Pointer: a.pointer, Padding: a.padding, Workers: runtime.GOMAXPROCS(0)}
	found := graph.Analyze(rd.snap, options)
	f := &findings{}
	if ok, note := a.layout(found.Cycles, p.compiler(), tryInstalled); !ok {
		options.NoCycles = true
		found = graph.Analyze(rd.snap, options)
		f.notes = append(f.notes, note)
	} else if note != "" {
		f.notes = append(f.notes, note)
	}
	f.notes = append(f.notes, found.Notes...)
	f.left = a.left(found.Kinds)
	for i := range found.Cycles {
		f.cycles = append(f.cycles, a.cycle(&found.Cycles[i]))
	}
	f.secrets = a.secrets(secret.Search(rd.snap, found.Kinds, p.s.o.Secrets))
	return f
}

// secrets names the places of hits.
func (a *analysis) secrets(hits []secret.Hit) []profile.SecretHit {
	var out []profile.SecretHit
	for _, h := range hits {
		site, ok := a.sites[h.Node]
		if !ok {
			site = -1
		}
		name := h.Name
		if h.Form != "" {
			name += " (" + h.Form + ")"
		}
		out = append(out, profile.SecretHit{Name: name, Where: h.Where, Site: site, Offset: h.Offset, Size: h.Size, Length: h.Length, Count: h.Count})
	}
	return out
}

// learnTypes asks for the types of what is live, and tells the sites.
func (a *analysis) learnTypes() {
	for i := range a.snap.Live {
		b := &a.snap.Live[i]
		if _, ok := a.types[b.Node]; ok || b.Node < 0 {
			continue
		}
		a.types[b.Node] = a.names.TypeOf(a.stack(b.Node), b.Size)
	}
	for i := range a.c.profile.Sites {
		s := &a.c.profile.Sites[i]
		ty, ok := a.types[int32(s.Node)]
		if !ok { // nothing of it is live
			ty = a.names.TypeOf(a.stack(int32(s.Node)), uint64(s.Counts.Largest))
		}
		s.Type = ty.String()
	}
}

// innermost is how much of a stack is asked for a type: the functions of std that
// allocate, and who called them. A recursion may be any number deep.
const innermost = 64

// stack is the inner part of the stack of a node, the innermost location first, as
// far as a type asks for it. It holds until the next call.
func (a *analysis) stack(node int32) []profile.Location {
	out := a.inner[:0]
	for n := int(node); n >= 0 && len(out) < innermost; n = a.c.profile.Nodes[n].Parent {
		if l := a.c.profile.Nodes[n].Location; l >= 0 {
			at := a.c.profile.Locations[l]
			out = append(out, at)
			if a.names.Enough(len(out)-1, at) {
				break
			}
		}
	}
	a.inner = out
	return out
}

func (a *analysis) handle(node int32) graph.Handle {
	switch a.types[node].Handle {
	case "":
		return graph.Unknown
	case "Rc", "Arc":
		return graph.Counted
	}
	return graph.Plain
}

// left counts the live blocks of each site by what holds them.
func (a *analysis) left(kinds []profile.Kind) [][profile.NumKinds]profile.Left {
	out := make([][profile.NumKinds]profile.Left, len(a.c.profile.Sites))
	for i := range a.snap.Live {
		if site, ok := a.sites[a.snap.Live[i].Node]; ok {
			l := &out[site][kinds[i]]
			l.Blocks++
			l.Bytes += int64(a.snap.Live[i].Size)
		}
	}
	return out
}

// cycle gives the blocks of a cycle their names.
func (a *analysis) cycle(c *graph.Cycle) profile.Cycle {
	out := profile.Cycle{Count: c.Count, Bytes: c.Bytes, Blocks: c.Blocks}
	for _, m := range c.Members {
		b := &a.snap.Live[m.Block]
		ty := a.types[b.Node]
		site, ok := a.sites[b.Node]
		if !ok {
			site = -1
		}
		member := profile.Member{Site: site, Size: int64(b.Size), Type: ty.Name, Strong: m.Strong, Weak: m.Weak}
		if m.Counted {
			if member.Handle = ty.Handle; ty.Handle != "Rc" && ty.Handle != "Arc" {
				member.Handle = "Rc or Arc"
			}
		} else if ty.Name != "" {
			member.Type = ty.String()
		}
		out.Members = append(out.Members, member)
	}
	for _, h := range c.Holds {
		field := a.field(c.Members[h.From].Block, h.Offset)
		out.Holds = append(out.Holds, profile.Hold{From: h.From, To: h.To, Field: field.Path, Offset: h.Offset})
	}
	return out
}

// field is what lies at an offset of a live block.
func (a *analysis) field(block int, offset int64) symbol.Field {
	b := &a.snap.Live[block]
	ty := a.types[b.Node]
	if ty.Handle == "" {
		return symbol.Field{}
	}
	bytes := make([]byte, min(b.Size, mostOfBlock))
	n, _ := a.snap.Mem.ReadAt(bytes, int64(b.Addr))
	return a.names.Field(ty, uint64(offset), bytes[:n])
}

var pointers = map[symbol.Pointer]graph.Pointer{
	symbol.NoPointer: graph.AnyPointer, symbol.Strong: graph.StrongHandle, symbol.Weak: graph.WeakHandle,
	symbol.Owned: graph.Owner, symbol.Raw: graph.Borrowed,
}

func (a *analysis) pointer(block int, offset int64) graph.Pointer {
	return pointers[a.field(block, offset).Kind]
}

// learnPadding asks where the types of what is live have no fields.
func (a *analysis) learnPadding() {
	for node, ty := range a.types {
		if words := a.names.Padding(ty); ty.Value > after(ty) || slices.Contains(words, true) {
			a.gaps[node] = words
		}
	}
}

// after is where the counts of a block end.
func after(ty symbol.Type) uint64 {
	if !ty.Counted {
		return 0
	}
	return max(ty.Strong, ty.Weak) + word
}

// padding reports whether no field lies at an offset of a live block. A block of
// another size than its type is not known so well.
func (a *analysis) padding(block int, offset int64) bool {
	b := &a.snap.Live[block]
	words := a.gaps[b.Node]
	if words == nil {
		return false
	}
	ty, off := a.types[b.Node], uint64(offset)
	if !ty.Many && (ty.Value+ty.Size+word-1)/word != (b.Size+word-1)/word {
		return false
	}
	if off < ty.Value {
		return off >= after(ty) // a value that is aligned does not begin right behind
	}
	at := off - ty.Value
	if ty.Many {
		at %= ty.Size
	}
	return at/word < uint64(len(words)) && words[at/word]
}

const word = 8

// mostOfBlock is how much of a block is read to tell the variant of an enum in it.
const mostOfBlock = 64 << 10

// into puts what was found into the profile.
func (rd *reading) into(p *profile.Profile) {
	p.Notes = append(p.Notes, rd.notes...)
	f := rd.found
	if f == nil {
		return
	}
	p.Run.Memory = true
	p.Notes = append(p.Notes, f.notes...)
	for i := range p.Sites {
		p.Sites[i].Left = f.left[i]
	}
	p.Cycles, p.Secrets = f.cycles, f.secrets
}
