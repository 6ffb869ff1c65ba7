package ffiborder

import (
	"fmt"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

// panics looks for code in a function with a foreign ABI whose panic reaches C.
func (c *checker) panics(f *ir.Func, ext *ir.ExternFn) {
	v := c.Engine.View(f)
	for _, call := range v.Calls() {
		if call.Term.Unwind == mir.UnwindUnreachable {
			continue
		}
		switch {
		case v.ChosenCall(call.Block) && !plainTrait(call) && (call.Target == nil || handsOn(v, call)):
			c.reportPanic(f, ext, call, "code of the caller's choice", "run it in catch_unwind and turn a panic into an error code of C")
			return
		case ext.Exported && unwrapsInput(v, call):
			c.reportPanic(f, ext, call, "a check of what C passes in", "return an error code of C where the input is wrong")
			return
		}
	}
}

// handsOn reports whether a function of the crate is called with code that the
// caller chose: for a type parameter of its caller, or with a trait object.
func handsOn(v *flow.View, call *flow.CallSite) bool {
	for _, s := range call.Path.Segs {
		for _, a := range s.Args {
			if a.Type != nil && v.Generic(a.Type) {
				return true
			}
		}
	}
	for i := range call.Args {
		if t := v.TypeOf(&call.Args[i]); t != nil && strings.Contains(t.Text, "dyn ") {
			return true
		}
	}
	return false
}

// plainTrait reports methods that people write without a panic in mind, and
// that have none: conversions, iterators, formatting.
func plainTrait(call *flow.CallSite) bool {
	if call.Path == nil || call.Path.Trait == nil {
		return false
	}
	switch ir.LastSeg(call.Path.Trait) {
	case "Into", "From", "Clone", "Default", "Iterator", "IntoIterator", "Display", "Debug", "PartialEq", "Eq", "Ord", "PartialOrd", "Hash", "TryInto", "TryFrom":
		return true
	}
	return false
}

// unwrapsInput reports an unwrap of a conversion that C's bytes decide.
func unwrapsInput(v *flow.View, call *flow.CallSite) bool {
	switch call.Last() {
	case "unwrap", "expect":
	default:
		return false
	}
	if len(call.Args) == 0 || call.Args[0].Kind == mir.Constant || len(call.Args[0].Place.Proj) > 0 {
		return false
	}
	local := call.Args[0].Place.Local
	for range 4 {
		at, ok := v.Def(local)
		if !ok {
			return false
		}
		if at.Stmt != flow.Term {
			rv := v.Rvalue(local)
			if rv == nil || rv.Kind != mir.Use || rv.Args[0].Kind == mir.Constant || len(rv.Args[0].Place.Proj) > 0 {
				return false
			}
			local = rv.Args[0].Place.Local
			continue
		}
		made := v.Call(at.Block)
		return made != nil && made.Is("CStr::to_str", "str::from_utf8", "CString::into_string", "String::from_utf8", "converts::from_utf8", "CStr::from_bytes_until_nul")
	}
	return false
}

func (c *checker) reportPanic(f *ir.Func, ext *ir.ExternFn, call *flow.CallSite, what, fix string) {
	abi, end := ext.ABI, "Rust ends the process at the border (since 1.81; before, the behaviour was undefined)"
	title := "a panic in " + what + " ends the process at the border to C"
	if abi == "" {
		abi = "C"
	}
	if unwinds(abi) {
		title = "a panic in " + what + " unwinds through frames of C"
		end = "C's frames are skipped, with what they hold; C code without unwind tables ends the process"
	}
	c.Report(f, finding.Finding{
		Title:   title,
		Grade:   finding.Possible,
		Primary: rule.At(f, call.Block, flow.Term),
		Label:   fmt.Sprintf("if this panics in an `extern \"%s\"` function, %s", abi, end),
		Notes:   []string{"whoever can make this code panic can stop the program"},
		Fix:     &finding.Fix{Text: fix},
	})
}

func unwinds(abi string) bool { return len(abi) > 7 && abi[len(abi)-7:] == "-unwind" }
