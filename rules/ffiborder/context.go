package ffiborder

import (
	"fmt"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

// Words in the name of a C function that tell whether it keeps the context
// that it is given, or uses it until it returns.
var (
	keeps = []string{"register", "set", "add", "install", "hook", "subscribe", "connect", "attach", "watch", "listen", "setopt", "signal", "atexit", "on"}
	opens = []string{"create", "open", "init", "new", "start", "spawn"}
	lends = []string{"foreach", "each", "iterate", "iter", "walk", "enumerate", "exec", "loop", "dispatch", "sort", "qsort", "search", "bsearch", "scan",
		"find", "visit", "perform", "run", "call", "invoke", "map", "apply", "parse", "read", "write", "list", "dump", "process", "query", "eval",
		"minimize", "optimize", "solve", "integrate", "unregister", "remove", "clear", "reset", "unset", "del", "get", "wait", "poll"}
	contexts = []string{"userdata", "data", "user", "context", "ctx", "opaque", "private", "priv", "pointer", "param", "arg"}
)

// words splits the name of a C function: sqlite3_update_hook, XSetErrorHandler.
func words(name string) []string {
	var out []string
	start := 0
	for i := 1; i <= len(name); i++ {
		if i == len(name) || name[i] == '_' || name[i] >= 'A' && name[i] <= 'Z' && name[i-1] >= 'a' && name[i-1] <= 'z' {
			if w := strings.ToLower(strings.Trim(name[start:i], "_")); w != "" {
				out = append(out, w)
			}
			start = i
		}
	}
	return out
}

func anyOf(ws, of []string) bool {
	return slices.ContainsFunc(ws, func(w string) bool { return slices.Contains(of, w) })
}

// keepsContext says whether a C function keeps the context that it is given:
// sure by its verb, maybe where it makes an object; false where it does not.
func keepsContext(v *flow.View, call *flow.CallSite) (sure, maybe bool) {
	ws := words(call.Last())
	if anyOf(ws, lends) {
		return false, false
	}
	switch {
	case takesCallback(v, call):
		return anyOf(ws, keeps), anyOf(ws, opens)
	case anyOf(ws, []string{"set"}) && anyOf(ws, contexts):
		return true, false
	}
	return false, false
}

// takesCallback reports whether a call is given a function to call back.
func takesCallback(v *flow.View, call *flow.CallSite) bool {
	for i := range call.Args {
		t := v.TypeOf(&call.Args[i])
		if t == nil || !strings.Contains(t.Text, "fn(") || strings.HasPrefix(t.Text, "*") {
			continue
		}
		if a := &call.Args[i]; a.Kind != mir.Constant && len(a.Place.Proj) == 0 {
			if rv := v.Rvalue(a.Place.Local); rv != nil && rv.Kind == mir.Adt && ir.LastSeg(rv.Path) == "None" {
				continue
			}
		}
		return true
	}
	return false
}

// context reports a pointer to a local of the function that C keeps.
func (c *checker) context(v *flow.View, call *flow.CallSite) {
	sure, maybe := keepsContext(v, call)
	if !sure && !maybe {
		return
	}
	for i := range call.Args {
		t := v.TypeOf(&call.Args[i])
		if t == nil || t.Kind != mir.TypeRawPtr || len(t.Args) == 0 || ir.LastSeg(t.Args[0].Path) != "c_void" {
			continue
		}
		owner, heap, ok := dies(v, &call.Args[i])
		if !ok || toldAgain(v, call.Block) {
			continue
		}
		c.reportContext(v, call, owner, heap, sure)
		return
	}
}

// dies finds the local that a context points to, when it ends with the
// function; heap is set when it owns what is pointed to.
func dies(v *flow.View, op *mir.Operand) (owner int32, heap, ok bool) {
	r := v.Root(op)
	if !r.Points || r.Const != nil || r.Local() <= 0 || v.Through(r.Ref) {
		return 0, false, false
	}
	owner = r.Local()
	for _, block := range r.Via {
		made := v.Call(block)
		switch {
		case made.Last() == "leak" || made.Last() == "into_raw":
			return 0, false, false
		case made.Is("Box::new") && made.Dest != nil && len(made.Dest.Proj) == 0:
			owner, heap = made.Dest.Local, true
		}
	}
	if t := v.MIR.Locals[owner].Type; t == nil || t.Kind == mir.TypeRef || t.Kind == mir.TypeRawPtr || owner == 0 ||
		!heap && (len(r.Via) > 0 || ir.LastSeg(t.Path) == "Box") {
		return 0, false, false
	}
	if heap && movedOn(v, owner) {
		return 0, false, false
	}
	return owner, heap, true
}

// movedOn reports whether a Box goes elsewhere than into another local that dies here.
func movedOn(v *flow.View, owner int32) bool {
	for range 4 {
		next := int32(-1)
		for b := range v.MIR.Blocks {
			if !v.Reached(int32(b)) || v.MIR.Blocks[b].Cleanup {
				continue
			}
			for i := range v.MIR.Blocks[b].Stmts {
				s := &v.MIR.Blocks[b].Stmts[i]
				if s.Rvalue == nil || !moves(s.Rvalue.Args, owner) {
					continue
				}
				if s.Rvalue.Kind != mir.Use && s.Rvalue.Kind != mir.Cast || len(s.Place.Proj) > 0 || s.Place.Local == 0 {
					return true
				}
				next = s.Place.Local
			}
			if t := &v.MIR.Blocks[b].Term; t.Kind == mir.Call && moves(t.Args, owner) && ir.LastSeg(v.Call(int32(b)).Path) != "drop" {
				return true
			}
		}
		if next < 0 {
			return false
		}
		owner = next
	}
	return true
}

func moves(ops []mir.Operand, local int32) bool {
	return slices.ContainsFunc(ops, func(op mir.Operand) bool {
		return op.Kind == mir.Move && op.Place.Local == local && len(op.Place.Proj) == 0
	})
}

// toldAgain reports whether the function goes on to other code that may speak
// to C: it may take the context back, or run what uses it and be done.
func toldAgain(v *flow.View, block int32) bool {
	again := false
	v.WalkReturn(block, func(at flow.Point, unwound bool) bool {
		if unwound || again {
			return false
		}
		if at.Stmt != flow.Term {
			return true
		}
		t := &v.MIR.Blocks[at.Block].Term
		switch t.Kind {
		case mir.Call, mir.TailCall:
			call := v.Call(at.Block)
			again = call.Foreign || call.Target != nil || call.Path == nil
		case mir.Drop:
			ty := v.PlaceType(&t.Place)
			again = ty == nil || ty.Kind == mir.TypePath && !isStd(ty) && !v.Generic(ty)
		}
		return !again
	})
	return again
}

func isStd(t *mir.Type) bool {
	if t.Path == nil || len(t.Path.Segs) == 0 {
		return false
	}
	switch t.Path.Segs[0].Name {
	case "std", "core", "alloc":
		return true
	}
	return false
}

func (c *checker) reportContext(v *flow.View, call *flow.CallSite, owner int32, heap, sure bool) {
	f, name := v.Fn, rule.Callee(v.Fn, call.Block)
	grade, notes := finding.Likely, []string(nil)
	if !sure {
		grade = finding.Possible
		notes = append(notes, fmt.Sprintf("whether `%s` keeps the context is not known", name))
	}
	what := "a local variable"
	if v.IsParam(owner) {
		what = "a parameter that was passed by value"
	}
	if heap {
		what = "a Box that is dropped at the end of this function"
	}
	c.Report(f, finding.Finding{
		Title:   fmt.Sprintf("`%s` keeps a pointer to what dies with this function", name),
		Grade:   grade,
		Primary: rule.At(f, call.Block, flow.Term),
		Label:   "C is told to call back with a pointer to " + what,
		Notes:   notes,
		Fix:     &finding.Fix{Text: "give C a pointer that lives as long as the registration: Box::into_raw, and take it back when C is told to forget the callback"},
	})
}

// gift is a closure of the caller's that C keeps.
type gift struct {
	fn    *ir.Func
	block int32
	param string // the type parameter
	to    string // the C function
}

// gifts notes the boxed closures of a type parameter that go to C with a callback.
func (c *checker) gifts(v *flow.View) {
	f := v.Fn
	for _, o := range c.Engine.Origins(f) {
		t := ir.TypeArg(o.Type, 0)
		if o.Kind != flow.KindPointer || o.Model == nil || t == nil || ir.LastSeg(o.Type.Path) != "Box" || !bareParam(v, t) {
			continue
		}
		st := c.Engine.Track(o)
		if st.GaveUp {
			continue
		}
		for i := range st.Ends {
			end := &st.Ends[i]
			if end.Stmt != flow.Term || end.Kind != flow.Unclear && end.Kind != flow.Escaped {
				continue
			}
			call := v.Call(end.Block)
			if call == nil || !call.Foreign || !takesCallback(v, call) || anyOf(words(call.Last()), lends) || takenBack(v, o.Block, end.Block) {
				continue
			}
			c.shortLived = append(c.shortLived, gift{f, end.Block, t.Text, rule.Callee(f, end.Block)})
			break
		}
	}
}

// takenBack reports whether a function itself takes back what a block of it
// gave up, on each way from the call that it went to.
func takenBack(v *flow.View, given, to int32) bool {
	kept := false
	v.WalkReturn(to, func(at flow.Point, unwound bool) bool {
		if unwound {
			return false
		}
		if at.Stmt != flow.Term {
			return true
		}
		if v.MIR.Blocks[at.Block].Term.Kind == mir.Return {
			kept = true
		}
		call := v.Call(at.Block)
		return call == nil || !call.Is("Box::from_raw") || len(call.Args) == 0 || !slices.Contains(v.Root(&call.Args[0]).Via, given)
	})
	return !kept
}

// bareParam reports whether a type is a type parameter itself.
func bareParam(v *flow.View, t *mir.Type) bool {
	return v.Generic(t) && !strings.ContainsAny(t.Text, "<([ :")
}
