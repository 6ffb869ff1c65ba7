package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"softshell/heap/profile"
)

// profileFiles are the files of a run: one for each process, which its newest
// profile replaces. The one that the user named is of the program that is meant.
type profileFiles struct {
	output string

	mu    sync.Mutex
	paths map[int]string // by pid
	wrote map[int]bool   // those that could be written
}

func newProfileFiles(output string) (*profileFiles, error) {
	if output != "" { // better now than when the program has run
		dir := filepath.Dir(output)
		if st, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("write the profile: %w", err)
		} else if !st.IsDir() {
			return nil, fmt.Errorf("write the profile: %s is not a folder", dir)
		}
	}
	return &profileFiles{output: output, paths: map[int]string{}, wrote: map[int]bool{}}, nil
}

// of is the file of a process, if it was written.
func (s *profileFiles) of(pid int) (path string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paths[pid], s.wrote[pid]
}

func (s *profileFiles) save(p *profile.Profile, first bool) error {
	path, err := s.path(p, first)
	if err != nil {
		return err
	}
	if err := profile.WriteFile(path, p); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrote[p.Run.PID] = true
	return nil
}

func (s *profileFiles) path(p *profile.Profile, first bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if path := s.paths[p.Run.PID]; path != "" {
		return path, nil
	}
	path := s.output
	switch {
	case path == "":
		path = fmt.Sprintf("softshell-heap.%s.%d.profile", filepath.Base(p.Run.Program), p.Run.PID)
	case !first:
		path = fmt.Sprintf("%s.%d", path, p.Run.PID)
	}
	path, err := filepath.Abs(path) // the folder of the start, whatever follows
	if err != nil {
		return "", fmt.Errorf("find the folder for the profile: %w", err)
	}
	s.paths[p.Run.PID] = path
	return path, nil
}
