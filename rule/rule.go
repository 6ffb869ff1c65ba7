package rule

import (
	"strconv"
	"strings"

	"softshell/effects"
	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
)

// Rule is one check.
type Rule struct {
	Info
	Run func(*Pass) error
	// Given is what a rule was made with, when it is not always the same: what it
	// found with other words is not taken for what it finds with these.
	Given string
}

// DeniedFunction is the rule that softshell audit policy makes of a list of functions.
// A comment may allow it wherever rules run.
const DeniedFunction = "denied-function"

// Pass is one rule's view of one crate.
type Pass struct {
	Info   Info
	Crate  *ir.Crate
	Engine *flow.Engine
	Models *effects.Models
	Types  TypeInfo
	// Weakest is the weakest grade that anyone will see: a rule need not look
	// for what would be weaker.
	Weakest finding.Grade
	// Emit receives the findings.
	Emit func(finding.Finding)
}

// Funcs are the functions of the crate that can be analysed: those whose
// every construct is understood.
func (p *Pass) Funcs() []*ir.Func { return p.Crate.Bodies() }

// Declared is the declaration of the function in which f stands; see TypeInfo.
func (p *Pass) Declared(f *ir.Func) (d Declared, ok bool) {
	if p.Types == nil {
		return Declared{}, false
	}
	return p.Types.Declared(f)
}

// FieldInfo names a field for a finding of grade g. Of a finding that nobody
// will see it tells the field's number: names may cost a run of rustdoc.
func (p *Pass) FieldInfo(g finding.Grade, fd flow.FieldOf) FieldInfo {
	if g < p.Weakest {
		return FieldInfo{Owner: ir.LastSeg(fd.Type.Path), Name: strconv.Itoa(int(fd.Field))}
	}
	return p.Types.Field(p.Crate.Name, fd.Type, fd.Variant, int(fd.Field))
}

// Report completes a finding in f and emits it.
func (p *Pass) Report(f *ir.Func, fd finding.Finding) {
	fd.Rule, fd.CWE, fd.Severity = p.Info.ID, p.Info.CWE, p.Info.Severity
	if fd.Title == "" {
		fd.Title = p.Info.Title
	}
	fd.Crate = p.Crate.Name
	if fd.Item == "" && f != nil {
		fd.Item = f.Name
	}
	p.Emit(fd)
}

// At is the source range of a statement, or of the block's terminator when
// stmt is -1. A range inside a macro of std falls back to the nearest one
// before it in the block that is not.
func At(f *ir.Func, block, stmt int32) finding.Span {
	body := f.Code().Body
	if block < 0 || int(block) >= len(body.Blocks) {
		return finding.Span{}
	}
	blk := &body.Blocks[block]
	sp := blk.Term.Span
	if stmt >= 0 && int(stmt) < len(blk.Stmts) {
		sp = blk.Stmts[stmt].Span
	}
	if out := span(f.Crate, sp); !out.IsZero() {
		return out
	}
	if stmt < 0 {
		stmt = int32(len(blk.Stmts))
	}
	for i := stmt - 1; i >= 0; i-- {
		if out := span(f.Crate, blk.Stmts[i].Span); !out.IsZero() {
			return out
		}
	}
	return finding.Span{}
}

// span turns a MIR span into a finding's; zero for code of std.
func span(c *ir.Crate, s *mir.Span) finding.Span {
	if s.IsZero() || int(s.File) >= len(c.Sources) {
		return finding.Span{}
	}
	file := c.Sources[s.File]
	if strings.HasPrefix(file, "/rustc/") || strings.HasPrefix(file, "<") {
		return finding.Span{}
	}
	return finding.Span{File: c.Src.Path(file), Line: int(s.Line), Col: int(s.Col), EndLine: int(s.EndLine), EndCol: int(s.EndCol)}
}

// Head is where a function starts, as far as its spans tell.
func Head(f *ir.Func) finding.Span {
	if len(f.Head.Locals) > 0 {
		if sp := span(f.Crate, f.Head.Locals[0].Span); !sp.IsZero() {
			return sp
		}
	}
	for b := range f.Blocks {
		if sp := At(f, int32(b), -1); !sp.IsZero() {
			return sp
		}
	}
	return finding.Span{}
}

// Callee names the function that a block calls, as people write it: "Box::into_raw".
func Callee(f *ir.Func, block int32) string {
	c := f.Code().Calls[block]
	if c == nil || c.Path == nil {
		return "a function value"
	}
	if c.Target != nil {
		return c.Target.Name
	}
	return Short(c.Path)
}

// Short is a path's last two segments without generic arguments.
func Short(p *mir.Path) string {
	var parts []string
	if p.Self != nil {
		head := ir.TypePlain(p.Self)
		if i := strings.LastIndex(head, "::"); i >= 0 {
			head = head[i+2:]
		}
		parts = append(parts, head)
	}
	for _, s := range p.Segs {
		if s.Name != "" && !strings.HasPrefix(s.Name, "<") {
			parts = append(parts, s.Name)
		}
	}
	if len(parts) > 2 {
		parts = parts[len(parts)-2:]
	}
	return strings.Join(parts, "::")
}

// TypeText is a type as people write it: without the paths of its names.
func TypeText(t *mir.Type) string {
	if t == nil {
		return "the value"
	}
	var out []byte
	word := 0 // where the word at the end starts
	for i := 0; i < len(t.Text); i++ {
		c := t.Text[i]
		if c == ':' && i+1 < len(t.Text) && t.Text[i+1] == ':' {
			out = out[:word]
			i++
			continue
		}
		out = append(out, c)
		if c != '_' && c < 0x80 && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			word = len(out)
		}
	}
	return string(out)
}
