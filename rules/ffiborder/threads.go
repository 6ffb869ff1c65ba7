package ffiborder

import (
	"fmt"

	"softshell/finding"
	"softshell/flow"
	"softshell/mir"
	"softshell/rule"
)

// locks are calls after which a function is alone with what it locked.
var locks = []string{"lock", "try_lock", "write", "borrow_mut", "call_once", "lock_arc", "with"}

// threads reports calls of C functions that two threads must not make at once.
func (c *checker) threads(v *flow.View, call *flow.CallSite) {
	if call.Model == nil || call.Model.Threads == "" || v.Fn.MayCall(locks...) {
		return
	}
	f, name := v.Fn, rule.Callee(v.Fn, call.Block)
	self := ""
	if f.Impl != nil {
		self = lastName(f.Impl.SelfPlain)
	}
	switch call.Model.Threads {
	case "handle":
		if self == "" || !sharedSelf(v) || !c.Crate.UnsafeImpl("Sync", self) || len(call.Args) == 0 || v.Root(&call.Args[0]).Local() != 1 {
			return
		}
		c.reportThreads(v, call, finding.Likely, fmt.Sprintf("`%s` is called through `&self` of a type that is Sync", name),
			fmt.Sprintf("two threads may be here at once with one `%s`; the library takes no lock", self),
			fmt.Sprintf("take `unsafe impl Sync for %s` out, put the handle behind a Mutex, or ask for `&mut self`", self))
	case "main":
		if self == "" || !c.Crate.UnsafeImpl("Sync", self) && !c.Crate.UnsafeImpl("Send", self) {
			return
		}
		c.reportThreads(v, call, finding.Possible, fmt.Sprintf("`%s` may be called on any thread", name),
			fmt.Sprintf("`%s` may go to another thread, but one thread alone may call this library", self),
			fmt.Sprintf("take `unsafe impl Send for %s` out, or check the thread", self))
	case "process":
		if some, _ := c.Crate.UnsafeFn(f.Last); some || f.Aborts {
			return // the caller has promised it, or is C
		}
		c.reportThreads(v, call, finding.Possible, fmt.Sprintf("`%s` is called without a lock", name),
			"its state belongs to the whole process: another thread's call changes it meanwhile",
			"use the reentrant form (getpwnam_r, localtime_r, strtok_r ..), or one lock for all calls")
	}
}

// sharedSelf reports whether the function's first parameter is `&self`.
func sharedSelf(v *flow.View) bool {
	if len(v.MIR.Params) == 0 {
		return false
	}
	t := v.MIR.Locals[1].Type
	return t != nil && t.Kind == mir.TypeRef && !t.Mut
}

func (c *checker) reportThreads(v *flow.View, call *flow.CallSite, grade finding.Grade, title, label, fix string) {
	c.Report(v.Fn, finding.Finding{
		Title:   title,
		Grade:   grade,
		Primary: rule.At(v.Fn, call.Block, flow.Term),
		Label:   label,
		Fix:     &finding.Fix{Text: fix},
	})
}
