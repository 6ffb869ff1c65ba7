package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// dated are applications of some years ago, and newer ones with much below them.
var dated = []string{
	"exa@0.10.1", "fd-find@8.2.1", "hyperfine@1.11.0", "just@0.9.4", "procs@0.11.9", "tokei@12.0.4", "ripgrep@13.0.0",
	"gitui@0.28.1", "miniserve@0.35.0", "zellij@0.45.1",
}

// arch has Rust's words for those of Go.
var arch = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}

// plan is what is read of `softshell audit fix --format json`.
type plan struct {
	Steps []struct {
		Args, Brings []string
	}
	Edits []struct {
		File     string
		Line     int
		Old, New string
	}
	After []struct{ Args []string }
	Mends []struct {
		Advisory, Package, From, State string
		Brings                         []string
	}
}

// plans takes the steps of plans by plain cargo, and lets cargo-audit judge what is
// there then.
func plans(b *bench) error {
	program, err := exec.LookPath("cargo-audit")
	if err != nil {
		b.Skip("plans judged by cargo-audit", "cargo-audit is not installed")
		return nil
	}
	db, err := b.folder()
	if err != nil {
		return err
	}
	read, mended, edited, all, wrong := 0, 0, 0, 0, 0
	for _, app := range dated {
		lock, err := fetched(b.dir, app)
		if err != nil {
			b.Skip("plan for "+app, err.Error())
			continue
		}
		dir := filepath.Join(b.dir, "plans", app)
		if err := os.CopyFS(dir, os.DirFS(filepath.Dir(lock))); err != nil {
			return err
		}
		start := time.Now()
		out, err := output(b.softshell, "audit", "fix", "--db", db, "--format", "json", "--manifest-path", filepath.Join(dir, "Cargo.toml"), "--cache-dir", filepath.Join(b.dir, "cache"))
		if err != nil {
			return fmt.Errorf("%s: %w", app, err)
		}
		took := time.Since(start)
		var p plan
		if err := json.Unmarshal(out, &p); err != nil {
			return fmt.Errorf("%s: %w", app, err)
		}
		bad, err := carryOut(program, db, dir, &p)
		if err != nil {
			return fmt.Errorf("%s: %w", app, err)
		}
		n := map[string]int{}
		for _, m := range p.Mends {
			n[m.State]++
		}
		figure := fmt.Sprintf("%d of %d mended by %d steps, %d by a manifest, %d held back, %d without a version; %.1f s", n["Cargo.lock"], len(p.Mends), len(p.Steps),
			n["Cargo.toml"], n["blocked"]+n["not known"], n["no fixed version"], took.Seconds())
		if len(bad) > 0 {
			figure += "; wrong: " + strings.Join(bad, ", ")
		}
		b.Add("plan for "+app, figure, "none wrong", len(bad) == 0)
		read, mended, edited, all, wrong = read+1, mended+n["Cargo.lock"], edited+n["Cargo.toml"], all+len(p.Mends), wrong+len(bad)
	}
	b.Add("plans carried out, then judged by cargo-audit", fmt.Sprintf("%d applications: %d of %d advisories mended in Cargo.lock, %d more by a manifest; %d wrong", read, mended, all, edited, wrong), "none wrong", wrong == 0 && read > 0)
	return nil
}

// carryOut takes the steps, then the changes of manifests. What it returns is wrong:
// advisories that are still there though the plan says they go, and such as come.
func carryOut(program, db, dir string, p *plan) (bad []string, err error) {
	lock := filepath.Join(dir, "Cargo.lock")
	judge := func() ([]string, error) {
		return theirVerdicts(program, db, lock, "--target-arch", arch[runtime.GOARCH], "--target-os", runtime.GOOS)
	}
	before, err := judge()
	if err != nil {
		return nil, err
	}
	var brings []string
	cargo := func(args []string) error {
		cmd := exec.Command("cargo", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("cargo %s: %s", strings.Join(args, " "), out)
		}
		return nil
	}
	mended := map[string]int{} // "ADVISORY PACKAGE": of how many versions
	check := func(state string) error {
		after, err := judge()
		if err != nil {
			return err
		}
		for _, m := range p.Mends {
			if m.State == state {
				mended[m.Advisory+" "+m.Package]++
			}
		}
		was, is := byCrate(before), byCrate(after)
		for what, n := range is {
			said := strings.Replace(what, " ", " of ", 1)
			switch named := slices.ContainsFunc(brings, func(o string) bool { return strings.HasPrefix(o, said+" ") }); {
			case n > was[what] && !named:
				bad = append(bad, what+" came")
			case n > was[what]-mended[what] && n <= was[what]:
				bad = append(bad, what+" is left")
			}
		}
		slices.Sort(bad)
		return nil
	}
	for _, s := range p.Steps {
		brings = append(brings, s.Brings...)
		if err := cargo(s.Args); err != nil {
			return nil, err
		}
	}
	if err := check("Cargo.lock"); err != nil || len(p.Edits) == 0 {
		return bad, err
	}
	for _, m := range p.Mends {
		brings = append(brings, m.Brings...)
	}
	for _, e := range p.Edits {
		if err := replaceLine(e.File, e.Line, e.Old, e.New); err != nil {
			return nil, err
		}
	}
	if err := cargo([]string{"update", "--workspace"}); err != nil {
		return nil, err
	}
	for _, s := range p.After {
		if err := cargo(s.Args); err != nil {
			return nil, err
		}
	}
	return bad, check("Cargo.toml")
}

// byCrate counts the versions that have an advisory, whichever they are.
func byCrate(verdicts []string) map[string]int {
	out := map[string]int{}
	for _, v := range verdicts {
		out[v[:strings.LastIndex(v, " ")]]++
	}
	return out
}

func replaceLine(file string, line int, from, to string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := strings.Split(string(text), "\n")
	if line < 1 || line > len(lines) || strings.TrimSpace(lines[line-1]) != from {
		return errors.New("the plan names another line than there is")
	}
	lines[line-1] = to
	return os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644)
}
