package main

import (
	"fmt"
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
}

func (s *profileFiles) save(p *profile.Profile, first bool) error {
	path, err := s.path(p, first)
	if err != nil {
		return err
	}
	return profile.WriteFile(path, p)
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
