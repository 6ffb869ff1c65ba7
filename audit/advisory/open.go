package advisory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"softshell/finding"
)

// Options say what to read.
type Options struct {
	// Paths are folders, git checkouts, archives or single advisories. What two of them
	// say of the same thing counts once.
	Paths []string
	// Cache is softshell's cache folder; "" keeps nothing.
	Cache string
}

// Open reads a database. It fails only when a path cannot be read at all or holds no
// advisory, or when ctx ends; files that are broken are in Problems.
func Open(ctx context.Context, o Options) (*Database, error) {
	if len(o.Paths) == 0 {
		return nil, errors.New("no database of advisories is named")
	}
	d := &Database{}
	for _, p := range o.Paths {
		s, err := o.load(ctx, p)
		if err != nil {
			return nil, err
		}
		d.Sources = append(d.Sources, s.Source)
		d.all = append(d.all, s.all...)
		d.Problems = append(d.Problems, s.problems...)
		d.Notes = append(d.Notes, s.notes...)
	}
	main := d.Sources[0]
	d.Path, d.Commit, d.Date = main.Path, main.Commit, max(main.Date, main.Updated)
	d.finish()
	return d, nil
}

// content is all that one source holds; an index is a stored one.
type content struct {
	Source
	all      []*Advisory
	problems []Problem
	notes    []string
}

func (o Options) load(ctx context.Context, name string) (*content, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	index := indexPath(o.Cache, abs)
	up, managed := updated(abs)
	if managed {
		abs = up.archive
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, fmt.Errorf("open the database of advisories: %w", err)
	}
	c := &content{Source: Source{Path: abs}}
	if info.IsDir() {
		c.Commit = headCommit(abs)
	}
	if managed {
		c.Commit, c.URL = up.Commit, up.URL
	}
	archive := !info.IsDir() && isArchive(abs)
	var key [keySize]byte
	var l *listing
	switch {
	case managed: // nobody changes it
		key = keyOf("commit", up.Commit)
	case archive:
		key = keyOf("archive", abs, fmt.Sprint(info.Size(), info.ModTime().UnixNano()))
	default:
		if l, err = list(ctx, abs, info); err != nil {
			return nil, err
		}
		listed := l.key() // a commit may change no advisory, and be newer
		key = keyOf("folder", c.Commit, string(listed[:]))
	}
	if c.recall(index, key) {
		c.Cached = true
	} else {
		if l == nil {
			if l, err = list(ctx, abs, info); err != nil {
				return nil, err
			}
		}
		if err := c.parse(ctx, abs, l); err != nil {
			return nil, err
		}
		c.Commit = cmp.Or(c.Commit, l.commit)
		c.Date = c.date(abs, l)
		if len(c.all) > 0 {
			c.remember(index, key)
		}
	}
	if managed {
		c.Updated = up.Updated
	}
	c.Advisories = len(c.all)
	if len(c.all) == 0 {
		return nil, c.nothing()
	}
	return c, nil
}

func list(ctx context.Context, abs string, info os.FileInfo) (*listing, error) {
	switch {
	case info.IsDir():
		return listFolder(ctx, abs)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("open the database of advisories: %s is neither a folder nor a file", abs)
	case isArchive(abs):
		return listArchive(abs)
	}
	return listSingle(abs, info)
}

// nothing says why a source without advisories is an error.
func (c *content) nothing() error {
	if len(c.problems) > 0 {
		return fmt.Errorf("no advisory in %s could be read; the first problem: %s: %s", c.Path, c.problems[0].File, c.problems[0].Err)
	}
	return fmt.Errorf("%s holds no advisories: it should have folders crates/PACKAGE/ID.md (RustSec) or files ID.json (OSV)", c.Path)
}

// parsed is what one file gave.
type parsed struct {
	all   []*Advisory
	notes []string
	err   error
}

// parse reads all files, some at a time; the order is that of the names.
func (c *content) parse(ctx context.Context, root string, l *listing) error {
	if len(l.files) == 1 && l.files[0].name == filepath.Base(root) {
		root = filepath.Dir(root)
	}
	results := make([]parsed, len(l.files))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(l.files)) {
		wait.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(l.files) || ctx.Err() != nil {
					return
				}
				results[i] = l.files[i].parse(root)
				l.files[i].text = nil
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	c.problems = l.problems
	unknown := notes{}
	ids := map[string]string{} // of id and package: the file
	for i, r := range results {
		name := finding.Plain(l.files[i].name)
		if r.err != nil {
			c.problems = append(c.problems, Problem{File: name, Err: finding.Plain(plainError(r.err))})
			continue
		}
		unknown.add(name, r.notes)
		for _, a := range r.all {
			if first, twice := ids[a.ID+" "+a.Package]; twice {
				c.problems = append(c.problems, Problem{File: name, Err: fmt.Sprintf("has the id %s, as %s has", a.ID, first)})
			} else {
				ids[a.ID+" "+a.Package] = name
			}
			c.all = append(c.all, a)
		}
	}
	slices.SortStableFunc(c.all, order)
	c.notes = unknown.list()
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return cmp.Compare(a.File, b.File) })
	return nil
}

func (f *file) parse(root string) parsed {
	text, err := f.read(root)
	if err != nil {
		return parsed{err: err}
	}
	if f.rustsec {
		a, notes, err := ParseRustSec(f.name, text)
		if err != nil {
			return parsed{err: err}
		}
		return parsed{all: []*Advisory{a}, notes: notes}
	}
	all, notes, err := ParseOSV(f.name, text)
	if errors.Is(err, errNotOSV) && !strings.Contains(path.Base(f.name), "-") {
		return parsed{} // some other JSON, by its name too
	}
	return parsed{all: all, notes: notes, err: err}
}

// notes counts equal notes of many files.
type notes map[string]*noted

type noted struct {
	first string
	files int
}

func (n notes) add(file string, list []string) {
	for _, text := range list {
		text = finding.Plain(text)
		if n[text] == nil {
			n[text] = &noted{first: file}
		}
		n[text].files++
	}
}

// maxNotes keeps a database of another kind from filling a screen.
const maxNotes = 50

func (n notes) list() []string {
	var out []string
	for text, at := range n {
		if at.files > 1 {
			out = append(out, fmt.Sprintf("%s (in %s and %d more)", text, at.first, at.files-1))
			continue
		}
		out = append(out, fmt.Sprintf("%s (in %s)", text, at.first))
	}
	slices.Sort(out)
	if len(out) > maxNotes {
		out = append(out[:maxNotes], fmt.Sprintf("and %d notes more", len(out)-maxNotes))
	}
	return out
}

// date is when a source that has no update of ours was made: the commit's date, else
// the newest advisory's. Times of files say when they were copied.
func (c *content) date(root string, l *listing) string {
	if c.Commit != l.commit {
		if t := commitDate(root, c.Commit); t != "" {
			return t
		}
	}
	if l.commit != "" && !l.newest.IsZero() {
		return l.newest.UTC().Format(time.RFC3339)
	}
	day := ""
	for _, a := range c.all {
		day = max(day, a.Date, a.Withdrawn)
	}
	if day == "" {
		return ""
	}
	return day + "T00:00:00Z"
}
