package callgraph

import (
	"slices"
	"strings"

	"softshell/ir"
)

// Ran holds a function that was seen to run against the graph: symbol is its
// demangled name, as a debugger or a profiler shows it. known is false for what the
// tree has no body of (std, glue that the compiler makes); then reached says nothing.
// A function of that name and type that is reached is taken for the one that ran.
func (g *Graph) Ran(symbol string) (known, reached bool) {
	crate, owner, last := symbolParts(symbol)
	if last == "" {
		return false, false
	}
	r := g.runOf(Mains)
	byName, byOwner, nameReached, ownerReached := false, false, false, false
	for _, l := range g.units {
		if l.Crate != crate || l.of.Kind == "test" {
			continue
		}
		for _, n := range l.all[g.canon.of(last)] {
			b := g.bodies[n]
			byName, nameReached = true, nameReached || r.reached[n]
			if b.Owner == owner || slices.ContainsFunc(b.Self, func(s int32) bool { return l.Names[s].Name == owner }) {
				byOwner, ownerReached = true, ownerReached || r.reached[n]
			}
		}
	}
	if byOwner {
		return true, ownerReached
	}
	return byName, nameReached
}

// symbolParts takes a demangled name apart: `<zip::ZipFile as std::io::Read>::read`,
// `regex::exec::Exec::new`, `a::f::{{closure}}`. The last is "" for what no source has.
func symbolParts(symbol string) (crate, owner, last string) {
	if i := strings.LastIndexByte(symbol, '\''); i > strings.LastIndexByte(symbol, ':') { // a count that callgrind adds
		symbol = symbol[:i]
	}
	for strings.HasSuffix(symbol, "}") { // a closure is a part of its function
		i := strings.LastIndex(symbol, "::{")
		if i < 0 {
			return "", "", ""
		}
		symbol = symbol[:i]
	}
	if strings.Contains(symbol, "drop_in_place") || strings.Contains(symbol, "shim") || strings.Contains(symbol, "{") {
		return "", "", ""
	}
	if !strings.HasPrefix(symbol, "<") {
		segs := cleanPath(symbol)
		if len(segs) < 2 {
			return "", "", ""
		}
		return segs[0], segs[len(segs)-2], segs[len(segs)-1]
	}
	end := ir.CloseAngle(symbol)
	self, _, _ := strings.Cut(symbol[1:max(1, end-1)], " as ")
	of, rest := cleanPath(self), cleanPath(symbol[end:])
	if len(of) == 0 || len(rest) == 0 {
		return "", "", ""
	}
	return of[0], of[len(of)-1], rest[len(rest)-1]
}
