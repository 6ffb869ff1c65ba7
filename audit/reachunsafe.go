package audit

import (
	"strings"

	"softshell/audit/callgraph"
	"softshell/audit/unsafety"
)

// Mark says of each site whether the item can run that it stands in. Sites of impls,
// traits and attributes do not run. What runs only where it is built was not followed.
func (r *Reachability) Mark(crates []unsafety.Crate) {
	for i := range crates {
		c := &crates[i]
		asked := map[string]Verdict{}
		for j := range c.Sites {
			s := &c.Sites[j]
			if !s.Kind.Operation() && s.Kind != unsafety.UnsafeBlock && s.Kind != unsafety.UnsafeFn {
				continue
			}
			path := functionPath(s.Item)
			if _, ok := asked[path]; !ok {
				asked[path] = r.item(c, path)
			}
			s.Reached = string(asked[path])
		}
	}
}

// item asks for one function. A path that fits a type or the crate only decides when
// not even that is reached.
func (r *Reachability) item(c *unsafety.Crate, path string) Verdict {
	if c.Host || path == "" {
		return Unknown
	}
	a := r.graph.Ask(callgraph.Target{Package: c.Package, Version: c.Version, Functions: []string{c.Crate + "::" + path}, NoChain: true})
	switch {
	case a.Reached && a.Level == callgraph.Function && a.Grade != callgraph.None:
		return Reachable
	case a.Reached || !a.Known || r.doubt != "" || a.Grade == callgraph.None:
		return Unknown
	}
	return NotReached
}

// functionPath is an item as a call names it: `<T as Trait>::f` is T::f, and a closure
// is the function that it stands in.
func functionPath(item string) string {
	if item == "" || strings.Contains(item, "<impl in a macro>") || strings.HasSuffix(item, "!") {
		return ""
	}
	if i := strings.Index(item, "::{"); i >= 0 {
		item = item[:i]
	}
	if strings.HasPrefix(item, "<") || strings.Contains(item, "::<") {
		if head, rest, ok := strings.Cut(item, "<"); ok {
			if typ, tail, ok := strings.Cut(rest, " as "); ok {
				if i := strings.LastIndex(tail, ">::"); i >= 0 {
					item = head + typ + tail[i+1:]
				}
			}
		}
	}
	return item
}
