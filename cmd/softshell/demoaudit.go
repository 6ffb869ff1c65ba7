package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"

	"softshell/audit"
)

// auditScene shows what is known of a program's dependencies, which of it can
// run, the unsafe code of the whole tree, and the change that mends it.
type auditScene struct{ commands }

// What the example is known for.
var demoVerdicts = map[string]audit.Verdict{
	"DEMO-2026-0001": audit.Reachable,
	"DEMO-2026-0002": audit.NotReached,
}

func (s auditScene) play() (bool, error) {
	out := s.cmd.OutOrStdout()
	fmt.Fprint(out, "## audited: an old version of a crate, with two advisories. The code of one can run.\n\n")
	database := []string{"--db", "advisories", "--offline"}
	verdicts, err := s.verdicts(append([]string{"audit", "--reach", "--quiet", "--format", "json"}, database...))
	if err != nil {
		return false, err
	}
	for _, step := range []struct {
		code int
		args []string
	}{
		{exitFindings, append([]string{"audit", "--reach", "--quiet"}, database...)},
		{exitClean, []string{"audit", "unsafe", "--quiet", "--offline"}},
		{exitClean, append([]string{"audit", "fix", "--apply", "--quiet"}, database...)},
		{exitClean, append([]string{"audit", "--quiet"}, database...)},
	} {
		if err := s.softshell(step.code, step.args...); err != nil {
			return false, err
		}
	}
	if maps.Equal(verdicts, demoVerdicts) {
		return true, nil
	}
	fmt.Fprintf(out, "expected here: %v, and not %v\n", demoVerdicts, verdicts)
	return false, nil
}

// verdicts runs an audit and reads what it says of each advisory.
func (s auditScene) verdicts(args []string) (map[string]audit.Verdict, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	cmd := s.command(self, args...)
	cmd.Stdout = &text
	_ = cmd.Run() // it finds something; what it prints is looked at
	var report struct {
		Matches []struct {
			Advisory struct{ ID string }
			Reach    struct{ Verdict audit.Verdict }
		}
	}
	if err := json.Unmarshal(text.Bytes(), &report); err != nil {
		return nil, fmt.Errorf("audit the example audited: %w", err)
	}
	out := map[string]audit.Verdict{}
	for _, m := range report.Matches {
		out[m.Advisory.ID] = m.Reach.Verdict
	}
	return out, nil
}
