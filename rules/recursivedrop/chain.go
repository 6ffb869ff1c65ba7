package recursivedrop

import (
	"slices"
	"strings"

	"softshell/ir"
	"softshell/mir"
)

// chain is a group of types of which a value owns the next one through a
// pointer, at most one per value: a list, whose length nothing bounds.
type chain struct {
	types map[string]bool // paths
	links map[string]int  // path of a struct or variant -> number of the field that leads on
}

// edge leads from a field to a type that its value owns.
type edge struct {
	shape string // path of the struct or variant
	field int
	from  string // path of the type
	to    string
	many  bool // through a collection: a tree
}

// chains finds the lists among the types of a crate, by what bodies show of
// their fields.
func chains(shapes map[string][]string) []*chain {
	if !anyPointer(shapes) {
		return nil
	}
	g := readEdges(shapes)
	var out []*chain
	done := map[string]bool{}
	for _, start := range sortedKeys(g) {
		if done[start] {
			continue
		}
		group := g.group(start)
		for t := range group {
			done[t] = true
		}
		if c := g.list(group); c != nil {
			out = append(out, c)
		}
	}
	return out
}

func anyPointer(shapes map[string][]string) bool {
	for _, fields := range shapes {
		if slices.ContainsFunc(fields, hasPointer) {
			return true
		}
	}
	return false
}

func hasPointer(text string) bool {
	return strings.Contains(text, "Box<") || strings.Contains(text, "Rc<") || strings.Contains(text, "Arc<")
}

// graph holds the edges by the type that they start from.
type graph map[string][]edge

func readEdges(shapes map[string][]string) graph {
	g, types := graph{}, mir.NewTypes()
	for _, shape := range sortedKeys(shapes) {
		for i, text := range shapes[shape] {
			r := fieldReader{shapes: shapes, e: edge{shape: shape, field: i, from: typeOf(shape, shapes)}}
			r.read(types.Type(text), 0)
			for _, e := range r.out {
				g[e.from] = append(g[e.from], e)
			}
		}
	}
	return g
}

// typeOf is the enum of a variant's path, or the struct's own path.
func typeOf(shape string, shapes map[string][]string) string {
	head, _, ok := cutLast(shape)
	if !ok {
		return shape
	}
	if _, known := shapes[head]; known && isUpper(last(head)) {
		return head
	}
	return shape
}

func cutLast(path string) (head, tail string, ok bool) {
	if i := strings.LastIndex(path, "::"); i >= 0 {
		return path[:i], path[i+2:], true
	}
	return "", path, false
}

func last(path string) string {
	_, tail, _ := cutLast(path)
	return tail
}

func isUpper(s string) bool { return s != "" && s[0] >= 'A' && s[0] <= 'Z' }

// fieldReader finds the types of the crate that a field owns.
type fieldReader struct {
	shapes map[string][]string
	e      edge
	out    []edge
}

// maxNesting bounds how deep the text of a type is followed.
const maxNesting = 12

// through are the types of std that hold their first argument, one at most.
var through = []string{"Box", "Rc", "Arc", "Option", "Cell", "RefCell", "UnsafeCell", "Mutex", "RwLock", "OnceCell", "OnceLock", "Pin", "Reverse", "Wrapping"}

func (r *fieldReader) read(t *mir.Type, depth int) {
	if t == nil || depth > maxNesting {
		return
	}
	switch t.Kind {
	case mir.TypeTuple:
		r.all(t.Args, depth)
	case mir.TypeSlice, mir.TypeArray:
		r.inside(func() { r.e.many = true; r.all(t.Args, depth) })
	case mir.TypePath, mir.TypeParam:
		r.path(t, depth)
	}
}

func (r *fieldReader) all(ts []*mir.Type, depth int) {
	for _, t := range ts {
		r.read(t, depth+1)
	}
}

// inside runs f and takes back what it does to the edge.
func (r *fieldReader) inside(f func()) {
	e := r.e
	f()
	r.e = e
}

func (r *fieldReader) path(t *mir.Type, depth int) {
	if t.Path == nil {
		return
	}
	if _, own := r.shapes[t.Path.Plain]; own {
		e := r.e
		e.to = typeOf(t.Path.Plain, r.shapes)
		r.out = append(r.out, e)
	}
	switch name := ir.LastSeg(t.Path); {
	case name == "Weak" || name == "PhantomData" || name == "NonNull" || name == "ManuallyDrop" || name == "MaybeUninit":
	case slices.Contains(through, name):
		r.read(ir.TypeArg(t, 0), depth+1)
	default:
		r.inside(func() { r.e.many = true; r.args(t, depth) })
	}
}

func (r *fieldReader) args(t *mir.Type, depth int) {
	for _, s := range t.Path.Segs {
		for _, a := range s.Args {
			r.read(a.Type, depth+1)
		}
	}
}

// group is the set of types that a type reaches and that reach it.
func (g graph) group(start string) map[string]bool {
	fore := g.reach(start)
	out := map[string]bool{}
	for t := range fore {
		if g.reach(t)[start] {
			out[t] = true
		}
	}
	return out
}

// reach is what a type owns, itself only if it does so around a circle.
func (g graph) reach(start string) map[string]bool {
	out := map[string]bool{}
	work := []string{start}
	for len(work) > 0 {
		t := work[len(work)-1]
		work = work[:len(work)-1]
		for _, e := range g[t] {
			if !out[e.to] {
				out[e.to] = true
				work = append(work, e.to)
			}
		}
	}
	return out
}

// list is the group as a list, nil when a value of it can hold more than one other.
func (g graph) list(group map[string]bool) *chain {
	c := &chain{types: group, links: map[string]int{}}
	for _, t := range sortedKeys(group) {
		for _, e := range g[t] {
			if !group[e.to] {
				continue
			}
			if _, second := c.links[e.shape]; second || e.many {
				return nil
			}
			c.links[e.shape] = e.field
		}
	}
	if len(c.links) == 0 {
		return nil
	}
	return c
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
