package export

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"softshell/finding"
	"softshell/heap/profile"
	"softshell/heap/view"
	"softshell/report"
	"softshell/rule"
)

// Options are the choices of a writer.
type Options struct {
	Version string // of softshell
	Root    string // paths below it are shown relative to it
	Color   bool
	Width   int // columns of the terminal; 0 stands for 100
	Top     int // entries of a list; 0 stands for 10
	Cost    view.Cost
	By      []string // lists of the text, in this order; none stands for stacks and types
	Calls   string   // show callers and callees of functions with this in their names instead
	Sources *finding.Sources
}

// Lists of the text.
const (
	ByStack    = "stack"
	ByFunction = "function"
	ByType     = "type"
)

// Lists are all of them.
func Lists() []string { return []string{ByStack, ByFunction, ByType} }

// RuleInfos are the rules that the findings of a run belong to.
func RuleInfos() []rule.Info {
	return []rule.Info{
		{ID: view.RuleCycle, Title: "blocks that hold each other by reference counts, and that nothing else holds", CWE: []int{401}, Severity: finding.Warning, Default: true,
			Doc: "A run ended with a cycle of `Rc` or `Arc` values that nothing outside points to. Their counts never reach zero, so no destructor runs and no byte is given back. Make one of the fields a `Weak` handle, or empty the field before the last handle goes."},
		{ID: view.RuleLeak, Title: "blocks that nothing points to at the end of a run", CWE: []int{401}, Severity: finding.Warning, Default: true,
			Doc: "A run ended with blocks of the heap that nothing points to: the program cannot give them back any more. Look for `mem::forget`, `Box::leak`, `into_raw`, a raw pointer that was overwritten, or memory of a C library that its own function has to free."},
		{ID: view.RuleSecret, Title: "bytes of a secret that stayed in memory", CWE: []int{226, 244}, Severity: finding.Warning, Default: true,
			Doc: "The bytes of a secret were found in memory at the end of a run. Who can read the memory, a core dump or the swap space can read the secret. Overwrite it before it is freed, and reserve its room at once: a `String` or `Vec` that grows leaves copies behind."},
	}
}

// Shown is what there is to say of a run: the view, its findings in the order of
// their weight, and what is held back.
type Shown struct {
	View     *view.View
	Findings []finding.Finding
	Held     []finding.Suppressed // by comments in the source
	Remarks  []finding.Remark     // on lines of the suppressions
}

// Judge makes the findings of a view. A finding is told by its rule and the
// functions of its stack: counts, addresses and lines are not part of its
// fingerprint. Comments in the source hold back what they allow at the line that
// made the blocks, as they do for the rules of `softshell check`; such blocks
// then count as held back in the view.
func Judge(v *view.View, o Options, today time.Time) *Shown {
	m := &maker{v: v, places: newPlaces(&v.Profile.Run, o.Root, o.Sources), seen: map[string]int{}, from: map[string]origin{}}
	groups := v.Groups(leakFrames, func(s *view.Stack) int64 {
		l := lostAlone(s)
		return l.Bytes + l.Blocks // blocks of no bytes are lost too
	})
	for i := range groups {
		m.leak(&groups[i])
	}
	for _, y := range v.Cycles {
		m.cycle(y)
	}
	for _, h := range v.Secrets {
		m.secret(h)
	}
	out := &Shown{View: v, Remarks: v.Remarks}
	var files []string
	for i := range m.out {
		if f := m.out[i].Primary.File; f != "" && !slices.Contains(files, f) {
			files = append(files, f)
		}
	}
	// Comments for other rules than these are no affair of a heap profile.
	out.Findings, out.Held, _ = finding.Suppress(m.out, files, m.places.src, finding.Allowed{Known: view.Rules}, today)
	for i := range out.Held {
		h := &out.Held[i]
		from := m.from[h.Fingerprint]
		v.Hold(from.stacks, from.cycle, view.Kept{Name: h.Item, Reason: h.Reason, Until: h.Until})
	}
	return out
}

// origin is what a finding was made of.
type origin struct {
	stacks []int // of the view
	cycle  *profile.Cycle
}

// leakFrames is how many of the innermost frames tell one leak from another: a
// function that others share for what they allocate does not make all of it one,
// and a recursion above does not make it many.
const leakFrames = 3

// lostAlone is what was lost and is no member of a cycle.
func lostAlone(s *view.Stack) profile.Left {
	l := s.Lost()
	l.Blocks -= s.Left[profile.Cyclic].Blocks
	l.Bytes -= s.Left[profile.Cyclic].Bytes
	return l
}

type maker struct {
	v      *view.View
	places *places
	out    []finding.Finding
	from   map[string]origin // by fingerprint
	seen   map[string]int    // how often a fingerprint's text came
}

// add stamps a finding; about are the words that tell it from others.
func (m *maker) add(f finding.Finding, from origin, about ...string) {
	key := strings.Join(append([]string{f.Rule}, about...), "\x00")
	n := m.seen[key]
	m.seen[key]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, n))
	f.Fingerprint = hex.EncodeToString(sum[:16])
	m.from[f.Fingerprint] = from
	m.out = append(m.out, f)
}

// place fills in where a stack made its blocks, and the callers.
func (m *maker) place(f *finding.Finding, s *view.Stack, how string) {
	calls, via := m.folded(s)
	if len(calls) == 0 {
		return
	}
	top := &m.v.Frames[calls[0].Frame]
	f.Primary = m.places.span(top)
	f.Crate = top.Crate
	f.Item = strings.TrimPrefix(clean(m.v.Name(calls[0].Frame)), top.Crate+"::")
	f.Label = how
	if via != "" {
		f.Label = how + ", by `" + view.Short(clean(via), 60) + "`"
	}
	for _, c := range calls[1:] {
		if len(f.Trace) == maxCallers {
			break
		}
		if sp := m.places.span(&m.v.Frames[c.Frame]); !sp.IsZero() {
			f.Trace = append(f.Trace, finding.Step{Span: sp, Text: "called in `" + clean(m.v.Name(c.Frame)) + "`"})
		}
	}
	if more := len(calls) - 1 - len(f.Trace); more > 0 {
		f.Notes = append(f.Notes, plural(more, "further frame of the stack is", "further frames of the stack are")+" not shown here")
	}
}

// folded are the frames that a finding is told by, whatever the view shows.
func (m *maker) folded(s *view.Stack) (calls []view.Call, via string) {
	if m.v.Options.Unfold {
		return m.v.Folded(s.Calls)
	}
	return s.Calls, s.Via
}

// maxCallers is how many callers a finding shows; the flame graph has all.
const maxCallers = 3

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(int64(n)) + " " + many
}

// names are the innermost functions of a stack, for a fingerprint.
func (m *maker) names(s *view.Stack, depth int) string {
	var out []string
	calls, _ := m.folded(s)
	for _, c := range calls[:min(depth, len(calls))] {
		out = append(out, m.v.Name(c.Frame))
	}
	return strings.Join(out, "\x01")
}

func (m *maker) leak(g *view.Group) {
	l := lostAlone(&g.Stack)
	f := finding.Finding{Rule: view.RuleLeak, Severity: finding.Warning, Grade: finding.Confirmed, CWE: []int{401},
		Fix: &finding.Fix{Text: "look for `mem::forget`, `Box::leak`, `into_raw` or a pointer that was overwritten, and give the memory back"}}
	what := of(l.Blocks, "block")
	if g.Type != "" {
		what += " of `" + clean(g.Type) + "`"
	}
	direct, indirect := g.Left[profile.Direct], g.Left[profile.Indirect]
	switch {
	case g.Left[profile.Unsorted].Blocks > 0:
		f.Title = fmt.Sprintf("%s in %s not given back", size(l.Bytes), what)
		f.Severity, f.Grade, f.Fix = finding.Note, finding.Possible, nil
		f.Notes = append(f.Notes, "the memory could not be read at the end, so it is not known whether something still holds them")
	case direct.Blocks == 0:
		f.Title = fmt.Sprintf("%s in %s held only by lost blocks", size(l.Bytes), what)
		f.Severity = finding.Note
		f.Fix = nil
	default:
		f.Title = fmt.Sprintf("%s lost in %s: nothing points to them", size(l.Bytes), what)
		if direct.Blocks == 1 && l.Blocks == 1 {
			f.Title = fmt.Sprintf("%s lost in %s: nothing points to it", size(l.Bytes), what)
		}
		if indirect.Blocks > 0 {
			f.Notes = append(f.Notes, fmt.Sprintf("%s of them in %s only held by other lost blocks", size(indirect.Bytes), plural(int(indirect.Blocks), "block is", "blocks are")))
		}
	}
	m.place(&f, &g.Stack, fmt.Sprintf("%s made here, %s left", of(g.Counts.Allocs, "block"), count(l.Blocks)))
	if n := len(g.Sites); n > 1 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d stacks lead here; the one that lost most is shown", n))
	}
	m.add(f, origin{stacks: g.Sites}, f.Crate, m.names(&g.Stack, leakFrames), g.Via, g.Type)
}

func (m *maker) cycle(y *profile.Cycle) {
	c := Describe(y)
	f := finding.Finding{Rule: view.RuleCycle, Severity: finding.Warning, Grade: finding.Confirmed, CWE: []int{401}, Title: c.Title()}
	var about []string
	for i, member := range y.Members {
		about = append(about, member.Type, member.Handle)
		s := m.v.StackOf(member.Site)
		if s == nil {
			continue
		}
		about = append(about, m.names(s, leakFrames))
		how := "allocated: " + memberName(&member)
		if f.Primary.IsZero() && f.Item == "" {
			m.place(&f, s, how)
			continue
		}
		if calls, _ := m.folded(s); len(calls) > 0 && i < 6 {
			if sp := m.places.span(&m.v.Frames[calls[0].Frame]); !sp.IsZero() && !slices.ContainsFunc(f.Trace, func(st finding.Step) bool { return st.Span == sp }) && sp != f.Primary {
				f.Trace = append(f.Trace, finding.Step{Span: sp, Text: how})
			}
		}
	}
	// What the members are comes before who called.
	slices.SortStableFunc(f.Trace, func(a, b finding.Step) int {
		return cmp.Compare(rank(a.Text), rank(b.Text))
	})
	for _, h := range y.Holds {
		about = append(about, h.Field)
	}
	if held := c.holding(); held != "" {
		f.Notes = append([]string{held}, f.Notes...)
	}
	f.Fix = &finding.Fix{Text: c.help()}
	m.add(f, origin{cycle: y}, about...)
}

func rank(text string) int {
	if strings.HasPrefix(text, "allocated") {
		return 0
	}
	return 1
}

func (m *maker) secret(h *profile.SecretHit) {
	f := finding.Finding{Rule: view.RuleSecret, Severity: finding.Warning, Grade: finding.Confirmed, CWE: []int{226, 244}}
	name := "`" + clean(h.Name) + "`"
	f.Title = fmt.Sprintf("%s of the secret %s stayed in a %s", size(h.Length), name, h.Where)
	switch h.Where {
	case profile.InArguments, profile.InEnvironment:
		f.Title = fmt.Sprintf("the secret %s stands in an %s of the process", name, h.Where)
		if h.Where == profile.InEnvironment {
			f.Title = fmt.Sprintf("the secret %s stands in the environment of the process", name)
		}
		f.Severity, f.CWE = finding.Note, []int{214}
		f.Notes = append(f.Notes, "others of the same user can read it there, and children inherit the environment")
	case profile.InStack, profile.InData:
		f.Title = fmt.Sprintf("%s of the secret %s stayed in the %s", size(h.Length), name, h.Where)
	default:
		f.Notes = append(f.Notes, fmt.Sprintf("at byte %s of a block of %s", count(h.Offset), size(h.Size)))
	}
	if h.Count > 1 {
		f.Title += fmt.Sprintf(", %s times", count(h.Count))
	}
	about := []string{h.Name, h.Where.String()}
	if h.Site >= 0 {
		if s := m.v.StackOf(h.Site); s != nil {
			m.place(&f, s, "the block was made here")
			about = append(about, m.names(s, leakFrames))
		}
	}
	if h.Where != profile.InEnvironment && h.Where != profile.InArguments {
		f.Fix = &finding.Fix{Text: "overwrite it before the memory is freed (the zeroize crate does so in Drop), and reserve its room at once: a String that grows leaves copies behind"}
	}
	m.add(f, origin{}, about...)
}

// Report wraps the findings for the renderers of package report.
func Report(s *Shown, o Options) *report.Report {
	return &report.Report{Version: o.Version, Root: o.Root, Toolchain: s.View.Profile.Run.Toolchain, Rules: RuleInfos(), Findings: s.Findings,
		Suppressed: s.Held, Remarks: s.Remarks, Notes: s.View.Profile.Notes, Sources: o.Sources}
}

// Lost is the number of bytes that were lost and are not held back.
func (s *Shown) Lost() int64 { return s.View.Lost().Bytes }
