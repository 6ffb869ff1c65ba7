package main

import (
	"fmt"
	"path/filepath"
	"sync"

	"softshell/heap/profile"
)

// profileFiles are the files of a run: one for each process, which its newest
// profile replaces.
type profileFiles struct {
	output string

	mu    sync.Mutex
	first int // pid of the process that has the file that the user named
	paths map[int]string
}

func (s *profileFiles) save(p *profile.Profile) error {
	path, err := s.path(p)
	if err != nil {
		return err
	}
	return profile.WriteFile(path, p)
}

func (s *profileFiles) path(p *profile.Profile) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if path := s.paths[p.Run.PID]; path != "" {
		return path, nil
	}
	path := s.output
	switch {
	case path == "":
		path = fmt.Sprintf("softshell-heap.%s.%d.profile", filepath.Base(p.Run.Program), p.Run.PID)
	case s.first != 0:
		path = fmt.Sprintf("%s.%d", path, p.Run.PID)
	}
	path, err := filepath.Abs(path) // the folder of the start, whatever follows
	if err != nil {
		return "", fmt.Errorf("find the folder for the profile: %w", err)
	}
	if s.first == 0 {
		s.first = p.Run.PID
	}
	s.paths[p.Run.PID] = path
	return path, nil
}
