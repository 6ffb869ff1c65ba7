package record

import (
	"slices"
	"strings"

	"softshell/heap/profile"
	"softshell/heap/region"
	"softshell/heap/shim"
	"softshell/heap/symbol"
)

// panicking marks the thread that ended the process, if it did so out of a panic:
// one that aborts, or whose hook calls exit. (A panic that unwinds leaves no trace
// of itself on the stack.) It comes before the locations of c are resolved, since
// the table keeps what it said last.
func (c *counted) panicking(r *region.Region, f *shim.Frozen, names *symbol.Table) {
	if f.Node == 0 {
		return
	}
	stack := profile.Profile{Modules: slices.Clone(c.profile.Modules)}
	b := builder{p: &stack, named: map[int]string{}, modules: r.Modules(), places: map[place]int{}}
	nodes := r.Nodes()
	for n, k := f.Node, 0; n != 0 && int(n) < len(nodes) && k < deep; n, k = nodes[n].Parent, k+1 {
		if nodes[n].PC > shim.PCCollector {
			b.location(n, nodes[n].PC)
		}
	}
	names.Resolve(&stack)
	if !slices.ContainsFunc(stack.Frames, func(f profile.Frame) bool { return raises(f.Function) }) {
		return
	}
	for i := len(c.tids) - 1; i >= 0; i-- { // an id may have been used before
		if c.tids[i] == f.TID {
			c.profile.Threads[i].Panicking = true
			return
		}
	}
}

// raises reports whether a function is one that a panic goes through, other than
// those that wait for one to catch it.
func raises(function string) bool {
	return strings.HasPrefix(function, "core::panicking::") || strings.HasPrefix(function, "std::panicking::rust_panic") ||
		strings.HasPrefix(function, "std::panicking::begin_panic") || strings.HasPrefix(function, "std::panicking::panic_with_hook")
}
