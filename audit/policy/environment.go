package policy

import (
	"fmt"
	"strings"

	"softshell/finding"
)

// lockFile: Cargo.lock is there and under version control.
type lockFile struct{}

func (r *lockFile) prepare() error { return nil }
func (r *lockFile) needs() Need    { return NeedLock }
func (r *lockFile) asked() string {
	return "Cargo.lock is there, under version control, and as it was committed."
}

func (r *lockFile) check(f *Facts, o *Outcome) {
	if f.lacks(NeedLock, o) {
		return
	}
	file := finding.Relative(f.Root, f.Lock.File)
	o.Looked = file
	broken := func(text string) { o.broken(f, Evidence{Text: text, File: file}) }
	switch {
	case !f.Lock.Exists:
		broken("there is no Cargo.lock")
	case !f.Lock.InGit:
		o.gap("the folder lies in no git checkout")
	case !f.Lock.Tracked:
		broken("git does not have Cargo.lock")
	case f.Lock.Changed:
		broken("Cargo.lock is not what was committed")
	}
}

// toolchain: the compiler is of a channel.
type toolchain struct {
	Channel string `toml:"channel"` // "stable" (default), "beta", "nightly"
}

func (r *toolchain) prepare() error {
	if r.Channel == "" {
		r.Channel = "stable"
	}
	return oneOf("channel", r.Channel, "stable", "beta", "nightly")
}

func (r *toolchain) needs() Need   { return NeedToolchain }
func (r *toolchain) asked() string { return "The compiler is of the " + r.Channel + " channel." }

func (r *toolchain) check(f *Facts, o *Outcome) {
	if f.lacks(NeedToolchain, o) {
		return
	}
	o.Looked = "rustc " + f.Toolchain
	channel := "stable"
	for _, c := range []string{"nightly", "beta", "dev"} {
		if strings.Contains(f.Toolchain, "-"+c) {
			channel = c
		}
	}
	if channel != r.Channel {
		o.broken(f, Evidence{Text: fmt.Sprintf("the compiler is rustc %s, of the %s channel", f.Toolchain, channel)})
	}
	if r.Channel != "stable" {
		o.Guide = merge() // the guide asks for stable
	}
}
