package unboundedgrowth

import (
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

// global is a static (or thread-local) collection.
type global struct {
	name  string
	typ   string // of the static, as constants name it
	coll  string // of the collection inside
	inner map[string]bool
}

var collections = []string{"Vec", "VecDeque", "HashMap", "HashSet", "BTreeMap", "BTreeSet", "BinaryHeap", "LinkedList", "IndexMap", "IndexSet", "DashMap", "DashSet", "FxHashMap", "Slab"}

var holders = []string{"Mutex", "RwLock", "ReentrantMutex", "RefCell", "Cell", "UnsafeCell", "LazyLock", "LazyCell", "OnceLock", "OnceCell", "Lazy", "LocalKey", "Option", "Box", "Arc", "Rc", "SyncUnsafeCell", "LazyStorage", "EagerStorage",
	"FairMutex", "ArcSwap", "ArcSwapAny", "CachePadded", "ManuallyDrop"}

var adders = []string{"push", "push_back", "push_front", "insert", "entry", "extend", "append", "insert_full", "or_insert", "get_or_insert_with"}

// enders are calls after which a collection may be smaller, or that ask how large it is.
var enders = []string{"remove", "remove_entry", "clear", "pop", "pop_front", "pop_back", "pop_first", "pop_last", "truncate", "drain", "retain", "take", "swap_remove", "shift_remove", "split_off", "replace", "swap", "len",
	"into_iter", "resize", "extract_if", "dedup", "set", "capacity", "is_full", "shrink_remove", "remove_if", "retain_mut", "into_inner"}

var changers = ir.NewNames(append(slices.Clone(adders), enders...)...)

// statics finds static collections into which functions put what their
// parameters say, and that nothing makes smaller.
func statics(p *rule.Pass) {
	gs := globals(p)
	if len(gs) == 0 {
		return
	}
	var funcs []*ir.Func
	for _, f := range p.Funcs() {
		if f.Head.Kind == mir.FnBody && f.MayCallAny(changers) {
			funcs = append(funcs, f)
		}
	}
	for _, g := range gs {
		grows(p, g, funcs)
	}
}

// globals lists the statics that hold a collection, one of each type.
func globals(p *rule.Pass) []*global {
	var out []*global
	seen := map[string]bool{}
	for _, f := range p.Crate.Funcs {
		k := f.Head.Kind
		if f.Head.Ret == nil || k != mir.StaticBody && !(k == mir.ConstBody && f.Head.Ret.Path != nil && ir.LastSeg(f.Head.Ret.Path) == "LocalKey") {
			continue
		}
		if strings.Contains(f.Head.Name, "__RUST_STD_INTERNAL") {
			continue
		}
		g := &global{name: f.Last, typ: f.Head.Ret.Text, inner: map[string]bool{}}
		if f.Impl != nil && f.Impl.SelfText != "" { // lazy_static
			g.name = f.Impl.SelfText
		}
		if c := g.find(f.Head.Ret, 0); c != nil && !seen[g.typ] {
			seen[g.typ] = true
			g.coll = c.Text
			out = append(out, g)
		}
	}
	return out
}

// find is the collection in a type, behind locks and cells.
func (g *global) find(t *mir.Type, depth int) *mir.Type {
	if t == nil || depth > 8 {
		return nil
	}
	if t.Kind == mir.TypeRef && len(t.Args) == 1 {
		return g.find(t.Args[0], depth+1)
	}
	if t.Kind != mir.TypePath || t.Path == nil {
		return nil
	}
	g.inner[t.Text] = true
	name := ir.LastSeg(t.Path)
	if slices.Contains(collections, name) {
		return t
	}
	if !slices.Contains(holders, name) {
		return nil
	}
	for _, a := range t.Path.Segs[len(t.Path.Segs)-1].Args {
		if c := g.find(a.Type, depth+1); c != nil {
			return c
		}
	}
	return nil
}

// grows reports the first place that puts something in, if nothing anywhere takes something out.
func grows(p *rule.Pass, g *global, funcs []*ir.Func) {
	var at *flow.CallSite
	var in *flow.View
	var best finding.Grade
	for _, f := range funcs {
		v := p.Engine.View(f)
		for _, c := range v.Calls() {
			if len(c.Args) == 0 || !g.receives(v, c) {
				continue
			}
			switch last := c.Last(); {
			case slices.Contains(enders, last):
				return
			case slices.Contains(adders, last) && g.reaches(v, c):
				grade, ok := fromInput(v, c)
				if ok && (at == nil || grade > best) {
					at, in, best = c, v, grade
				}
			}
		}
		if g.replaced(v) {
			return
		}
	}
	if at != nil {
		report(p, g, in, at, best)
	}
}

// receives reports whether a call's first arguments are, or point at, a value of the collection's type.
func (g *global) receives(v *flow.View, c *flow.CallSite) bool {
	for i := range c.Args[:min(2, len(c.Args))] {
		t := v.TypeOf(&c.Args[i])
		for t != nil && (t.Kind == mir.TypeRef || t.Kind == mir.TypeRawPtr) && len(t.Args) == 1 {
			t = t.Args[0]
		}
		if t != nil && (t.Text == g.coll || i == 0 && g.inner[t.Text] && c.Last() != "get_or_insert_with" && c.Last() != "into_inner" || strings.Contains(t.Text, "Option<"+g.coll)) {
			return true
		}
	}
	return false
}

// replaced reports whether a value of the collection's type is stored over the old one.
func (g *global) replaced(v *flow.View) bool {
	return slices.ContainsFunc(v.Stores(), func(s flow.Store) bool {
		t := v.PlaceType(s.Place)
		return t != nil && t.Text == g.coll
	})
}

// reaches reports whether a call's receiver comes from the static: through its
// constant, or as what `LocalKey::with` gives a closure.
func (g *global) reaches(v *flow.View, c *flow.CallSite) bool {
	feed := v.Feed(&c.Args[0], func(*flow.CallSite) bool { return true })
	for _, k := range feed.Consts {
		if k.Type != nil && strings.TrimPrefix(strings.TrimPrefix(k.Type.Text, "&"), "*mut ") == g.typ || k.Path != nil && ir.LastSeg(k.Path) == g.name || k.Type != nil && strings.HasSuffix(k.Type.Text, g.name) {
			return true
		}
	}
	if strings.Contains(g.typ, "LocalKey") && strings.HasPrefix(v.Fn.Last, "{closure") {
		for _, l := range feed.Params() {
			if t := v.MIR.Locals[l].Type; t != nil && t.Kind == mir.TypeRef && len(t.Args) == 1 && g.inner[t.Args[0].Text] {
				return true
			}
		}
	}
	return false
}

// fromInput says how surely what is put in comes from a caller, and whether it can be much.
func fromInput(v *flow.View, c *flow.CallSite) (finding.Grade, bool) {
	if len(c.Args) < 2 {
		return 0, false
	}
	if t := v.TypeOf(&c.Args[1]); t != nil && few(t) {
		return 0, false
	}
	feed := v.Feed(&c.Args[1], func(*flow.CallSite) bool { return true })
	if len(feed.Params()) == 0 || slices.ContainsFunc(deliberate, func(w string) bool { return strings.Contains(strings.ToLower(v.Fn.Name), w) }) {
		return finding.Possible, true
	}
	return finding.Likely, true
}

// few reports whether a type has few values in a program: types, threads,
// bytes, functions, and references, which a static holds only of what lives as
// long as the program.
func few(t *mir.Type) bool {
	switch t.Text {
	case "u8", "i8", "bool":
		return true
	}
	if t.Kind == mir.TypeRef || t.Kind == mir.TypeFnPtr || t.Kind == mir.TypeFnItem {
		return true
	}
	name := ir.LastSeg(t.Path)
	return name == "TypeId" || name == "ThreadId" || name == "Thread" || name == "Waker"
}

// deliberate are words in names of functions that programs, and not their input, call.
var deliberate = []string{"register", "install", "intern", "init", "setup", "define", "symbol", "atom", "leak", "static"}

func report(p *rule.Pass, g *global, v *flow.View, c *flow.CallSite, grade finding.Grade) {
	at := place(v, c.Block)
	var notes []string
	if grade == finding.Possible {
		notes = append(notes, "whether what is put in comes from input, and how much of it there is, is not known here")
	}
	p.Report(v.Fn, finding.Finding{
		Title:   "`" + g.name + "` only grows: nothing in this crate removes from it",
		Grade:   grade,
		Primary: at,
		Label:   "each call may add an element, which stays until the process ends",
		Trace: []finding.Step{
			{Span: at, Text: "an element is put into the static `" + g.name + "`"},
			{Span: rule.Head(v.Fn), Text: "what is put in depends on the caller"},
		},
		Notes: notes,
		Fix:   &finding.Fix{Text: "bound it: compare `len()` with a limit, remove the oldest, or hold it in a value that is dropped with its owner"},
	})
}
