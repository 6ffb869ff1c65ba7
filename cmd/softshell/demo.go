package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"softshell/check"
	"softshell/examples"
	"softshell/finding"
	"softshell/report"
)

// scene is one example with the rule that must find something in it, "" for a clean one.
type scene struct{ dir, rule, says string }

var scenes = []scene{
	{"leaky", "rc-cycle", "Two nodes that hold each other by Rc. The compiler accepts it; each round leaks both."},
	{"clean", "", "The same list, with a Weak handle backwards."},
	{"orphan", "orphan-object", "A value goes out with Box::into_raw; an early return and a branch never take it back."},
	{"proxy", "proxy-field", "A type that keeps an owned raw pointer, without Drop."},
	{"proxy-fixed", "", "The same type, with Drop."},
}

func demoCommand(code *int) *cobra.Command {
	keep := ""
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run softshell on small example programs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, remove, err := demoDir(keep)
			if err != nil {
				return err
			}
			defer remove()
			failed := 0
			for _, s := range scenes {
				ok, err := s.play(cmd, dir)
				if err != nil {
					return fmt.Errorf("example %s: %w", s.dir, err)
				}
				if !ok {
					failed++
				}
			}
			more := []func() (bool, error){auditScene{commands{cmd, filepath.Join(dir, "audited")}}.play}
			if heapHere {
				more = slices.Insert(more, 0, runScene{commands{cmd, filepath.Join(dir, scenes[0].dir)}}.play)
			}
			for _, play := range more {
				ok, err := play()
				if err != nil {
					return err
				}
				if !ok {
					failed++
				}
			}
			all := len(scenes) + len(more)
			out := cmd.OutOrStdout()
			if failed > 0 {
				*code = exitError
				fmt.Fprintf(out, "%d of %d examples did not come out as they should: please report this with the output of `softshell doctor`\n", failed, all)
				return nil
			}
			fmt.Fprintf(out, "All %d examples came out as they should. Next: `softshell explain rc-cycle`, and `softshell check` in a project of yours.\n", all)
			return nil
		},
	}
	cmd.Flags().StringVar(&keep, "keep", "", "write the examples to this folder and leave them there")
	return cmd
}

// demoDir writes the examples out.
func demoDir(keep string) (dir string, remove func(), err error) {
	dir, remove = keep, func() {}
	if keep == "" {
		if dir, err = os.MkdirTemp("", "softshell-demo-*"); err != nil {
			return "", nil, fmt.Errorf("make a folder for the examples: %w", err)
		}
		remove = func() { os.RemoveAll(dir) }
	}
	err = fs.WalkDir(examples.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := examples.Files.ReadFile(path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
	if err != nil {
		remove()
		return "", nil, fmt.Errorf("write the examples: %w", err)
	}
	return dir, remove, nil
}

// play checks one example and reports whether it came out as it should.
func (s scene) play(cmd *cobra.Command, dir string) (bool, error) {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "## %s: %s\n\n$ softshell check %s\n", s.dir, s.says, s.dir)
	f := &checkFlags{format: "text", color: "auto", spans: "auto"}
	f.capture.CacheDir = os.Getenv("SOFTSHELL_CACHE")
	res, err := f.one(cmd.Context(), cmd.ErrOrStderr(), filepath.Join(dir, s.dir))
	var compile *check.CompileError
	if errors.As(err, &compile) {
		fmt.Fprint(cmd.ErrOrStderr(), compile.Messages)
	}
	if err != nil {
		return false, err
	}
	r := merged([]*check.Result{res})
	r.Stats, r.Phases = nil, nil
	if err := report.Text(out, r, report.TextOptions{Color: f.wantColor(out)}); err != nil {
		return false, err
	}
	fmt.Fprintln(out)
	return s.holds(out, res), nil
}

func (s scene) holds(out io.Writer, res *check.Result) bool {
	met := s.rule == ""
	for i := range res.Findings {
		if res.Findings[i].Rule == s.rule && res.Findings[i].Grade >= finding.Likely {
			met = true
			continue
		}
		fmt.Fprintf(out, "unexpected here: %s\n", res.Findings[i].Title)
		return false
	}
	if !met {
		fmt.Fprintf(out, "expected here: a finding of %s\n", s.rule)
	}
	return met
}
