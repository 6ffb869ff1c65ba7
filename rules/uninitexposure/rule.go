// Package uninitexposure finds memory that was never written and that is read,
// returned, or handed to code that may read it.
package uninitexposure

import (
	_ "embed"

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
		ID:       "uninit-exposure",
		Title:    "memory that was never written is read or handed out",
		CWE:      []int{908, 457},
		Severity: finding.Warning,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	// First the functions that make such memory, then those that get it from them.
	given := map[*ir.Func]bool{}
	var names []string
	var makers []*ir.Func
	for _, f := range p.Funcs() {
		if !flow.MayBlank(f) {
			continue
		}
		makers = append(makers, f)
		if p.Engine.View(f).ReturnsBlank() {
			given[f] = true
			names = append(names, f.Name[lastColons(f.Name):])
		}
	}
	for _, f := range makers {
		check(p, f, given)
	}
	if len(names) == 0 {
		return nil
	}
	set := ir.NewNames(names...)
	for _, f := range p.Funcs() {
		if f.MayCallAny(set) && !flow.MayBlank(f) {
			check(p, f, given)
		}
	}
	return nil
}

func lastColons(s string) int {
	for i := len(s) - 1; i > 0; i-- {
		if s[i] == ':' {
			return i + 1
		}
	}
	return 0
}

func check(p *rule.Pass, f *ir.Func, given map[*ir.Func]bool) {
	v := p.Engine.View(f)
	for _, b := range v.Blanks(func(g *ir.Func) bool { return given[g] }) {
		if b.How == flow.BlankAlloc {
			continue
		}
		if (b.How == flow.BlankValue || b.How == flow.BlankZero) && never(b.Elem, b.How == flow.BlankValue) {
			reportNever(p, f, &b)
			continue
		}
		if x := worst(p, v, &b); x != nil {
			report(p, v, &b, x)
		}
	}
}

// graded is a use with how sure it is that it is a fault, and what speaks against it.
type graded struct {
	flow.Exposure
	grade finding.Grade
	notes []string
}

func (x *graded) lower(why string) {
	x.grade = finding.Possible
	x.notes = append(x.notes, why)
}

// worst picks the use to show: the one of the highest grade, of these the nearest.
func worst(p *rule.Pass, v *flow.View, b *flow.Blank) *graded {
	var best *graded
	for _, e := range v.Exposures(b) {
		if x := grade(p, v, b, e); x != nil && (best == nil || x.grade > best.grade) {
			best = x
		}
	}
	return best
}

// grade says how sure it is that a use is a fault, nil when it is none.
func grade(p *rule.Pass, v *flow.View, b *flow.Blank, e flow.Exposure) *graded {
	if b.How == flow.BlankZero {
		return nil // where zero is a value, it is initialised
	}
	x := &graded{Exposure: e, grade: finding.Likely}
	switch e.Use {
	case flow.UseRead:
	case flow.UseUser:
		if p.Promised(v, e.At.Block) {
			x.lower("the trait is unsafe to implement: it may promise only to write")
		}
	case flow.UseReader:
		x.lower("this reader is a known one, which in practice only writes")
	case flow.UseReturn, flow.UseStore:
		switch {
		case b.How == flow.BlankCall:
			return nil // told where it is made
		case e.Use == flow.UseStore || number(b.Elem):
			x.lower("whether anyone reads it before it is written is not known here")
		case b.How == flow.BlankValue && b.Elem.Text != v.MIR.Ret.Text:
			x.lower("it leaves inside another value, which may take care that nobody reads it")
		}
	default:
		return nil
	}
	if e.Written {
		x.lower("on another path something writes to it before")
	}
	if x.grade == finding.Likely && e.Use != flow.UseRead {
		if d, ok := p.Declared(v.Fn); ok && d.Unsafe {
			x.lower("the function is unsafe: its callers may promise that only writing follows")
		}
	}
	return x
}

// number reports whether every pattern of bits is a value of the type.
func number(t *mir.Type) bool {
	if t == nil {
		return true
	}
	switch t.Kind {
	case mir.TypePrim:
		return t.Name != "bool" && t.Name != "char" && t.Name != "str"
	case mir.TypeArray, mir.TypeTuple, mir.TypeSlice:
		for _, a := range t.Args {
			if !number(a) {
				return false
			}
		}
		return true
	}
	return false
}

// pointers are the types of std that hold a pointer which is never null.
var pointers = map[string]bool{"Box": true, "Vec": true, "String": true, "Rc": true, "Arc": true, "NonNull": true, "VecDeque": true,
	"CString": true, "HashMap": true, "HashSet": true, "PathBuf": true, "OsString": true, "NonZero": true}

// never reports whether no value of a type is made of zero bytes, or, when bits
// are arbitrary, whether some patterns are no value.
func never(t *mir.Type, arbitrary bool) bool {
	if t == nil {
		return false
	}
	switch t.Kind {
	case mir.TypeRef, mir.TypeFnPtr:
		return true
	case mir.TypePrim:
		return arbitrary && (t.Name == "bool" || t.Name == "char")
	case mir.TypeArray, mir.TypeTuple:
		for _, a := range t.Args {
			if never(a, arbitrary) {
				return t.Name != "0"
			}
		}
	case mir.TypePath:
		if t.Path == nil || len(t.Path.Segs) < 2 {
			return false
		}
		switch t.Path.Segs[0].Name {
		case "std", "core", "alloc":
			return pointers[ir.LastSeg(t.Path)]
		}
	}
	return false
}

func reportNever(p *rule.Pass, f *ir.Func, b *flow.Blank) {
	made := "of what lies in memory by chance"
	if b.How == flow.BlankZero {
		made = "of zero bytes"
	}
	p.Report(f, finding.Finding{
		Title:   "a `" + b.Elem.Text + "` is made " + made + ", which is no value of the type",
		Grade:   finding.Likely,
		Primary: rule.At(f, b.Block, -1),
		Label:   "undefined behaviour from here on, even when it is never used",
		Trace:   []finding.Step{{Span: rule.At(f, b.Block, -1), Text: "the compiler takes this for a valid value: a pointer in it is never null, a `bool` is 0 or 1"}},
		Fix:     &finding.Fix{Text: "start from a real value (an empty one, an `Option` that is `None`), or keep it in a `MaybeUninit` until it is written"},
	})
}

func report(p *rule.Pass, v *flow.View, b *flow.Blank, x *graded) {
	f := v.Fn
	p.Report(f, finding.Finding{
		Title:   title(f, b, &x.Exposure),
		Grade:   x.grade,
		Primary: rule.At(f, b.Block, -1),
		Label:   label(b),
		Trace:   trace(f, b, &x.Exposure),
		Notes:   x.notes,
		Fix:     &finding.Fix{Text: fix(b, &x.Exposure)},
	})
}

func title(f *ir.Func, b *flow.Blank, x *flow.Exposure) string {
	switch x.Use {
	case flow.UseUser:
		return what(b) + " is handed to `" + rule.Callee(f, x.At.Block) + "`, which may read it"
	case flow.UseReader:
		return what(b) + " is handed to `" + rule.Callee(f, x.At.Block) + "` to be filled"
	case flow.UseReturn:
		return what(b) + " is returned"
	case flow.UseStore:
		return what(b) + " is stored for others to read"
	}
	return what(b) + " is read"
}

func what(b *flow.Blank) string {
	switch b.How {
	case flow.BlankValue:
		return "a value that was never initialised"
	}
	return "memory that was never written"
}

func label(b *flow.Blank) string {
	switch b.How {
	case flow.BlankLength:
		return "from here on the length covers memory that was never written"
	case flow.BlankSlice:
		return "this covers memory that was never written"
	case flow.BlankCall:
		return "this returns memory that was never written"
	}
	return "this counts as a value, though nothing was written there"
}

func trace(f *ir.Func, b *flow.Blank, x *flow.Exposure) []finding.Step {
	var steps []finding.Step
	if b.Maker >= 0 && b.Maker != b.Block {
		steps = append(steps, finding.Step{Span: rule.At(f, b.Maker, -1), Text: "memory is reserved here, and not initialised"})
	}
	return append(steps, rule.Trace(f, b.Block, "from here on it counts as initialised", x.Way, endText(f, x))...)
}

func endText(f *ir.Func, x *flow.Exposure) string {
	switch x.Use {
	case flow.UseUser:
		return "`" + rule.Callee(f, x.At.Block) + "` is code that the caller chooses: it may read what it is given"
	case flow.UseReader:
		return "nothing that `" + rule.Callee(f, x.At.Block) + "` promises keeps it from reading what it is given"
	case flow.UseReturn:
		return "it leaves the function here"
	case flow.UseStore:
		return "it is stored here, behind a reference that outlives the function"
	}
	return "it is read here"
}

func fix(b *flow.Blank, x *flow.Exposure) string {
	switch b.How {
	case flow.BlankLength:
		if x.Use == flow.UseUser || x.Use == flow.UseReader {
			return "give it values first (`vec![0; n]`, `resize(n, 0)`), or read with `take(n).read_to_end(&mut v)`; the cost is mostly not measurable"
		}
		return "write the elements before the length is set, or use `resize`"
	case flow.BlankSlice:
		return "initialise the memory first (`vec![0; n]`, `alloc_zeroed`), or make a slice of `MaybeUninit`"
	}
	return "keep it in a `MaybeUninit`, write it, then take it with `assume_init`"
}
