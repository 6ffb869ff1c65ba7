package patch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"softshell/audit"
	"softshell/audit/advisory"
	"softshell/audit/registry"
	"softshell/audit/tree"
	"softshell/audit/version"
)

// Options say how a plan is made.
type Options struct {
	Toolchain string
	Offline   bool   // the network is forbidden
	CargoHome string // "" is the usual one
	Temp      string // folder for the copy of the manifests; "" is the system's
	// Only picks the matches that are to be mended; nil is all.
	Only     func(*audit.Match) bool
	Progress func(done, total int, what string)
}

// solver looks for the steps. Its sandbox holds the Cargo.lock as it is behind those
// that were found so far.
type solver struct {
	ctx   context.Context
	o     Options
	res   *audit.Result
	cargo *cargo
	box   *sandbox
	index *registry.Index
	judge *judge
	rust  version.Version // of the toolchain; zero is not known

	manifests  map[string]*manifest // the user's, by path
	first, now *state
	steps      []Step
	became     map[id]string // what a package that was there at first is now; "" is gone

	goal    id              // what is being mended
	lenient bool            // a new unmaintained crate is better than what is there
	nth     int             // which of the versions that would do is written into manifests; -1 is the last
	told    map[id][]string // why attempts failed

	asked map[string]bool  // crates whose index was read anew
	edits map[string]tried // changes of manifests, by what they are
}

// New makes a plan for the matches of an audit. It changes nothing of the user's.
func New(ctx context.Context, res *audit.Result, o Options) (*Plan, error) {
	root := res.Tree.Root
	if file, err := filepath.Abs(res.Tree.File); root == "" || err != nil || file != filepath.Join(root, "Cargo.lock") {
		return nil, errors.New("a plan needs the manifests: run it in the folder of the package, not on a lock file, binary or SBOM alone")
	}
	c := &cargo{toolchain: o.Toolchain, dir: root, offline: o.Offline}
	box, err := newSandbox(ctx, c, root, o.Temp)
	if err != nil {
		return nil, err
	}
	defer box.Close()
	s := &solver{ctx: ctx, o: o, res: res, cargo: c, box: box, index: registry.Open(o.CargoHome, root),
		judge: &judge{res.Database, targetsOf(res.Tree)}, became: map[id]string{}, told: map[id][]string{}, asked: map[string]bool{}, manifests: map[string]*manifest{}, edits: map[string]tried{}}
	return s.plan()
}

// targetsOf are the triples that something is built for; none is all.
func targetsOf(t *tree.Tree) []string {
	if len(t.Targets) == 0 || t.Host == "" {
		return t.Targets
	}
	return append(slices.Clone(t.Targets), t.Host)
}

func (s *solver) plan() (*Plan, error) {
	var err error
	if s.first, err = readState(s.box.lock()); err != nil {
		return nil, err
	}
	s.now = s.first
	s.askRust()
	todo := s.todo()
	for i, x := range todo {
		if s.o.Progress != nil {
			s.o.Progress(i, len(todo), x.name)
		}
		if err := s.mend(x); err != nil {
			return nil, err
		}
	}
	if err := s.drop(); err != nil {
		return nil, err
	}
	p := &Plan{Root: s.res.Tree.Root, Steps: s.steps, Changes: changes(s.first, s.now), Before: s.first.text, After: s.now.text}
	for _, m := range s.matches() {
		mend, err := s.answer(m)
		if err != nil {
			return nil, err
		}
		p.Mends = append(p.Mends, *mend)
	}
	if err := s.together(p); err != nil {
		return nil, err
	}
	s.credit(p)
	p.Network = s.cargo.network
	return p, nil
}

// matches are those that the plan is for.
func (s *solver) matches() []*audit.Match {
	var out []*audit.Match
	for i := range s.res.Matches {
		if m := &s.res.Matches[i]; m.Package >= 0 && (s.o.Only == nil || s.o.Only(m)) {
			out = append(out, m)
		}
	}
	return out
}

// todo are the packages with matches, each once.
func (s *solver) todo() []id {
	var out []id
	for _, m := range s.matches() {
		if x := idOf(&s.res.Tree.Packages[m.Package]); !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// askRust learns which toolchain has to take the new versions.
func (s *solver) askRust() {
	out, err := s.cargo.run(s.ctx, "-V")
	if err != nil {
		return
	}
	if words := strings.Fields(out); len(words) > 1 {
		s.rust, _ = version.Parse(words[1])
	}
}

// tooNew reports whether a version says that it needs a newer toolchain.
func (s *solver) tooNew(v *registry.Version) bool {
	if v.Rust == "" || s.rust == (version.Version{}) {
		return false
	}
	req, err := version.ParseRequirement(">=" + v.Rust)
	return err == nil && !req.Matches(version.Version{Major: s.rust.Major, Minor: s.rust.Minor, Patch: s.rust.Patch})
}

// try runs commands of cargo in the sandbox. When one is refused, the state stays as it
// was and the refusal is returned; other errors end everything.
func (s *solver) try(commands ...[]string) (*state, *refusal, error) {
	for _, args := range commands {
		err := s.cargo.resolve(s.ctx, append(slices.Clone(args), "--manifest-path", s.box.manifest())...)
		var no *refusal
		if errors.As(err, &no) {
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

// choice is a version that could stand in the place of one that must go.
type choice struct {
	num   string
	v     version.Version
	entry *registry.Version // nil when only the advisory tells of it
	left  int               // advisories of the old version that it has too
	late  bool              // wants a newer toolchain
	older bool              // than the one there is
}

// choices are the versions of a crate that are better than the one there is and bring
// nothing new, those that mend most first, then those that this toolchain takes, then
// upwards. Older versions come last: some are older than the mistake.
func (s *solver) choices(name, num string) ([]choice, error) {
	cur, err := version.Parse(num)
	if err != nil {
		return nil, nil
	}
	out := s.known(name, cur)
	if len(out) == 0 && s.mayExist(name, cur) {
		if err := s.refresh(name); err != nil {
			return nil, err
		}
		out = s.known(name, cur)
	}
	if len(out) == 0 && s.index.Versions(name) == nil {
		out = s.guessed(name, cur)
	}
	slices.SortStableFunc(out, func(a, b choice) int {
		if a.left != b.left {
			return a.left - b.left
		}
		if a.older != b.older {
			return last(a.older)
		}
		if a.late != b.late {
			return last(a.late)
		}
		if a.older {
			return b.v.Compare(a.v)
		}
		return a.v.Compare(b.v)
	})
	return out, nil
}

// last puts what is true behind what is not.
func last(is bool) int {
	if is {
		return 1
	}
	return -1
}

func (s *solver) known(name string, cur version.Version) []choice {
	bad := s.judge.of(name, cur.String())
	var out []choice
	for i, vs := 0, s.index.Versions(name); i < len(vs); i++ {
		e := &vs[i]
		v, err := version.Parse(e.Num)
		if err != nil || e.Yanked || v.Compare(cur) == 0 || v.Pre != "" && cur.Pre == "" {
			continue
		}
		if left, ok := better(bad, s.judge.of(name, e.Num)); ok {
			out = append(out, choice{num: e.Num, v: v, entry: e, left: left, late: s.tooNew(e), older: v.Compare(cur) < 0})
		}
	}
	return out
}

// better reports whether some advisories are gone and none is new.
func better(bad, now []*advisory.Advisory) (left int, ok bool) {
	for _, a := range now {
		if !slices.ContainsFunc(bad, func(b *advisory.Advisory) bool { return a.ID == b.ID }) {
			return 0, false
		}
	}
	return len(now), len(now) < len(bad)
}

// mayExist reports whether the advisories speak of a newer version that is fine.
func (s *solver) mayExist(name string, cur version.Version) bool {
	for _, a := range s.judge.of(name, cur.String()) {
		if len(a.Patched) > 0 {
			return true
		}
	}
	return s.index.Versions(name) == nil
}

// guessed are the ends of what is affected, for a crate that no index tells of: such
// versions mostly exist, and cargo says so if not.
func (s *solver) guessed(name string, cur version.Version) []choice {
	bad := s.judge.of(name, cur.String())
	var out []choice
	for _, a := range bad {
		for _, r := range a.Affected {
			if !r.HasHigh || r.HighInclusive || r.High.Compare(cur) <= 0 {
				continue
			}
			if left, ok := better(bad, s.judge.of(name, r.High.String())); ok {
				out = append(out, choice{num: r.High.String(), v: r.High, left: left})
			}
		}
	}
	return out
}

// refresh lets cargo read the index of a crate anew: a package that wants any version
// of it is resolved.
func (s *solver) refresh(name string) error {
	if s.o.Offline || s.asked[name] || s.index.Fixed() {
		return nil
	}
	s.asked[name] = true
	dir, err := os.MkdirTemp(s.o.Temp, "softshell-index-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	text := fmt.Sprintf("[package]\nname = \"asks\"\nversion = \"0.0.0\"\nedition = \"2018\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n[dependencies]\n%s = \"*\"\n", name)
	for file, text := range map[string]string{"Cargo.toml": text, "lib.rs": ""} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	s.cargo.network = true
	_, err = s.cargo.run(s.ctx, "generate-lockfile", "--manifest-path", filepath.Join(dir, "Cargo.toml"))
	s.index.Forget()
	var no *refusal
	if errors.As(err, &no) {
		return nil // what is not known stays so
	}
	return err
}

// mend looks for steps that rid Cargo.lock of a package's advisories. Only when nothing
// else helps may they bring a crate that is unmaintained.
func (s *solver) mend(x id) error {
	if s.now.find(x) < 0 || !x.source.CratesIO() || !named.MatchString(x.name) {
		return nil // an earlier step has done it; or no registry has other versions
	}
	s.goal = x
	defer func() { s.lenient = false }()
	for _, s.lenient = range []bool{false, true} {
		if s.lenient && !s.judge.harms(x) {
			return nil
		}
		done, err := s.mendBySteps(x)
		if done || err != nil {
			return err
		}
	}
	return nil
}

// named is what a crate can be called. Names come from files, and become arguments.
var named = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

func (s *solver) mendBySteps(x id) (bool, error) {
	i := s.now.find(x)
	all, err := s.choices(x.name, x.version)
	if err != nil {
		return false, err
	}
	fit := s.fitting(s.now, i, all)
	for len(fit) > 0 {
		group := alike(fit)
		fit = fit[len(group):]
		done, err := s.lowest(len(group), func(k int) (bool, error) { return s.step(i, group[k].num, "") })
		if done || err != nil {
			return done, err
		}
	}
	if best := full(all); len(best) > 0 {
		return s.moveHolders(x, best)
	}
	return false, nil
}

// alike are the choices at the front that are as good as the first.
func alike(all []choice) []choice {
	n := 1
	for n < len(all) && all[n].left == all[0].left && all[n].late == all[0].late && all[n].older == all[0].older {
		n++
	}
	return all[:n]
}

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

// full are the choices that mend everything that any of them mends.
func full(all []choice) []choice {
	var out []choice
	for _, c := range all {
		if c.left == all[0].left {
			out = append(out, c)
		}
	}
	return out
}

// fitting are the choices that all who depend on a package accept, as far as that is known.
func (s *solver) fitting(st *state, i int, all []choice) []choice {
	var reqs []version.Requirement
	for _, h := range s.holdersOf(st, i) {
		for _, r := range h.reqs {
			reqs = append(reqs, r.req)
		}
	}
	var out []choice
	for _, c := range all {
		if !slices.ContainsFunc(reqs, func(r version.Requirement) bool { return !r.Matches(c.v) }) {
			out = append(out, c)
		}
	}
	return out
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
