package inject

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Program is what an executable says of itself, as far as it matters here.
type Program struct {
	Path    string // with symbolic links resolved
	Script  bool   // the command was a script; Path is its interpreter
	Dynamic bool
	Musl    bool
	Machine elf.Machine
	Class   elf.Class
	Raised  string // why the kernel starts it with other rights than ours, ""
	Rust    bool   // made by rustc, or with a part that was
	Linked  bool   // the collector is linked into it
	// Malloc is the library behind a malloc that the executable defines itself,
	// and which a preloaded one therefore cannot take the place of.
	Malloc string
	// Global is the allocator of a #[global_allocator] that does not come from
	// malloc; "its own" when its name is not known.
	Global   string
	Stripped bool
	Compiler string // the .comment section: "rustc version 1.95.0 (...)"
}

// Look reads the executable at path, or the interpreter of the script there.
func Look(path string) (*Program, error) { return look(path, 0) }

func look(path string, depth int) (*Program, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("find the program: %w", err)
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, fmt.Errorf("read the program: %w", err)
	}
	defer f.Close()
	head := make([]byte, 256)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the program: %w", err)
	}
	head = head[:n]
	if name, ok := interpreter(head); ok {
		if depth == 4 {
			return nil, fmt.Errorf("%s: its interpreter is a script of a script of a script", path)
		}
		p, err := look(name, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: its interpreter: %w", path, err)
		}
		p.Script = true
		return p, nil
	}
	if !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		return nil, fmt.Errorf("%s is neither an ELF executable nor a script with #! in its first line", path)
	}
	e, err := elf.NewFile(f)
	if err != nil {
		return nil, fmt.Errorf("read the program %s: %w", path, err)
	}
	p := &Program{Path: real, Machine: e.Machine, Class: e.Class}
	p.raised(f)
	return p, p.read(e)
}

// interpreter reads the first line of a script as the kernel does.
func interpreter(head []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(head, []byte("#!"))
	if !ok {
		return "", false
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) == 0 {
		return "", false
	}
	return words[0], true
}

// raised finds what makes the loader ignore LD_PRELOAD.
func (p *Program) raised(f *os.File) {
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil {
		return
	}
	switch {
	case st.Mode&unix.S_ISUID != 0 && int(st.Uid) != os.Geteuid():
		p.Raised = "it is setuid"
	case st.Mode&unix.S_ISGID != 0 && st.Mode&unix.S_IXGRP != 0 && int(st.Gid) != os.Getegid():
		p.Raised = "it is setgid"
	default:
		if n, err := unix.Fgetxattr(int(f.Fd()), "security.capability", nil); err == nil && n > 0 && os.Geteuid() != 0 {
			p.Raised = "it has file capabilities"
		}
	}
}

// read takes what the segments, sections and symbols tell.
func (p *Program) read(e *elf.File) error {
	for _, s := range e.Progs {
		switch s.Type {
		case elf.PT_INTERP:
			p.Dynamic = true
			name, err := io.ReadAll(io.LimitReader(s.Open(), 4096))
			if err != nil {
				return fmt.Errorf("read the program %s: %w", p.Path, err)
			}
			p.Musl = bytes.Contains(name, []byte("ld-musl"))
		}
	}
	if s := e.Section(".comment"); s != nil {
		if text, err := s.Data(); err == nil {
			p.compiler(text)
		}
	}
	var names symbols
	for _, list := range []func() ([]elf.Symbol, error){e.Symbols, e.DynamicSymbols} {
		syms, err := list()
		if errors.Is(err, elf.ErrNoSymbols) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the symbols of %s: %w", p.Path, err)
		}
		for i := range syms {
			if syms[i].Section != elf.SHN_UNDEF {
				names.add(syms[i].Name)
			}
		}
	}
	p.Stripped = e.Section(".symtab") == nil
	p.Rust = p.Rust || names.rustAlloc || names.rust
	p.Linked = names.linked
	if names.malloc {
		p.Malloc = cmp.Or(names.library(), "its own")
	}
	if names.rustAlloc && !names.systemAlloc {
		p.Global = cmp.Or(names.library(), "its own")
	}
	return nil
}

// compiler finds rustc in the .comment section, else takes all of it.
func (p *Program) compiler(text []byte) {
	for _, c := range bytes.Split(text, []byte{0}) {
		if bytes.HasPrefix(c, []byte("rustc ")) {
			p.Rust, p.Compiler = true, string(c)
			return
		}
		if p.Compiler == "" {
			p.Compiler = string(c)
		}
	}
}

// symbols is what the defined symbols of an executable show.
type symbols struct {
	malloc, linked                              bool
	rust, rustAlloc, systemAlloc                bool
	jemalloc, mimalloc, snmalloc, tcmalloc, dlm bool
}

func (s *symbols) add(name string) {
	switch {
	case name == "malloc" || name == "__libc_malloc":
		s.malloc = s.malloc || name == "malloc"
	case strings.HasPrefix(name, "__wrap_") && strings.HasSuffix(name, "__rust_alloc"):
		s.linked = true // the linked collector's; no other program has such a name
	case strings.HasSuffix(name, "__rust_alloc"):
		s.rustAlloc = true
	case strings.HasSuffix(name, "__rdl_alloc"):
		s.systemAlloc = true
	case name == "rust_eh_personality":
		s.rust = true
	case name == "mi_malloc" || name == "_mi_heap_main":
		s.mimalloc = true
	case strings.HasPrefix(name, "_rjem_") || name == "je_malloc" || name == "mallocx":
		s.jemalloc = true
	case name == "sn_rust_alloc" || name == "sn_malloc":
		s.snmalloc = true
	case name == "tc_malloc":
		s.tcmalloc = true
	case name == "dlmalloc":
		s.dlm = true
	}
}

// library names the allocator that the executable has in it, "" for none known.
func (s *symbols) library() string {
	switch {
	case s.jemalloc:
		return "jemalloc"
	case s.mimalloc:
		return "mimalloc"
	case s.snmalloc:
		return "snmalloc"
	case s.tcmalloc:
		return "tcmalloc"
	case s.dlm:
		return "dlmalloc"
	}
	return ""
}
