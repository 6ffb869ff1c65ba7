package patch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"softshell/audit/version"
)

// History says when a Cargo.lock had a vulnerable version, by the commits of its
// repository.
type History struct {
	Spans   []Span // the newest first
	Looked  int    // commits that changed Cargo.lock
	Whole   bool   // all of them were looked at; else the first span may begin earlier
	Unknown string // why nothing is known; then the rest says nothing
}

// Span is a time in which a vulnerable version was locked.
type Span struct {
	From     Commit
	Until    *Commit // the first commit without it; nil while it lasts
	Versions []string
	Tags     []string // that have the first commit and not the last, the oldest first
	Pending  bool     // it is in the folder and in no commit yet
	Mended   bool     // it lasts by the commits, and the folder is rid of it
}

// Commit is one commit.
type Commit struct{ ID, Date, Subject string }

// deepestHistory bounds how many states of Cargo.lock are read.
const deepestHistory = 2000

// ReadHistory walks through the commits that changed a Cargo.lock, on the line of first
// parents: what a branch did counts from when it was merged.
func ReadHistory(ctx context.Context, lock, name string, affects func(version.Version) bool) (*History, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return &History{Unknown: "git is not installed"}, nil
	}
	lock, err := filepath.EvalSymlinks(lock)
	if err != nil {
		return nil, err
	}
	g := git{ctx, filepath.Dir(lock)}
	base := filepath.Base(lock)
	if out, err := g.run("ls-files", "--", base); err != nil || strings.TrimSpace(out) == "" {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return &History{Unknown: "it lies in no git repository that can be read"}, nil
		}
		return &History{Unknown: base + " is in no commit"}, nil
	}
	if _, err := g.run("rev-parse", "--verify", "--quiet", "HEAD"); err != nil && ctx.Err() == nil {
		return &History{Unknown: "its repository has no commit yet"}, nil
	}
	out, err := g.run("-c", "log.showRoot=true", "log", "--no-show-signature", "--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "--max-count="+strconv.Itoa(deepestHistory+1),
		"--format=%x00%H%x09%cI%x09%s", "--", base)
	if err != nil {
		return nil, fmt.Errorf("read the history of %s: %w", lock, err)
	}
	states := parseLog(out)
	h := &History{Looked: len(states), Whole: len(states) <= deepestHistory}
	if shallow, err := g.run("rev-parse", "--is-shallow-repository"); err == nil && strings.TrimSpace(shallow) == "true" {
		h.Whole = false
	}
	unread, err := g.read(states, func(text []byte) []string { return lockedBad(text, name, affects) })
	if err != nil {
		return nil, fmt.Errorf("read the history of %s: %w", lock, err)
	}
	if unread > 0 {
		return &History{Unknown: fmt.Sprintf("%d of the %d states of %s are not in this clone (git clone without --filter has them)", unread, len(states), base)}, nil
	}
	h.spans(states)
	text, err := os.ReadFile(lock)
	if err != nil {
		return nil, err
	}
	bad, lasts := lockedBad(text, name, affects), len(h.Spans) > 0 && h.Spans[0].Until == nil
	switch {
	case len(bad) > 0 && !lasts:
		h.Spans = slices.Insert(h.Spans, 0, Span{Pending: true, Versions: bad})
	case len(bad) == 0 && lasts:
		h.Spans[0].Mended = true
	}
	for i := range h.Spans {
		g.tag(&h.Spans[i])
	}
	return h, ctx.Err()
}

// lockState is Cargo.lock behind one commit.
type lockState struct {
	commit Commit
	blob   string
	bad    []string
}

// parseLog reads the answer of git log.
func parseLog(out string) []lockState {
	var states []lockState
	for _, part := range strings.Split(out, "\x00")[1:] {
		head, rest, _ := strings.Cut(part, "\n")
		fields := strings.SplitN(head, "\t", 3)
		if len(fields) < 3 {
			continue
		}
		s := lockState{commit: Commit{fields[0], fields[1], fields[2]}}
		for line := range strings.Lines(rest) {
			if f := strings.Fields(line); len(f) > 4 && strings.HasPrefix(f[0], ":") {
				s.blob = f[3]
			}
		}
		states = append(states, s)
	}
	return states
}

// spans joins the states, which are in order from the newest on.
func (h *History) spans(states []lockState) {
	for i := range states {
		s := &states[i]
		if len(s.bad) == 0 {
			continue
		}
		if i > 0 && len(states[i-1].bad) > 0 {
			last := &h.Spans[len(h.Spans)-1]
			last.From = s.commit
			for _, v := range s.bad {
				if !slices.Contains(last.Versions, v) {
					last.Versions = append(last.Versions, v)
				}
			}
			continue
		}
		span := Span{From: s.commit, Versions: s.bad}
		if i > 0 {
			span.Until = &states[i-1].commit
		}
		h.Spans = append(h.Spans, span)
	}
	for i := range h.Spans {
		slices.SortFunc(h.Spans[i].Versions, version.Compare)
	}
}

// lockedBad are the affected versions of a crate of crates.io in the text of a
// Cargo.lock. Such a text is read line by line: thousands of them may be asked.
func lockedBad(text []byte, name string, affects func(version.Version) bool) []string {
	var out []string
	want := []byte("name = " + strconv.Quote(name))
	for {
		i := bytes.Index(text, want)
		if i < 0 {
			return out
		}
		starts := i == 0 || text[i-1] == '\n'
		text = text[i+len(want):]
		if !starts || len(text) > 0 && text[0] != '\n' && text[0] != '\r' {
			continue
		}
		num, source := "", ""
		for line := range bytes.Lines(text) {
			line = bytes.TrimSpace(line)
			if bytes.HasPrefix(line, []byte("[")) {
				break
			}
			key, value, _ := bytes.Cut(line, []byte(" = "))
			s, ok := unquote(string(value))
			switch {
			case !ok:
			case string(key) == "version":
				num = s
			case string(key) == "source":
				source = s
			}
		}
		fromThere := strings.HasPrefix(source, "registry+https://github.com/rust-lang/crates.io-index") || strings.HasPrefix(source, "sparse+https://index.crates.io")
		if v, err := version.Parse(num); err == nil && fromThere && affects(v) && !slices.Contains(out, num) {
			out = append(out, num)
		}
	}
}

// git asks a repository. Nothing in it is written, and nothing fetched.
type git struct {
	ctx context.Context
	dir string
}

func (g git) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(g.ctx, "git", append([]string{"--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"}, args...)...)
	cmd.Dir = g.dir
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

func (g git) run(args ...string) (string, error) {
	var errs bytes.Buffer
	cmd := g.command(args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if g.ctx.Err() != nil {
		return "", g.ctx.Err()
	}
	if err != nil {
		if said := strings.TrimSpace(errs.String()); said != "" {
			return "", errors.New("git: " + said)
		}
		return "", err
	}
	return string(out), nil
}

// read asks about the text of each state; equal ones are read once. What is not there,
// as in a partial clone, is counted.
func (g git) read(states []lockState, ask func([]byte) []string) (unread int, err error) {
	var blobs bytes.Buffer
	known := map[string][]string{strings.Repeat("0", 40): nil, strings.Repeat("0", 64): nil} // the file was deleted
	asked := map[string]bool{}
	for i := range states {
		blob := states[i].blob
		if _, ok := known[blob]; !ok && blob != "" && !asked[blob] {
			asked[blob] = true
			fmt.Fprintln(&blobs, blob)
		}
	}
	cmd := g.command("cat-file", "--batch")
	cmd.Stdin = &blobs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	in := bufio.NewReaderSize(out, 1<<16)
	for {
		head, err := in.ReadString('\n')
		if err != nil {
			break
		}
		f := strings.Fields(head)
		if len(f) < 3 {
			continue // "ID missing"
		}
		size, err := strconv.Atoi(f[2])
		if err != nil || size > maxLock {
			break
		}
		text := make([]byte, size+1)
		if _, err := io.ReadFull(in, text); err != nil {
			break
		}
		known[f[0]] = ask(text[:size])
	}
	_, _ = io.Copy(io.Discard, in)
	if err := cmd.Wait(); err != nil && g.ctx.Err() != nil {
		return 0, g.ctx.Err()
	}
	for i := range states {
		bad, ok := known[states[i].blob]
		if states[i].bad = bad; !ok {
			unread++
		}
	}
	return unread, nil
}

// maxLock bounds what is read as a Cargo.lock.
const maxLock = 64 << 20

// tag finds the tags whose Cargo.lock had the vulnerable version.
func (g git) tag(s *Span) {
	if s.Pending {
		return
	}
	args := []string{"tag", "--sort=creatordate", "--contains", s.From.ID}
	if s.Until != nil {
		args = append(args, "--no-contains", s.Until.ID)
	}
	if out, err := g.run(args...); err == nil {
		s.Tags = strings.Fields(out)
	}
}
