package patch

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"softshell/audit/tree"
	"softshell/audit/version"
)

// try runs commands of cargo in the sandbox. When one is refused, the state stays as it
// was and the refusal is returned; other errors end everything.
func (s *solver) try(commands ...[]string) (*state, *refusal, error) {
	for _, args := range commands {
		err := s.cargo.resolve(s.ctx, append(slices.Clone(args), "--manifest-path", s.box.manifest())...)
		var no *refusal
		if errors.As(err, &no) {
			s.missing[s.goal] = s.missing[s.goal] || no.absent
			return nil, no, s.restore()
		}
		if err != nil {
			return nil, nil, err
		}
	}
	next, err := readState(s.box.lock())
	return next, nil, err
}

// restore writes the lock file of the current state into the sandbox.
func (s *solver) restore() error { return writeFile(s.box.lock(), string(s.now.text)) }

func writeFile(file, text string) error { return os.WriteFile(file, []byte(text), 0o644) }

// named is what a crate can be called. Names come from files, and become arguments.
var named = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// saved is what an attempt may have to take back.
type saved struct {
	now    *state
	steps  []Step
	became map[id]string
}

func (s *solver) save() saved { return saved{s.now, slices.Clone(s.steps), maps.Clone(s.became)} }

func (s *solver) load(v saved) error {
	s.now, s.steps, s.became = v.now, slices.Clone(v.steps), maps.Clone(v.became)
	return s.restore()
}

// lowest tries versions, which are in order, and keeps what the lowest that works has
// done. The first few are tried one by one; of many more, those behind a bad one are
// taken to be bad up to the first good one.
func (s *solver) lowest(n int, try func(int) (bool, error)) (bool, error) {
	const first = 3
	start := s.save()
	for k := range min(n, first) {
		if done, err := try(k); done || err != nil {
			return done, err
		}
		if err := s.load(start); err != nil {
			return false, err
		}
	}
	if n <= first {
		return false, nil
	}
	if done, err := try(n - 1); !done || err != nil {
		return false, cmp.Or(err, s.load(start))
	}
	best := s.save()
	for low, high := first-1, n-1; high-low > 1; {
		if err := s.load(start); err != nil {
			return false, err
		}
		mid := (low + high) / 2
		done, err := try(mid)
		if err != nil {
			return false, err
		}
		if !done {
			low = mid
			continue
		}
		high, best = mid, s.save()
	}
	return true, s.load(best)
}

// tell notes why an attempt for the present goal failed.
func (s *solver) tell(format string, args ...any) {
	words := fmt.Sprintf(format, args...)
	if list := s.told[s.goal]; !slices.Contains(list, words) && len(list) < 8 {
		s.told[s.goal] = append(list, words)
	}
}

// step tries to set a package to a version, and keeps the result when the old version
// is gone and nothing got worse.
func (s *solver) step(i int, to, room string) (bool, error) {
	return s.stepWith(idOf(&s.now.tree.Packages[i]), to, room, 4)
}

// stepWith is step. A package that is only locked to a version that does not go
// together with the new one is moved first, and what is then in its way, up to deep.
func (s *solver) stepWith(x id, to, room string, deep int) (bool, error) {
	start := s.save()
	for range deep + 1 {
		i := s.now.find(x)
		if i < 0 {
			return true, nil // what made room has done it
		}
		p := &s.now.tree.Packages[i]
		args := []string{"update", "-p", s.now.spec(p), "--precise", to}
		next, no, err := s.try(args)
		if err != nil {
			return false, err
		}
		if no == nil {
			ok, err := s.judged(next, x, Step{Args: args, Package: x.name, From: x.version, To: to, For: room})
			if ok || err != nil {
				return ok, err
			}
			return false, s.load(start)
		}
		done := false
		if no.conflict != nil && deep > 0 && no.conflict.name != x.name {
			if done, err = s.free(no.conflict, cmp.Or(room, x.name), deep-1); err != nil {
				return false, err
			}
		}
		if !done {
			s.tell("%s %s: %s", x.name, to, no.said)
			return false, s.load(start)
		}
	}
	return false, s.load(start)
}

// judged keeps the state behind a step if it is better than the one before.
func (s *solver) judged(next *state, x id, st Step) (bool, error) {
	if next.find(x) >= 0 {
		s.tell("%s %s: %s stays beside it", x.name, st.To, x.version)
		return false, nil
	}
	worse, brings := s.judge.brings(s.now, next)
	if len(worse) > 0 || len(brings) > 0 && !s.lenient {
		s.tell("%s %s: it brings %s", x.name, st.To, strings.Join(append(worse, brings...), ", "))
		return false, nil
	}
	st.Brings = brings
	s.keep(next, st)
	return true, nil
}

// free moves a package that is in the way to the lowest version that is asked for.
func (s *solver) free(c *conflict, room string, deep int) (bool, error) {
	i := slices.IndexFunc(s.now.tree.Packages, func(p tree.Package) bool {
		return p.Name == c.name && p.Version == c.locked && p.Source.CratesIO()
	})
	cur, err := version.Parse(c.locked)
	req, bad := version.ParseRequirement(c.req)
	if i < 0 || err != nil || bad != nil || !named.MatchString(c.name) {
		return false, nil
	}
	x := idOf(&s.now.tree.Packages[i])
	var fit []string
	for k, vs := 0, s.index.Versions(c.name); k < len(vs); k++ {
		v, err := version.Parse(vs[k].Num)
		if err == nil && !vs[k].Yanked && req.Matches(v) && v.Compare(cur) > 0 && !s.tooNew(&vs[k]) {
			fit = append(fit, vs[k].Num)
		}
	}
	slices.SortFunc(fit, version.Compare)
	return s.lowest(len(fit), func(k int) (bool, error) { return s.stepWith(x, fit[k], room, deep) })
}

// keep makes a state the current one.
func (s *solver) keep(next *state, steps ...Step) {
	s.follow(s.now, next)
	for _, st := range steps {
		st.before = s.now
		s.steps = append(s.steps, st)
	}
	s.now = next
}

// follow notes what the packages of the first state have become.
func (s *solver) follow(from, to *state) {
	for _, c := range changes(from, to) {
		if c.From == "" {
			continue
		}
		for i := range s.first.tree.Packages {
			p := &s.first.tree.Packages[i]
			was, moved := s.became[idOf(p)]
			if p.Name == c.Package && (moved && was == c.From || !moved && p.Version == c.From) {
				s.became[idOf(p)] = c.To
			}
		}
	}
}

// drop leaves out each step that the steps behind it make needless: its package is not
// at the version that it was set to any more.
func (s *solver) drop() error {
	for k := 0; k < len(s.steps); k++ {
		st := &s.steps[k]
		if slices.ContainsFunc(s.now.tree.Packages, func(p tree.Package) bool { return p.Name == st.Package && p.Version == st.To }) {
			continue
		}
		ok, err := s.replay(st.before, leaveOut(s.steps, k), k)
		if err != nil {
			return err
		}
		if ok {
			k--
		}
	}
	return nil
}

// leaveOut is the steps without one. The next of the same package then starts where
// that one did.
func leaveOut(steps []Step, k int) []Step {
	gone, out := steps[k], slices.Clone(steps[:k])
	for i, st := range steps[k+1:] {
		if st.Package == gone.Package && st.From == gone.To {
			st.From = gone.From
			st.Args = slices.Clone(st.Args)
			for n, a := range st.Args {
				if a == gone.Package+"@"+gone.To {
					st.Args[n] = gone.Package + "@" + gone.From
				}
			}
			return append(append(out, st), steps[k+2+i:]...)
		}
		out = append(out, st)
	}
	return out
}

// replay runs the steps from the k-th on, from the state before it. They are kept when no
// advisory is left that the current steps mend.
func (s *solver) replay(from *state, steps []Step, k int) (bool, error) {
	old := s.now
	s.now = from
	if err := s.restore(); err != nil {
		return false, err
	}
	for i := k; i < len(steps); i++ {
		steps[i].before = s.now
		next, no, err := s.try(steps[i].Args)
		if err != nil {
			return false, err
		}
		if no != nil {
			s.now = old
			return false, s.restore()
		}
		s.now = next
	}
	if worse, brings := s.judge.brings(old, s.now); len(worse)+len(brings) > 0 {
		s.now = old
		return false, s.restore()
	}
	s.steps, s.became = steps, map[id]string{}
	s.follow(s.first, s.now)
	return true, nil
}

// credit tells each step what it mends.
func (s *solver) credit(p *Plan) {
	for i := range p.Mends {
		m := &p.Mends[i]
		if m.State != Mended || len(p.Steps) == 0 {
			continue
		}
		var by []int
		for k := range p.Steps {
			if st := &p.Steps[k]; st.Package == m.Package.Name && st.From == m.Package.Version || st.For == m.Package.Name {
				by = append(by, k)
			}
		}
		if by == nil { // a step for something else has done it
			x := idOf(&m.Package)
			by = append(by, slices.IndexFunc(p.Steps, func(st Step) bool { return st.before.find(x) < 0 })-1)
			if by[0] < 0 {
				by[0] = len(p.Steps) - 1
			}
		}
		for _, k := range by {
			if st := &p.Steps[k]; !slices.Contains(st.Mends, m.Match.Advisory.ID) {
				st.Mends = append(st.Mends, m.Match.Advisory.ID)
			}
		}
	}
	for k := range p.Steps {
		slices.Sort(p.Steps[k].Mends)
	}
}
