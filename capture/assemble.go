package capture

import (
	"cmp"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// assembly turns cargo's messages and the wrappers' records into units.
type assembly struct {
	r       *run
	build   *Build
	members map[string]bool
	records map[string]*record // by artifact
	keys    map[string]string  // by artifact
	stale   []string           // artifacts to remove so that cargo builds the crate again
}

// found is an artifact with its record.
type found struct {
	msg *message
	rec *record
}

func (r *run) assemble(ctx context.Context, res *checked) (*assembly, error) {
	if !res.success {
		if err := r.diskFull(res.errors.String() + res.stderr); err != nil {
			return nil, err
		}
	}
	a := &assembly{r: r, members: map[string]bool{}, records: map[string]*record{}, keys: map[string]string{}}
	a.build = &Build{Root: r.meta.Root, Toolchain: r.tool, Metadata: r.meta.tables(), Notes: r.notes,
		CompileFailed: !res.success, Errors: res.errors.String()}
	if a.build.CompileFailed && a.build.Errors == "" {
		a.build.Errors = res.stderr // a build script failed: cargo tells it on stderr
	}
	for _, d := range r.meta.memberDirs() {
		a.members[d] = true
	}
	all := a.collect(res.artifacts)
	if len(a.stale) > 0 {
		return a, nil
	}
	if err := a.surveys(all); err != nil || len(a.stale) > 0 {
		return a, err
	}
	for _, f := range all {
		if f.rec.Links && !r.opts.Unsafe {
			continue
		}
		a.build.Units = append(a.build.Units, a.unit(f))
	}
	if a.build.CompileFailed {
		a.addFailed()
	}
	a.build.Units = dependencyOrder(a.build.Units)
	return a, a.complete(ctx)
}

// collect reads the record of each artifact, and notes those that do not fit.
func (a *assembly) collect(msgs []message) []found {
	var out []found
	for i := range msgs {
		m := &msgs[i]
		if m.kind() == "custom-build" && !a.r.opts.Unsafe || len(m.Filenames) == 0 {
			continue
		}
		artifact := a.r.artifact(m)
		rec, err := readRecord(a.r.place.record(artifact))
		if err != nil || !a.fits(m, rec) {
			a.stale = append(a.stale, m.outputs()...)
			continue
		}
		a.records[artifact] = rec
		out = append(out, found{m, rec})
	}
	return out
}

// fits reports whether the record is of the call that made the artifact that
// cargo found fresh.
func (a *assembly) fits(m *message, rec *record) bool {
	if rec.Format != recordFormat || rec.Exit != 0 {
		return false
	}
	if !m.Fresh || rec.Run == a.r.id {
		return true
	}
	return !rec.Racy && rec.unchanged()
}

// unchanged reports whether the sources still are what rustc read. cargo asks
// only whether a file is newer than its last build, so it misses one that was
// replaced by an older one.
func (r *record) unchanged() bool {
	if r.Frozen {
		return true
	}
	return !slices.ContainsFunc(r.Sources, func(s stamp) bool { return !s.same() })
}

// key is the record's content address.
func (a *assembly) key(artifact string) string {
	if k, ok := a.keys[artifact]; ok {
		return k
	}
	rec, ok := a.records[artifact]
	if !ok {
		return artifact // a sysroot crate or a given file: its path stands for it
	}
	a.keys[artifact] = "" // cargo's graph has no cycle; this only guards against a broken record
	a.keys[artifact] = rec.key(a.r.tool.Verbose, a.key)
	return a.keys[artifact]
}

// used are the records that the Build rests on.
func (a *assembly) used() []*record {
	names := slices.Sorted(maps.Keys(a.records))
	out := make([]*record, len(names))
	for i, n := range names {
		out[i] = a.records[n]
	}
	return out
}

// unit makes the Unit of a record; its MIR is set if it lies in the store.
func (a *assembly) unit(f found) *Unit {
	rec, call := f.rec, parseCall(f.rec.Args)
	u := &Unit{
		Package: rec.Package, Version: rec.Version, Crate: call.Crate, Kind: call.kind(), Edition: call.Edition,
		Root: absolute(rec.Dir, call.Root), Member: a.members[rec.Manifest], Primary: rec.Primary,
		Dir: rec.Dir, Args: rec.Args, Env: rec.Env, Rustc: rec.Rustc,
		Artifact: rec.Artifact, Place: a.r.place.dir, Inputs: rec.inputs(), Host: rec.Links,
		Key: a.key(rec.Artifact), Externs: map[string]string{},
	}
	if f.msg != nil {
		u.PkgID, u.Kind = f.msg.PackageID, f.msg.kind()
		u.Member = u.Member || u.Kind == "file"
	}
	for _, e := range call.Externs {
		dep := artifactStem(e.Path)
		if d, ok := a.records[dep]; ok && !d.Links {
			u.Externs[e.Name] = a.key(dep)
		}
	}
	for _, s := range rec.Sources {
		u.Sources = append(u.Sources, s.Path)
	}
	if a.r.opts.Unsafe {
		u.Survey = a.r.cache.surveyPath(u.Key)
	}
	return u
}

// inputs is a digest of what the sources held.
func (r *record) inputs() string {
	var parts []string
	for _, s := range r.Sources {
		parts = append(parts, s.Path, s.Sum)
	}
	return digest(parts...)
}

// addFailed adds the crates that rustc rejected in this run.
func (a *assembly) addFailed() {
	files, _ := filepath.Glob(filepath.Join(a.r.place.units(), "*.json"))
	for _, f := range files {
		rec, err := readRecord(f)
		if err != nil || rec.Run != a.r.id || rec.Exit == 0 || rec.Links && !a.r.opts.Unsafe {
			continue
		}
		a.records[rec.Artifact] = rec
		u := a.unit(found{rec: rec})
		u.Failed = "rustc rejected the crate"
		a.build.Units = append(a.build.Units, u)
	}
}

// complete puts the MIR of each wanted unit in the store, asking rustc again
// for those whose text is not there in the wanted form.
func (a *assembly) complete(ctx context.Context) error {
	var missing []*Unit
	for _, u := range a.build.Units {
		rec := a.records[u.Artifact]
		if u.Failed != "" || !a.wanted(u) {
			continue
		}
		u.Spans = a.r.wantsSpans(u)
		if err := a.publish(u, rec); err != nil {
			return cacheError(a.r.cache.dir, err)
		}
		if u.MIR = a.r.cache.mirPath(u.Key, u.Spans); !a.r.cache.has(u.MIR) {
			missing = append(missing, u)
		} else if rec.Run != a.r.id {
			a.build.Reused++
		}
	}
	return a.r.printMissing(ctx, missing)
}

func (a *assembly) wanted(u *Unit) bool {
	return !a.r.opts.Unsafe && (a.r.opts.Deps || u.Member || u.Primary)
}

// publish moves the text that the wrapper took to its content address.
func (a *assembly) publish(u *Unit, rec *record) error {
	from := a.r.place.mir(u.Artifact)
	if _, err := os.Stat(from); err != nil || !rec.MIR {
		return nil
	}
	return a.r.cache.keep(from, a.r.cache.mirPath(u.Key, rec.Spans))
}

// wantsSpans says in which form the unit's MIR is asked for.
func (r *run) wantsSpans(u *Unit) bool {
	switch r.opts.Spans {
	case SpansAlways:
		return true
	case SpansNever:
		return false
	default:
		return r.place.spansAsked(u.Artifact)
	}
}

// dependencyOrder sorts units so that each comes after those it depends on;
// where that leaves a choice, the name decides.
func dependencyOrder(units []*Unit) []*Unit {
	byKey := map[string]*Unit{}
	for _, u := range units {
		byKey[u.Key] = u
	}
	sorted := slices.Clone(units)
	slices.SortFunc(sorted, byName)
	done := map[*Unit]bool{}
	var out []*Unit
	ready := func(u *Unit) bool {
		for _, k := range u.Externs {
			if d := byKey[k]; d != nil && d != u && !done[d] {
				return false
			}
		}
		return true
	}
	for len(sorted) > 0 {
		i := slices.IndexFunc(sorted, ready)
		if i < 0 {
			return append(out, sorted...)
		}
		u := sorted[i]
		done[u] = true
		out = append(out, u)
		sorted = slices.Delete(sorted, i, i+1)
	}
	return out
}

func byName(a, b *Unit) int {
	return cmp.Or(strings.Compare(a.Crate, b.Crate), strings.Compare(a.Kind, b.Kind),
		strings.Compare(a.Package, b.Package), strings.Compare(a.Version, b.Version),
		strings.Compare(a.Root, b.Root), strings.Compare(a.Key, b.Key))
}
