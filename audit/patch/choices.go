package patch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"softshell/audit/advisory"
	"softshell/audit/registry"
	"softshell/audit/version"
)

// tooNew reports whether a version says that it needs a newer toolchain.
func (s *solver) tooNew(v *registry.Version) bool {
	if v.Rust == "" || s.rust == (version.Version{}) {
		return false
	}
	req, err := version.ParseRequirement(">=" + v.Rust)
	return err == nil && !req.Matches(version.Version{Major: s.rust.Major, Minor: s.rust.Minor, Patch: s.rust.Patch})
}

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
	c := *s.cargo
	c.lock = filepath.Join(dir, "Cargo.lock")
	_, err = c.run(s.ctx, "generate-lockfile", "--manifest-path", filepath.Join(dir, "Cargo.toml"))
	s.index.Forget()
	var no *refusal
	if errors.As(err, &no) {
		return nil // what is not known stays so
	}
	return err
}

// alike are the choices at the front that are as good as the first.
func alike(all []choice) []choice {
	n := 1
	for n < len(all) && all[n].left == all[0].left && all[n].late == all[0].late && all[n].older == all[0].older {
		n++
	}
	return all[:n]
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
