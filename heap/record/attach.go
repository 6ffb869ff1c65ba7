package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"softshell/heap/glibc"
	"softshell/heap/graph"
	"softshell/heap/inject"
	"softshell/heap/memory"
	"softshell/heap/process"
	"softshell/heap/profile"
	"softshell/heap/secret"
)

// beforeName stands for the stacks that nobody took.
const beforeName = "[allocated before softshell came]"

// Attach looks at a process that runs. It is stopped while its memory is read,
// and goes on as before: nothing is written into it, and no code of ours runs in
// it. So there are no stacks; what its malloc has handed out is known, and what
// holds each block.
func Attach(pid int, needles []*secret.Needle) (*profile.Profile, error) {
	p := process.ID(pid)
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no process %d", pid)
	}
	if err != nil {
		return nil, refusedTo(pid, err)
	}
	still, err := p.Stop()
	if err != nil {
		return nil, refusedTo(pid, err)
	}
	defer still.Resume()
	began := time.Now()
	maps, err := p.Mappings()
	if err != nil {
		return nil, err
	}
	s := &memory.Snapshot{Mem: p}
	var notes []string
	s.Live, s.Freed, notes = glibc.Blocks(p, maps)
	if len(s.Live) == 0 && len(notes) > 0 {
		return nil, fmt.Errorf("process %d (%s): %s", pid, filepath.Base(exe), strings.Join(notes, "; "))
	}
	r := roots{mem: p, maps: maps, threads: still.Threads, last: -1, returned: true}
	r.into(s)
	if start, end, err := p.Strings(); err == nil && start < end {
		s.Strings = []memory.Range{{Start: start, End: end}}
	}

	out := &profile.Profile{
		Run: profile.Run{
			Command: p.Arguments(), Program: exe, PID: pid, Start: began, End: profile.Running, Collector: "attached",
			PeakRSS: p.PeakResident(), Memory: true,
		},
		Modules:   modules(maps),
		Frames:    []profile.Frame{{Function: beforeName, System: true}},
		Locations: []profile.Location{{Module: -1, Frames: []int{0}}},
		Nodes:     []profile.Node{{Parent: -1, Location: 0}},
		Sites:     []profile.Site{{Node: 0}},
		Notes:     append(notes, "the process was attached to: the bytes of a block are those that malloc reserved, and nobody took the stacks; of what it did before nothing is known"),
	}
	if dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); err == nil {
		out.Run.Dir = dir
	}
	if prog, err := inject.Look(exe); err == nil {
		out.Run.Toolchain = prog.Compiler
	}
	for _, t := range still.Threads {
		out.Threads = append(out.Threads, profile.Thread{Name: p.ThreadName(t.TID)})
	}
	attached(out, s, needles)
	out.Run.Wall = time.Since(began)
	return out, nil
}

// attached fills in what the memory shows.
func attached(out *profile.Profile, s *memory.Snapshot, needles []*secret.Needle) {
	found := graph.Analyze(s, graph.Options{Workers: runtime.GOMAXPROCS(0)})
	a := &analysis{snap: s} // no block has a node, so none has a site
	if ok, note := a.layout(found.Cycles, out.Run.Toolchain, tryInstalled); !ok || note != "" {
		out.Notes = append(out.Notes, note)
		if !ok {
			found = graph.Analyze(s, graph.Options{NoCycles: true})
		}
	}
	out.Notes = append(out.Notes, found.Notes...)
	site := &out.Sites[0]
	for i := range s.Live {
		size := int64(s.Live[i].Size)
		l := &site.Left[found.Kinds[i]]
		l.Blocks++
		l.Bytes += size
		site.Counts.Allocs++
		site.Counts.Bytes += size
		site.Counts.Largest = max(site.Counts.Largest, size)
	}
	site.Counts.PeakBytes, site.Counts.PeakAllocs = site.Counts.Bytes, site.Counts.Allocs
	run := &out.Run
	run.Allocs, run.Bytes, run.LiveAtEnd, run.PeakLive = site.Counts.Allocs, site.Counts.Bytes, site.Counts.Bytes, site.Counts.Bytes
	for i := range found.Cycles {
		out.Cycles = append(out.Cycles, a.cycle(&found.Cycles[i]))
	}
	out.Secrets = a.secrets(secret.Search(s, found.Kinds, needles))
}

// refusedTo says why a process cannot be looked at.
func refusedTo(pid int, err error) error {
	err = fmt.Errorf("look into process %d: %w", pid, err)
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) {
		return err
	}
	why := "it belongs to another user, has rights of its own, or another debugger holds it"
	if scope := process.TraceScope(); scope != "0" {
		why = "this system lets a process look only into those that it started (kernel.yama.ptrace_scope is " + scope + ")"
	}
	return fmt.Errorf("%w\n  %s: run softshell as root, or start the program with softshell heap -- PROGRAM", err, why)
}
