package patch

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"softshell/audit"
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
	Deny     []string // kinds of advisories that count as a vulnerability does
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
	missing map[id]bool     // what lacks something that is not on this machine

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
	c.lock = box.lock()
	s := &solver{ctx: ctx, o: o, res: res, cargo: c, box: box, index: registry.Open(o.CargoHome, root),
		judge: &judge{res.Database, targetsOf(res.Tree), o.Deny}, became: map[id]string{}, told: map[id][]string{}, missing: map[id]bool{}, asked: map[string]bool{}, manifests: map[string]*manifest{}, edits: map[string]tried{}}
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
	s.askRust()
	if err := s.search(); err != nil {
		return nil, err
	}
	if ok, err := s.confirm(); err != nil {
		return nil, err
	} else if !ok {
		if err := s.search(); err != nil {
			return nil, err
		}
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
	if s.cargo.offline && !s.index.Fixed() && len(p.Mends) > 0 {
		p.Notes = append(p.Notes, "The network was not asked: newer versions than this machine's index knows are not thought of.")
	}
	p.Network = s.cargo.network
	return p, nil
}

// search looks for the steps, from the first state on.
func (s *solver) search() error {
	if err := s.load(saved{now: s.first, became: map[id]string{}}); err != nil {
		return err
	}
	clear(s.told)
	todo := s.todo()
	for i, x := range todo {
		if s.o.Progress != nil {
			s.o.Progress(i, len(todo), x.name)
		}
		if err := s.mend(x); err != nil {
			return err
		}
	}
	return s.drop()
}

// confirm takes the steps again with the registry's index of today, as the user's cargo
// will use it. When that does not mend the same, the index that was here is too old: from
// then on it is not used. Where the network is forbidden the index is what it is.
func (s *solver) confirm() (bool, error) {
	if s.cargo.offline || s.cargo.plain || s.index.Fixed() || len(s.steps) == 0 {
		return true, nil
	}
	s.cargo.plain = true
	ok, err := s.replay(s.first, slices.Clone(s.steps), 0)
	s.index.Forget()
	if ok {
		s.cargo.plain = false // what is here is new enough now
	}
	return ok, err
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
