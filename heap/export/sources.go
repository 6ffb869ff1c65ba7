package export

import (
	"os"
	"path/filepath"
	"strings"

	"softshell/finding"
	"softshell/heap/profile"
	"softshell/heap/view"
)

// places finds the source files that debug information names. It knows them as the
// compiler saw them: often relative to a package or workspace that the profile does
// not tell.
type places struct {
	dirs  []string
	src   *finding.Sources
	known map[string]string
}

func newPlaces(r *profile.Run, root string, src *finding.Sources) *places {
	p := &places{src: src, known: map[string]string{}}
	if p.src == nil {
		p.src = finding.NewSources()
	}
	p.add(root)
	p.add(r.Dir)
	program := r.Program
	if !filepath.IsAbs(program) {
		program = filepath.Join(r.Dir, program)
	}
	for dir := filepath.Dir(program); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if filepath.Base(dir) == "target" {
			p.add(filepath.Dir(dir))
		}
	}
	return p
}

func (p *places) add(dir string) {
	if dir != "" {
		p.dirs = append(p.dirs, dir)
	}
}

// file is where the file lies on this machine, or as the compiler named it.
func (p *places) file(name string) string {
	if filepath.IsAbs(name) || name == "" || strings.ContainsRune(name, 0) {
		return name
	}
	if at, ok := p.known[name]; ok {
		return at
	}
	at := name
	for _, dir := range p.dirs {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			at = filepath.Join(dir, name)
			break
		}
	}
	p.known[name] = at
	return at
}

// shown is a file as a list shows it: without the folders of the compiler's
// own build and of cargo's registry.
func (p *places) shown(name, root string) string {
	if rest, ok := strings.CutPrefix(name, "/rustc/"); ok {
		if _, file, ok := strings.Cut(rest, "/"); ok {
			return file
		}
	}
	if _, rest, ok := strings.Cut(name, "/registry/src/"); ok {
		if _, file, ok := strings.Cut(rest, "/"); ok {
			return file
		}
	}
	return finding.Relative(root, p.file(name))
}

// span is the code of a frame's line; debug information has no reliable columns.
func (p *places) span(f *view.Frame) finding.Span {
	if f.File == "" || f.Line <= 0 {
		return finding.Span{}
	}
	file := clean(p.file(f.File))
	s := finding.Span{File: file, Line: f.Line, Col: 1, EndLine: f.Line, EndCol: 2}
	if line := []rune(p.src.Line(file, f.Line)); len(line) > 0 {
		start := 0
		for start < len(line) && (line[start] == ' ' || line[start] == '\t') {
			start++
		}
		if start < len(line) {
			s.Col, s.EndCol = start+1, len([]rune(strings.TrimRight(string(line), " \t;")))+1
		}
	}
	return s
}
