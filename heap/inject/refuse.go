package inject

import (
	"debug/elf"
	"fmt"
	"runtime"
)

// Refused says why the collector cannot get into a program as it is.
type Refused struct {
	Path string
	Why  string
	Do   string // what the user can do instead
}

func (r *Refused) Error() string {
	s := r.Path + " cannot be profiled as it is: " + r.Why
	if r.Do != "" {
		s += "\n  " + r.Do
	}
	return s
}

const (
	tryBuild = "build it with the collector inside: softshell heap --build -- ARGS (in its package; the flags of cargo build stand before --)"
)

// machine is the one that this program runs on.
func machine() elf.Machine {
	switch runtime.GOARCH {
	case "amd64":
		return elf.EM_X86_64
	case "arm64":
		return elf.EM_AARCH64
	}
	return elf.EM_NONE
}

// Preloadable returns why the collector cannot be preloaded into the program,
// or nil.
func (p *Program) Preloadable() error {
	r := &Refused{Path: p.Path}
	switch {
	case p.Linked:
		return nil
	case p.Machine != machine():
		r.Why = fmt.Sprintf("it is made for %s, and the collector is made for %s", p.Machine, machine())
		r.Do = "run it, and softshell, on that machine"
	case p.Class != elf.ELFCLASS64:
		r.Why, r.Do = "it is a 32-bit program, and the collector is a 64-bit one", "build it for a 64-bit target"
	case p.Raised != "":
		r.Why, r.Do = p.Raised+", so the loader ignores LD_PRELOAD", "profile a copy of it, or run softshell as its owner"
	case !p.Dynamic:
		r.Why = "it is linked statically, so nothing can be loaded into it"
		if p.Rust || p.Stripped {
			r.Do = tryBuild
		} else {
			r.Do = "link it dynamically"
		}
	case p.Malloc != "" && p.Rust:
		r.Why = "it brings a malloc with it (" + p.Malloc + "), which comes before a preloaded one"
		r.Do = tryBuild
	case p.Malloc != "":
		r.Why = "it brings a malloc with it (" + p.Malloc + "), which comes before a preloaded one"
		r.Do = "link it with the C library's"
	case p.Global != "" && p.Global != "its own":
		r.Why = "its #[global_allocator] is " + p.Global + ", which does not ask malloc, so nearly nothing would be seen"
		r.Do = tryBuild
	default:
		return nil
	}
	return r
}

// Notes tells what will not be seen of a program that the collector is preloaded into.
func (p *Program) Notes() []string {
	if p.Global == "" || p.Linked {
		return nil
	}
	return []string{"the program has a #[global_allocator] of its own: only what that takes from malloc was seen; softshell heap --build sees all of it"}
}
