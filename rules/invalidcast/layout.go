package invalidcast

import (
	"fmt"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir"
	"softshell/items"
	"softshell/mir"
)

// otherLayout: a struct is taken for another one, and nothing says that the
// two are laid out alike. It reports whether the cast is settled.
func (c *checker) otherLayout(k *cast) bool {
	if k.from.Kind != mir.TypePath || k.to.Kind != mir.TypePath || k.from.Path == nil || k.to.Path == nil || k.kind == flow.Takes && !k.slice {
		return false
	}
	if k.from.Path.Plain == k.to.Path.Plain || c.p.Types == nil {
		return true // the same type with other arguments: most often a marker
	}
	a, b := c.p.Types.ADT(c.f.Crate, k.from), c.p.Types.ADT(c.f.Crate, k.to)
	if a == nil || b == nil || a.Kind != "struct" || b.Kind != "struct" || wraps(a, b) || wraps(b, a) {
		return true
	}
	fa, fb := fixedLayout(a), fixedLayout(b)
	if fa && fb || transparent(a) || transparent(b) || len(fields(a)) == 0 || len(fields(b)) == 0 {
		return true
	}
	grade, ok := c.plain()
	if !ok {
		return true
	}
	if fa || fb || len(fields(a)) == 1 || len(fields(b)) == 1 {
		grade = finding.Possible
	}
	c.report(k.at, grade, fmt.Sprintf("a `%s` is taken for a `%s`, which need not have its layout", short(k.from), short(k.to)),
		"the compiler lays out each type as it likes",
		fmt.Sprintf("here the memory of a `%s` is used as a `%s`; without #[repr(C)] on both, their fields may lie in another order", short(k.from), short(k.to)), k,
		"build the other value field by field, or give both types #[repr(C)] and the same fields (one of them #[repr(transparent)] over the other)")
	return true
}

// transparent reports whether a type is laid out as its field is, through
// which it may wrap the other type by way of a third one.
func transparent(a *items.ADT) bool { return slices.Contains(reprs(a), "transparent") }

func short(t *mir.Type) string { return ir.LastSeg(t.Path) }

func fields(a *items.ADT) []items.Field {
	if len(a.Variants) == 0 {
		return nil
	}
	return a.Variants[0].Fields
}

// wraps reports whether a has a field of the type b.
func wraps(a, b *items.ADT) bool {
	return slices.ContainsFunc(fields(a), func(f items.Field) bool { return strings.Contains(f.Type, b.Path) })
}

// bytesOfStruct: a struct's bytes are shown whose order, and whether there is
// padding between them, is the compiler's affair.
func (c *checker) bytesOfStruct(k *cast) {
	if k.from.Kind != mir.TypePath || k.from.Path == nil || c.p.Types == nil || k.kind == flow.Writes || !k.slice || c.v.Generic(k.from) {
		return
	}
	a := c.p.Types.ADT(c.f.Crate, k.from)
	if a == nil || a.Kind != "struct" || fixedLayout(a) || len(fields(a)) < 2 || len(a.Generics) > 0 || !strings.HasPrefix(a.Path, c.f.Crate.Name+"::") {
		return
	}
	if _, ok := c.plain(); !ok {
		return
	}
	c.report(k.at, finding.Possible, fmt.Sprintf("the bytes of a `%s` are read, whose layout is not fixed", short(k.from)),
		"the order of the fields, and what lies between them, is up to the compiler",
		fmt.Sprintf("here the memory of a `%s` is used as bytes; without #[repr(C)] nothing says which field comes first", short(k.from)), k,
		"give the type #[repr(C)] and no padding, or write its fields one by one")
}

// stdLayout are types of std of which only the fields' meaning is promised.
var stdLayout = map[string]bool{"SocketAddr": true, "SocketAddrV4": true, "SocketAddrV6": true, "Ipv4Addr": true, "Ipv6Addr": true, "IpAddr": true,
	"Duration": true, "Instant": true, "SystemTime": true, "TypeId": true}

func stdUnfixed(t *mir.Type) bool {
	if t == nil || t.Kind != mir.TypePath || t.Path == nil || !stdLayout[ir.LastSeg(t.Path)] {
		return false
	}
	head, _, _ := strings.Cut(t.Path.Plain, "::")
	return head == "std" || head == "core" || head == "alloc"
}

// stdCast: a pointer to a type of std becomes one to a struct of somebody else,
// or the other way round. What it is passed to reads it so.
func (c *checker) stdCast(at flow.Point, from, to *mir.Type) bool {
	other, of := to, from
	if !stdUnfixed(of) {
		other, of = from, to
	}
	if !stdUnfixed(of) || other == nil || other.Kind != mir.TypePath || stdUnfixed(other) || opaque(other) || c.v.Generic(other) || mentions(other, of) {
		return false
	}
	grade, ok := c.plain()
	if !ok {
		return true
	}
	c.report(at, grade, fmt.Sprintf("a `%s` is taken for a `%s`, but std does not promise its layout", short(from), short(to)),
		"std may lay the type out as it likes, and has changed it",
		fmt.Sprintf("from here on the memory of a `%s` is used as a `%s`", short(from), short(to)), nil,
		"build the other value out of what the type's methods return")
	return true
}
