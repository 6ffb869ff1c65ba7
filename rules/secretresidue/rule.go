// Package secretresidue finds keys and passwords that stay in memory after
// their owner is gone, and erasing that the compiler may remove.
package secretresidue

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "secret-residue",
		Title:    "a secret stays in memory after its owner is gone",
		CWE:      []int{226, 244, 14},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	drops := map[string]*ir.Func{}
	for _, f := range p.Funcs() {
		if self := dropped(f); self != "" {
			drops[self] = f
		}
	}
	types(p, drops)
	for _, f := range p.Funcs() {
		if self := dropped(f); self != "" {
			removable(p, f, self)
		}
	}
	if p.Weakest == finding.Possible {
		variables(p)
	}
	return nil
}

// dropped is the path of the type of which a function is the destructor, ""
// for others. The receiver tells it: blocks that one macro wrote for several
// types have one place.
func dropped(f *ir.Func) string {
	if f.Last != "drop" || f.Impl == nil || len(f.Head.Params) != 1 || len(f.Head.Locals) < 2 {
		return ""
	}
	t := f.Head.Locals[1].Type
	if t == nil || t.Kind != mir.TypeRef || !t.Mut || len(t.Args) != 1 {
		return ""
	}
	return ir.TypePlain(t.Args[0])
}

// types looks at the types whose names say that they hold a secret.
func types(p *rule.Pass, drops map[string]*ir.Func) {
	shapes := p.Types.Shapes(p.Crate.Name)
	found := map[string]finding.Grade{}
	for shape, fields := range shapes {
		path := owner(shape)
		g, ok := secretType(lastSeg(path))
		if !ok || !slices.ContainsFunc(fields, ownsBytes) {
			continue
		}
		if d := drops[path]; d != nil && (erasesIn(p, d, 0) || writesZero(p, d) != nil) {
			continue // by force, or see removable
		}
		found[path] = g
	}
	if len(found) == 0 {
		return
	}
	made := makers(p, found)
	for _, path := range sorted(found) {
		if m, ok := made[path]; ok {
			reportType(p, path, found[path], m, drops[path] != nil)
		}
	}
}

// owner is the type of a shape: an enum for its variant.
func owner(shape string) string {
	if i := strings.LastIndex(shape, "::"); i > 0 {
		if head := lastSeg(shape[:i]); head != "" && head[0] >= 'A' && head[0] <= 'Z' {
			return shape[:i]
		}
	}
	return shape
}

func lastSeg(path string) string { return path[strings.LastIndex(path, ":")+1:] }

// ownsBytes reports whether a field's type is plain memory of the value's own.
func ownsBytes(t string) bool {
	t = strings.TrimPrefix(t, "std::option::Option<")
	switch {
	case strings.HasPrefix(t, "["):
		return strings.HasPrefix(t, "[u8; ") || strings.HasPrefix(t, "[u32; ") || strings.HasPrefix(t, "[u64; ")
	case strings.HasPrefix(t, "std::vec::Vec<u8>"), strings.HasPrefix(t, "std::string::String"), strings.HasPrefix(t, "std::boxed::Box<[u8"), strings.HasPrefix(t, "std::boxed::Box<str>"):
		return true
	}
	return strings.Contains(t, "GenericArray<u8,") && !strings.Contains(t, "Zeroizing")
}

// erasesIn reports whether a body erases in a way that stays, itself or in what it calls.
func erasesIn(p *rule.Pass, f *ir.Func, depth int) bool {
	v := p.Engine.View(f)
	for _, c := range v.Calls() {
		if c.Path == nil || erases(c.Path.Plain) || depth < 3 && c.Target != nil && c.Target != f && erasesIn(p, c.Target, depth+1) {
			return true
		}
	}
	return slices.ContainsFunc(v.MIR.Blocks, func(b mir.Block) bool { return b.Term.Kind == mir.InlineAsm })
}

// maker is where a value of a type is made.
type maker struct {
	f  *ir.Func
	at flow.Point
	cp bool // the type is Copy
}

// makers finds the first place where each type is made.
func makers(p *rule.Pass, found map[string]finding.Grade) map[string]*maker {
	out := map[string]*maker{}
	copied := map[string]bool{}
	for _, f := range p.Funcs() {
		if f.Head.Kind != mir.FnBody {
			continue
		}
		if f.Impl != nil && f.Impl.Derived {
			if _, ok := found[f.Impl.SelfPlain]; ok && f.Last == "clone" && f.Blocks == 1 {
				copied[f.Impl.SelfPlain] = true
			}
			continue
		}
		if !mayMake(f, found) || found[f.Head.Name] > 0 {
			continue
		}
		for _, m := range p.Engine.View(f).Makings() {
			path := owner(m.Path.Plain)
			if _, ok := found[path]; ok && out[path] == nil && rule.At(f, m.At.Block, m.At.Stmt).Line >= 0 {
				out[path] = &maker{f: f, at: m.At}
			}
		}
	}
	for path := range copied {
		if out[path] != nil {
			out[path].cp = true
		}
	}
	return out
}

// mayMake reports whether a function can be one that makes a value of a type:
// its own impl block, or its signature names it.
func mayMake(f *ir.Func, found map[string]finding.Grade) bool {
	if f.Impl != nil {
		if _, ok := found[f.Impl.SelfPlain]; ok {
			return true
		}
	}
	for path := range found {
		if f.Head.Ret != nil && strings.Contains(f.Head.Ret.Text, lastSeg(path)) {
			return true
		}
	}
	return false
}

func sorted(m map[string]finding.Grade) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func reportType(p *rule.Pass, path string, g finding.Grade, m *maker, hasDrop bool) {
	name := lastSeg(path)
	how := "it has no `Drop`: its bytes stay where they are when it goes"
	if hasDrop {
		how = "its `Drop` does not erase its bytes: they stay where they are when it goes"
	}
	notes := []string{"what stays can be read later: in a core dump, in swap, through a use after free or an over-read such as Heartbleed"}
	if m.cp {
		how = "it is `Copy`: each move leaves a copy behind, and no `Drop` can erase it"
	}
	if g == finding.Possible {
		notes = append(notes, "whether its value is secret in this program is not known here")
	}
	at := rule.At(m.f, m.at.Block, m.at.Stmt)
	p.Report(m.f, finding.Finding{
		Title:   fmt.Sprintf("`%s` is not erased when it is dropped", name),
		Item:    path,
		Grade:   g,
		Primary: at,
		Label:   "a secret is put into plain memory here",
		Trace: []finding.Step{
			{Span: at, Text: "a `" + name + "` is made; it owns the bytes of the secret"},
			{Span: at, Text: how},
		},
		Notes: notes,
		Fix:   &finding.Fix{Text: "derive `Zeroize` and `ZeroizeOnDrop`, or hold the bytes in `Zeroizing<..>`; do not derive `Copy`"},
	})
}

// removable looks for a destructor that erases by plain writes.
func removable(p *rule.Pass, f *ir.Func, self string) {
	at := writesZero(p, f)
	if at == nil || erasesIn(p, f, 0) || foreignMemory(p.Types.Shapes(p.Crate.Name)[self]) {
		return
	}
	span := rule.At(f, at.Block, at.Stmt)
	if span.IsZero() {
		span = rule.Head(f)
	}
	name := lastSeg(self)
	p.Report(f, finding.Finding{
		Title:   fmt.Sprintf("the compiler may remove the erasing of `%s`", name),
		Grade:   finding.Likely,
		Primary: span,
		Label:   "nothing reads these zeros: the memory is given back next",
		Trace: []finding.Step{
			{Span: span, Text: "the destructor overwrites the value with zeros by plain writes"},
			{Span: rule.Head(f), Text: "behind it the memory is dead, so that an optimised build need not write at all"},
		},
		Fix: &finding.Fix{Text: "use the `zeroize` crate, or `ptr::write_volatile` for each byte and `atomic::compiler_fence(SeqCst)` behind the loop"},
	})
}

// foreignMemory reports whether a type points at memory that others may read.
func foreignMemory(fields []string) bool {
	return slices.ContainsFunc(fields, func(t string) bool {
		return strings.HasPrefix(t, "*") || strings.HasPrefix(t, "&") || strings.Contains(t, "NonNull") || strings.Contains(t, "Mmap") || strings.Contains(t, "Rc<") || strings.Contains(t, "Arc<") || strings.Contains(t, "RefMut<")
	})
}

// writesZero is where a destructor overwrites bytes of its own value with
// zeros by plain writes, nil when it does not.
func writesZero(p *rule.Pass, f *ir.Func) *flow.Point {
	v := p.Engine.View(f)
	for _, c := range v.Calls() {
		if c.Is("slice::fill", "ptr::write_bytes", "intrinsics::write_bytes") && len(c.Args) >= 2 && isZero(&c.Args[1]) && ofSelf(v, &c.Args[0]) {
			return &flow.Point{Block: c.Block, Stmt: flow.Term}
		}
	}
	for _, s := range v.Stores() {
		if s.At.Stmt == flow.Term || len(s.Value) != 1 || !isZero(&s.Value[0]) {
			continue
		}
		rv := v.MIR.Blocks[s.At.Block].Stmts[s.At.Stmt].Rvalue
		t := v.PlaceType(s.Place)
		if rv.Kind == mir.Repeat || rv.Kind == mir.Use && t != nil && t.Kind == mir.TypePrim && v.Loop(s.At.Block) != 0 && selfFeeds(v, s.Place) {
			return &s.At
		}
	}
	return nil
}

func isZero(op *mir.Operand) bool {
	return op.Kind == mir.Constant && op.Const != nil && op.Const.Kind == mir.ConstInt && op.Const.Int == 0 && !op.Const.Big
}

func ofSelf(v *flow.View, op *mir.Operand) bool { return v.Root(op).Local() == 1 }

func selfFeeds(v *flow.View, p *mir.Place) bool {
	return v.FeedOf(p, func(*flow.CallSite) bool { return true }).Locals[1]
}

// variables looks for buffers whose names say that they hold a secret, and
// that go out of scope as they are.
func variables(p *rule.Pass) {
	for _, f := range p.Funcs() {
		if f.Head.Kind != mir.FnBody || !f.Secret || f.MayCall("zeroize", "write_volatile", "memzero", "explicit_bzero", "memset_s") {
			continue
		}
		v := p.Engine.View(f)
		for i := range v.MIR.Debug {
			d := &v.MIR.Debug[i]
			if d.Place == nil || len(d.Place.Proj) > 0 || !secretVariable(d.Name) || !isBuffer(v.MIR.Locals[d.Place.Local].Type) {
				continue
			}
			if b := freed(v, d.Place.Local); b >= 0 {
				reportVariable(p, f, d.Name, b)
				break
			}
		}
	}
}

func isBuffer(t *mir.Type) bool {
	return t != nil && (t.Text == "std::string::String" || t.Text == "std::vec::Vec<u8>")
}

// freed is a block that drops a local on a normal way, -1 for none.
func freed(v *flow.View, local int32) int32 {
	for b := range v.MIR.Blocks {
		blk := &v.MIR.Blocks[b]
		if blk.Term.Kind == mir.Drop && !blk.Cleanup && v.Reached(int32(b)) && blk.Term.Place.Local == local && len(blk.Term.Place.Proj) == 0 {
			return int32(b)
		}
	}
	return -1
}

func reportVariable(p *rule.Pass, f *ir.Func, name string, block int32) {
	at := rule.At(f, block, flow.Term)
	p.Report(f, finding.Finding{
		Title:   fmt.Sprintf("`%s` is freed without being erased", name),
		Grade:   finding.Possible,
		Primary: at,
		Label:   "its memory goes back to the allocator as it is",
		Trace:   []finding.Step{{Span: at, Text: "`" + name + "` goes out of scope here; its bytes stay in the freed block"}},
		Notes:   []string{"whether its value is secret in this program is not known here"},
		Fix:     &finding.Fix{Text: "hold it in `Zeroizing<..>`, with its capacity reserved at once: each growth leaves a copy behind"},
	})
}
