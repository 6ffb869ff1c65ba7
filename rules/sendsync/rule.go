// Package sendsync finds `unsafe impl Send` and `unsafe impl Sync` whose bounds
// do not cover what the type hands out.
package sendsync

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"softshell/finding"
	"softshell/flow"
	"softshell/ir/decls"
	"softshell/items"
	"softshell/rule"
)

//go:embed doc.md
var doc string

// Rule is the check; see doc.md.
var Rule = &rule.Rule{
	Info: rule.Info{
		ID:       "send-sync",
		Title:    "an `unsafe impl` of Send or Sync promises too much",
		CWE:      []int{362},
		Severity: finding.Error,
		Default:  true,
		Doc:      doc,
	},
	Run: run,
}

func run(p *rule.Pass) error {
	if !p.Types.ClaimsThreads(p.Crate.Name) {
		return nil
	}
	d := p.Types.Decls(p.Crate.Name)
	if d == nil {
		return nil
	}
	for _, a := range d.ADTs() {
		for _, im := range a.Impls {
			if what := im.AutoTrait(); what != 0 && !im.Negative && !im.Ref {
				(&claim{p: p, d: d, a: a, im: im, what: what}).check()
			}
		}
	}
	return nil
}

// claim is one `unsafe impl Send` or `unsafe impl Sync`.
type claim struct {
	p    *rule.Pass
	d    *decls.Crate
	a    *decls.ADT
	im   *decls.Impl
	what decls.Need
}

// want is what the type's use of a parameter asks of it.
type want struct {
	atom   string
	need   decls.Need
	either bool // one of Send and Sync is enough
	grade  finding.Grade
	hand   *decls.Hand // that asks for it, nil: the field alone does
	hold   *decls.Holding
}

func (c *claim) check() {
	have := c.d.BoundsOf(c.a, c.im, nil)
	for atom, what := range c.d.Made(c.a) {
		have.Of[atom] |= what // whoever has one could make it
	}
	var missing []want
	for _, atom := range c.atoms() {
		var best *want
		for _, w := range c.wants(atom) {
			if w = lacking(w, have); w.need == 0 {
				continue
			}
			if best == nil || w.grade > best.grade {
				best = &w
			}
		}
		if best != nil {
			missing = append(missing, *best)
		}
	}
	if len(missing) > 0 && !c.boundToThread() {
		c.report(missing)
		return
	}
	if len(missing) == 0 {
		c.never()
	}
}

// lacking takes off what bounds give: those of the claim, and those where the hand can be called.
func lacking(w want, have *decls.Bounds) want {
	base, _, _ := strings.Cut(w.atom, "::")
	for _, b := range []*decls.Bounds{have, w.bounds()} {
		if b == nil {
			continue
		}
		if w.either && b.Of[w.atom] != 0 {
			w.need = 0
		}
		w.need &^= b.Of[w.atom] | parts(b, w.atom)
		if b.Unsure[w.atom] || b.Unsure[base] {
			w.grade = finding.Possible // the bound may say it
		}
	}
	if w.hand != nil {
		if w.either && w.hand.ViaAsks != 0 {
			w.need = 0
		}
		w.need &^= w.hand.ViaAsks
		if w.hand.ViaUnsure {
			w.grade = finding.Possible
		}
	}
	return w
}

// parts is what bounds say of an atom's associated types: a trait whose type
// stands for a container is asked of its items.
func parts(b *decls.Bounds, atom string) (n decls.Need) {
	for of, need := range b.Of {
		if strings.HasPrefix(of, atom+"::") {
			n |= need
		}
	}
	return n
}

func (w *want) bounds() *decls.Bounds {
	if w.hand == nil {
		return nil
	}
	return w.hand.Bounds
}

// atoms are the parameters, and associated types of them, that the type has to do with.
func (c *claim) atoms() []string {
	set := map[string]bool{}
	for atom := range c.d.Holds(c.a) {
		set[atom] = true
	}
	for _, h := range c.d.Hands(c.a) {
		set[h.Atom] = true
	}
	maps.DeleteFunc(set, func(atom string, _ bool) bool {
		base, _, _ := strings.Cut(atom, "::")
		return c.im.Fixed[base]
	})
	return slices.Sorted(maps.Keys(set))
}

// holding is how the type holds an atom, nil when it does not. What it makes of
// an associated type is held when raw pointers or phantoms stand for it.
func (c *claim) holding(atom string) *decls.Holding {
	holds := c.d.Holds(c.a)
	if h := holds[atom]; h != nil {
		return h
	}
	base, _, isAssoc := strings.Cut(atom, "::")
	if !isAssoc {
		return nil
	}
	for _, other := range slices.Sorted(maps.Keys(holds)) {
		head, _, _ := strings.Cut(other, "::")
		if h := holds[other]; head == base && h.How&decls.ByRaw != 0 {
			return h
		}
	}
	return nil
}

func (c *claim) wants(atom string) []want {
	h := c.holding(atom)
	if h == nil {
		return nil
	}
	var hands []decls.Hand
	for _, x := range c.d.Hands(c.a) {
		if x.Atom == atom {
			hands = append(hands, x)
		}
	}
	var out []want
	if c.what == decls.Send {
		out = c.wantsOfSend(atom, h, hands)
	} else {
		out = c.wantsOfSync(atom, h, hands)
	}
	for i := range out {
		if !c.public() || out[i].hand != nil && !out[i].hand.Sure {
			out[i].grade = finding.Possible
		}
	}
	return out
}

// public reports whether other crates can name the type: else only this crate's
// code uses it, which may keep to what the claim says.
func (c *claim) public() bool { return c.a.Public && c.d.Items.Reachable(c.a.Path) }

// wantsOfSend: whoever sends the type to another thread sends what it owns,
// and takes along what it borrows.
func (c *claim) wantsOfSend(atom string, h *decls.Holding, hands []decls.Hand) []want {
	var moves, lends *decls.Hand
	in, back, swaps := false, false, false
	for i := range hands {
		x := &hands[i]
		switch {
		case x.Kind == decls.Shared && !x.In:
			lends = better(lends, x)
		case x.In && x.Kind == decls.Excl: // borrowed; what comes out tells what is done with it
		case x.Kind != decls.Shared:
			moves = better(moves, x)
			in, back = in || x.In, back || !x.In
			swaps = swaps || x.Kind == decls.Excl && !x.In
		}
	}
	make := func(need decls.Need, hand *decls.Hand) want {
		w := want{atom: atom, need: need, grade: finding.Possible, hand: hand, hold: h}
		if hand != nil {
			w.grade = finding.Likely
		}
		return w
	}
	var out []want
	isAssoc := strings.Contains(atom, "::")
	switch {
	case isAssoc:
		if in && back {
			out = append(out, make(decls.Send, moves))
		}
	case h.How&(decls.ByOwning|decls.ByExcl) != 0:
		out = append(out, make(decls.Send, moves))
	case h.How&decls.ByCount != 0:
		w := make(decls.Send|decls.Sync, better(lends, moves))
		if h.How&changeable != 0 && (lends == nil || swaps) { // a lock, or a queue, that is shared
			w.need = decls.Send
		}
		out = append(out, w)
	case h.How&(decls.ByRaw|decls.ByPhantom) != 0:
		switch {
		case moves != nil:
			out = append(out, make(decls.Send, moves))
		case lends != nil && h.How&decls.ByShared == 0:
			w := make(decls.Send|decls.Sync, lends)
			w.either = true
			out = append(out, w)
		}
	}
	if lends != nil && !isAssoc && (h.How&decls.ByShared != 0 || h.How&decls.ByRaw != 0 && h.How&decls.ByOwning == 0 && c.cloned(atom)) {
		w := make(decls.Sync, lends)
		if c.exclusive() { // nobody else looks at the neighbours of what it lends exclusively
			w.need, w.either = decls.Send|decls.Sync, true
		}
		if h.How&decls.ByName != 0 && h.How&(decls.ByRaw|decls.ByOwning|decls.ByExcl|decls.ByCount) == 0 {
			w.grade = finding.Possible // what it lends may lie in itself, under another type
		}
		out = append(out, w)
	}
	return out
}

// exclusive reports whether the type borrows something exclusively, as an
// iterator over `(&K, &mut V)` does.
func (c *claim) exclusive() bool {
	for _, h := range c.d.Holds(c.a) {
		if h.How&decls.ByExcl != 0 {
			return true
		}
	}
	return slices.ContainsFunc(c.d.Hands(c.a), func(h decls.Hand) bool {
		owned := h.Kind == decls.Owned && h.Recv == decls.ByMut && !h.Bounds.Copied[h.Atom] // as a drain does
		return !h.In && (owned || h.Kind == decls.Excl && h.Recv != decls.ByRef)
	})
}

// better prefers what shows more plainly: directly, and out.
func better(a, b *decls.Hand) *decls.Hand {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	rank := func(h *decls.Hand) (n int) {
		if h.Sure {
			n += 8
		}
		if h.Fn != nil {
			n += 4
		}
		if !h.In {
			n += 2
		}
		if h.Via == nil {
			n++
		}
		return n
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// cloned reports whether a clone of the type shares what an atom stands for:
// its Clone does not ask that the atom can be cloned.
func (c *claim) cloned(atom string) bool {
	for _, im := range c.a.Impls {
		if im.Trait == "core::clone::Clone" && !im.Ref {
			return !c.d.BoundsOf(c.a, im, nil).Copied[atom]
		}
	}
	return false
}

// changeable: what is held so may change through `&self`.
const changeable = decls.InCell | decls.Behind

// wantsOfSync: many threads may call what takes &self at the same time.
func (c *claim) wantsOfSync(atom string, h *decls.Holding, hands []decls.Hand) []want {
	var out []want
	for i := range hands {
		x := &hands[i]
		if x.Recv != decls.ByRef {
			continue
		}
		w := want{atom: atom, grade: finding.Likely, hand: x, hold: h}
		switch {
		case x.Kind == decls.Called:
			w.need = decls.Sync
			if x.Sure || h.How&changeable != 0 {
				w.need = decls.Send // it is taken out, and called once
			}
		case x.Kind == decls.Shared && !x.In:
			w.need = decls.Sync
			if x.Via != nil && !x.ByNext && c.lent(atom)&decls.Send != 0 {
				w.grade = finding.Possible // a guard may let one thread in at a time
			}
		case x.Kind == decls.Shared:
			continue
		case x.In && h.How&changeable == 0:
			continue
		case x.In && h.How&decls.InCell == 0 && x.Bounds.Copied[atom] && changedExclusively(hands):
			continue // it is compared with, or copied from
		case !x.In && x.Kind == decls.Owned && h.How&changeable == 0:
			w.need, w.either = decls.Send|decls.Sync, true // a copy
		case !x.In && x.Kind == decls.Owned && x.Bounds.Copied[atom]:
			w.need, w.either = decls.Send|decls.Sync, true
		default:
			w.need = decls.Send
		}
		out = append(out, w)
	}
	return out
}

// changedExclusively reports whether a value goes in through `&mut self`: then
// `&self` is not for that, where nothing but a raw pointer would allow it.
func changedExclusively(hands []decls.Hand) bool {
	return slices.ContainsFunc(hands, func(h decls.Hand) bool { return h.In && h.Recv == decls.ByMut })
}

// lent is what the claim's own bounds say of an atom.
func (c *claim) lent(atom string) decls.Need { return c.d.BoundsOf(c.a, c.im, nil).Of[atom] }

// boundToThread reports whether functions of the type ask which thread they run
// in: then it may well keep to one.
func (c *claim) boundToThread() bool {
	_, path, _ := strings.Cut(c.a.Path, "::")
	for _, f := range c.p.Funcs() {
		if f.Impl == nil || f.Impl.SelfPlain != path {
			continue
		}
		for _, call := range c.p.Engine.View(f).Calls() {
			if call.Path == nil {
				continue
			}
			if asksThread(call.Path.Plain) || call.Target != nil && call.Target.Crate == f.Crate && call.Target.Blocks > 0 &&
				slices.ContainsFunc(c.p.Engine.View(call.Target).Calls(), func(in *flow.CallSite) bool { return in.Path != nil && asksThread(in.Path.Plain) }) {
				return true
			}
		}
	}
	return false
}

// asksThread: the callee tells threads apart.
func asksThread(path string) bool {
	return strings.HasSuffix(path, "Thread::id") || strings.Contains(path, "LocalKey::") || strings.Contains(path, "thread_id")
}

func (c *claim) report(missing []want) {
	g := finding.Possible
	var bounds []string
	for _, w := range missing {
		g = max(g, w.grade)
	}
	var steps []finding.Step
	for _, w := range missing {
		if w.grade < g {
			continue
		}
		bounds = append(bounds, bound(w.atom, w.need, w.either))
		steps = append(steps, c.story(&w)...)
	}
	if g < c.p.Weakest {
		return
	}
	text := strings.Join(bounds, ", ")
	c.p.Report(nil, finding.Finding{
		Title:   fmt.Sprintf("`%s` is made %s without `%s`", c.a.Name(), c.what, text),
		Item:    c.a.Name(),
		Grade:   g,
		Primary: c.at(c.im.Span),
		Label:   "nothing here asks for `" + text + "`",
		Trace:   append(steps, finding.Step{Span: c.at(c.im.Span), Text: c.promise(&missing[0])}),
		Fix:     &finding.Fix{Text: "add the bound to this impl: `where " + text + "`"},
	})
}

func bound(atom string, need decls.Need, either bool) string {
	if either {
		need = decls.Sync
	}
	return atom + ": " + need.String()
}

func (c *claim) at(s items.Span) finding.Span {
	return finding.Span{File: c.p.Crate.Src.Path(s.File), Line: s.Line, Col: s.Col, EndLine: s.EndLine, EndCol: s.EndCol}
}

// story tells where a value is held and how it changes hands.
func (c *claim) story(w *want) []finding.Step {
	var out []finding.Step
	if w.hold.Field != nil {
		out = append(out, finding.Step{Span: c.at(w.hold.Field.Span), Text: "`" + fieldName(w.hold.Field) + "` " + holds(w.hold.How) + " `" + w.atom + "`"})
	}
	if w.hand != nil && w.hand.Fn != nil {
		out = append(out, finding.Step{Span: c.at(w.hand.Fn.Span), Text: handText(w.hand)})
	}
	if w.hand != nil && w.hand.Fld != nil {
		out = append(out, finding.Step{Span: c.at(w.hand.Fld.Span), Text: "`" + fieldName(w.hand.Fld) + "` is public: who has the type has what is in it"})
	}
	return out
}

func fieldName(f *items.Field) string {
	if f.Name != "" && f.Name[0] >= '0' && f.Name[0] <= '9' {
		return "field " + f.Name
	}
	return f.Name
}

func holds(how decls.Hold) string {
	switch {
	case how&decls.ByOwning != 0:
		return "owns values of type"
	case how&decls.ByRaw != 0:
		return "points to values of type"
	case how&decls.ByCount != 0:
		return "shares a value of type"
	case how&(decls.ByShared|decls.ByExcl) != 0:
		return "borrows a value of type"
	}
	return "stands for values of type"
}

func handText(h *decls.Hand) string {
	name := h.Fn.Path[strings.LastIndex(h.Fn.Path, ":")+1:]
	what := map[decls.HandKind]string{decls.Shared: "`&" + h.Atom + "`", decls.Excl: "`&mut " + h.Atom + "`", decls.Owned: "a `" + h.Atom + "` by value"}[h.Kind]
	from := map[decls.Recv]string{decls.ByRef: " through `&self`", decls.ByMut: " through `&mut self`"}[h.Recv]
	switch {
	case h.Kind == decls.Called:
		return "`" + name + "` calls the `" + h.Atom + "`" + from
	case h.In:
		return "`" + name + "` takes " + what + " in" + from
	case h.Via != nil:
		return "`" + name + "` gives a `" + h.Via.Name() + "`" + from + ", which hands out " + what
	}
	return "`" + name + "` hands out " + what + from
}

// promise says what the claim allows.
func (c *claim) promise(w *want) string {
	if c.what == decls.Send {
		return "this lets the type, and with it the `" + w.atom + "`, go to another thread, whatever `" + w.atom + "` is"
	}
	return "this lets several threads do so at once, whatever `" + w.atom + "` is"
}

// never looks for what is in the type that is never Send, or Sync, and that
// its API shares with others.
func (c *claim) never() {
	never := c.d.FieldNeeds(c.a, c.what).Never
	if never == "" || !c.public() {
		return
	}
	fd, fn := c.d.Leak(c.a, never, c.what)
	if fd == nil || fn == nil || c.boundToThread() {
		return
	}
	c.p.Report(nil, finding.Finding{
		Title:   fmt.Sprintf("`%s` is made %s, but holds `%s`, which is not", c.a.Name(), c.what, never),
		Item:    c.a.Name(),
		Grade:   finding.Likely,
		Primary: c.at(c.im.Span),
		Label:   "this holds for no `" + never + "`",
		Trace: []finding.Step{
			{Span: c.at(fd.Span), Text: "`" + fieldName(fd) + "` has a `" + never + "` in it"},
			{Span: c.at(fn.Span), Text: "`" + fn.Path[strings.LastIndex(fn.Path, ":")+1:] + "` shares it with its caller"},
			{Span: c.at(c.im.Span), Text: "this lets the type be used from several threads all the same"},
		},
		Fix: &finding.Fix{Text: fix(never)},
	})
}

func fix(never string) string {
	switch {
	case strings.HasPrefix(never, "dyn "):
		return "ask for `" + never + " + Send` (and `Sync` where it is shared)"
	case never == "Rc" || never == "Weak":
		return "use `Arc` in place of `Rc`, and take this impl out"
	}
	return "use `Mutex` or an atomic in place of `" + never + "`, and take this impl out"
}
