package finding

import (
	"os"
	"strings"
	"sync"
)

// Sources reads source files once. It serves several goroutines; a file that
// cannot be read has no lines.
type Sources struct {
	mu    sync.Mutex
	files map[string][]string
}

// NewSources returns an empty cache.
func NewSources() *Sources { return &Sources{files: map[string][]string{}} }

// Lines returns the lines of a file without their ends; nil when it cannot be read.
func (s *Sources) Lines(file string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if lines, ok := s.files[file]; ok {
		return lines
	}
	var lines []string
	if text, err := os.ReadFile(file); err == nil {
		lines = strings.Split(string(text), "\n")
		for i := range lines {
			lines[i] = strings.TrimSuffix(lines[i], "\r")
		}
	}
	s.files[file] = lines
	return lines
}

// Line returns line n, counted from 1, "" when there is none.
func (s *Sources) Line(file string, n int) string {
	lines := s.Lines(file)
	if n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}
