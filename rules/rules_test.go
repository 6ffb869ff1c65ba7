package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"softshell/rule"
)

func TestEveryRuleIsListed(t *testing.T) {
	files, err := filepath.Glob("*/rule.go")
	if err != nil {
		t.Fatal(err)
	}
	var folders, ids, want []string
	for _, f := range files {
		folders = append(folders, filepath.Dir(f))
	}
	for _, r := range All() {
		ids = append(ids, r.ID)
		want = append(want, strings.ReplaceAll(r.ID, "-", ""))
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("not sorted by id, or one twice: %v", ids)
	}
	slices.Sort(want)
	if slices.Sort(folders); !slices.Equal(folders, want) {
		t.Errorf("rules are in the folders %v; the list says %v", folders, want)
	}
}

func TestRulesSayWhatTheyAre(t *testing.T) {
	for _, r := range All() {
		if r.Title == "" || len(r.CWE) == 0 || r.Run == nil {
			t.Errorf("%s: title %q, CWE %v, runs: %v", r.ID, r.Title, r.CWE, r.Run != nil)
		}
	}
}

// parts are the headings of a rule's page, in their order.
var parts = []string{"## What it is", "## How it works inside Rust", "## Limits and best practice", "## Attack, prevention and emergency"}

func TestEveryRuleHasItsPage(t *testing.T) {
	for _, r := range All() {
		t.Run(r.ID, func(t *testing.T) { page(t, r) })
	}
}

func page(t *testing.T, r *rule.Rule) {
	title, _, _ := strings.Cut(r.Doc, "\n")
	if what, ok := strings.CutPrefix(title, "# "+r.ID+": "); !ok || strings.TrimSpace(what) == "" {
		t.Errorf("the title is %q", title)
	}
	var got []string
	var lines []int // in each part, without empty ones
	inCode := false
	for line := range strings.Lines(r.Doc) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			inCode = !inCode
		}
		switch {
		case !inCode && strings.HasPrefix(line, "## "):
			got, lines = append(got, line), append(lines, 0)
		case line != "" && len(lines) > 0:
			lines[len(lines)-1]++
		}
	}
	if inCode {
		t.Error("a block of code does not end")
	}
	if !slices.Equal(got, parts) {
		t.Fatalf("the parts are %q, not %q", got, parts)
	}
	for i, n := range lines {
		if n < 5 {
			t.Errorf("%s: %d lines", parts[i], n)
		}
	}
}

// TestProgramsInPages compiles every program that a page shows: rules' pages
// and those of the handbook.
func TestProgramsInPages(t *testing.T) {
	pages := map[string]string{}
	for _, r := range All() {
		pages[r.ID] = r.Doc
		if n := len(programs(r.Doc)); n == 0 {
			t.Errorf("%s: its page shows no program", r.ID)
		}
	}
	files, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(f)] = string(text)
	}
	for name, text := range pages {
		for i, program := range programs(text) {
			t.Run(name+"/"+strconv.Itoa(i+1), func(t *testing.T) {
				t.Parallel()
				compile(t, program)
			})
		}
	}
}

// programs lists the blocks of Rust in a page that have a main function.
func programs(page string) []string {
	var out []string
	for _, block := range strings.Split("\n"+page, "\n```rust")[1:] {
		_, code, _ := strings.Cut(block, "\n") // what stands behind the word, such as `,ignore`
		if code, _, _ = strings.Cut(code, "\n```"); strings.Contains(code, "fn main") {
			out = append(out, code+"\n")
		}
	}
	return out
}

// compile asserts that rustc takes a program without a warning.
func compile(t *testing.T, program string) {
	dir := t.TempDir()
	file := filepath.Join(dir, "program.rs")
	if err := os.WriteFile(file, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "rustc", "--edition", "2021", "-Dwarnings", "--out-dir", dir, file)
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", cmd, err, msg)
	}
}
