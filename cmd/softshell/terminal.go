package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"softshell/finding"
)

// emit writes a report to a file, or to out when no file is named.
func emit(out io.Writer, file string, text []byte) error {
	if file != "" {
		return finding.WriteFile(file, text)
	}
	_, err := out.Write(text)
	return err
}

func checkColor(s string) error {
	if !slices.Contains([]string{"auto", "always", "never"}, s) {
		return fmt.Errorf("--color: %q is none of auto, always, never", s)
	}
	return nil
}

func (f *checkFlags) wantColor(w io.Writer) bool { return wantColor(f.color, w) }

// wantColor follows --color, then NO_COLOR and CLICOLOR_FORCE, then whether w is a terminal.
func wantColor(flag string, w io.Writer) bool {
	switch {
	case flag == "always":
		return true
	case flag == "never" || os.Getenv("NO_COLOR") != "":
		return false
	case os.Getenv("CLICOLOR_FORCE") != "" && os.Getenv("CLICOLOR_FORCE") != "0":
		return true
	}
	return isTerminal(w)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb"
}

// columns is the width of the terminal, 0 when w is none.
func columns(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// progress is one line on a terminal that says what is being done; it appears
// only when the work takes a while, and is gone before anything else is written.
type progress struct {
	w     io.Writer
	mu    sync.Mutex
	start time.Time
	last  time.Time
	shown bool
}

const (
	patience = 300 * time.Millisecond
	rate     = 80 * time.Millisecond
)

func newProgress(w io.Writer, wanted bool) *progress {
	if !wanted || !isTerminal(w) {
		w = nil
	}
	return &progress{w: w, start: time.Now()}
}

func (p *progress) compiling(done, total int, what string) {
	text := "compiling " + what
	if total > 0 {
		text = fmt.Sprintf("compiling [%*d/%d] %s", len(fmt.Sprint(total)), done, total, what)
	}
	p.step(text)
}

// step shows what is being done.
func (p *progress) step(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.w == nil || now.Sub(p.start) < patience || now.Sub(p.last) < rate {
		return
	}
	p.last, p.shown = now, true
	if width, _, err := term.GetSize(int(p.w.(*os.File).Fd())); err == nil && len(text) >= width {
		text = text[:max(width-1, 0)]
	}
	fmt.Fprint(p.w, "\r\x1b[2K"+strings.ToValidUTF8(text, ""))
}

// during shows a text while one thing is done that says nothing of its own.
func (p *progress) during(text string) (stop func()) {
	if p.w == nil {
		return func() {}
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(patience / 3)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				p.step(text)
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
}

func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[2K")
		p.shown = false
	}
	p.w = nil
}
