// Command unsafe compares the inventory of softshell audit unsafe with three others,
// crate by crate: rustc's own check, cargo-geiger, and clippy.
//
//	go run ./bench/unsafe -softshell PROGRAM CRATE-VERSION...
//
// The crates are taken from cargo's folder of sources; a copy without tests is used.
// What rustc demands an unsafe context for is asked of rustc itself: in the copy the
// word unsafe is taken from each block, and every error E0133 and every message of
// the lint unsafe_op_in_unsafe_fn is an operation.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// defaultCrates are small and large, old and new, with much unsafe code.
var defaultCrates = []string{
	"bytes-1.12.1", "smallvec-1.15.1", "memchr-2.8.0", "slab-0.4.12", "arrayvec-0.7.6",
	"bumpalo-3.20.3", "once_cell-1.21.3", "hashbrown-0.16.1", "crossbeam-utils-0.8.21", "itoa-1.0.18",
}

func main() {
	program := flag.String("softshell", "softshell", "the program to measure")
	verbose := flag.Bool("v", false, "list each difference from rustc")
	flag.Parse()
	crates := flag.Args()
	if len(crates) == 0 {
		crates = defaultCrates
	}
	fmt.Println("| crate | operations: rustc | softshell | both | only rustc | only softshell | geiger: exprs | fns, methods | impls, traits | softshell: blocks | fns | impls, traits | blocks and impls without a comment: clippy | softshell | both |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	failed := false
	for _, c := range crates {
		if err := compare(*program, c, *verbose); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", c, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

// place is where an operation stands.
type place struct {
	group              string
	file               string
	line, col, to, end int
}

type report struct {
	Crates []struct {
		Package, Kind string
		Member        bool
		Sites         []struct {
			Kind, Item, Detail, Macro string
			Needs                     bool
			Span, Safety              struct {
				File    string
				Line    int
				Column  int
				EndLine int `json:"end_line"`
				EndCol  int `json:"end_column"`
			}
		}
	}
}

func compare(program, crate string, verbose bool) error {
	dir, err := os.MkdirTemp("", "unsafe-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	src := filepath.Join(dir, "crate")
	if err := copyCrate(crate, src); err != nil {
		return err
	}
	var ours report
	out, err := run(src, program, "audit", "unsafe", "--offline", "--members", "--format", "json", "--cache-dir", filepath.Join(dir, "cache"))
	if err != nil {
		return fmt.Errorf("softshell: %w", err)
	}
	if err := json.Unmarshal(out, &ours); err != nil {
		return err
	}
	undocumented, err := clippy(src, dir)
	if err != nil {
		return err
	}
	geiger, err := geigerCounts(src, crate)
	if err != nil {
		return err
	}
	truth, err := rustc(src, dir)
	if err != nil {
		return err
	}
	sites, bare, counts := collect(&ours, src)
	onlyRustc, onlyOurs := match(truth, sites)
	if verbose {
		for _, p := range onlyRustc {
			fmt.Printf("only rustc %s %s:%d:%d\n", p.group, p.file, p.line, p.col)
		}
		for _, p := range onlyOurs {
			fmt.Printf("only softshell %s %s:%d:%d\n", p.group, p.file, p.line, p.col)
		}
		for k := range undocumented {
			if !bare[k] {
				fmt.Println("only clippy", k)
			}
		}
		for k := range bare {
			if !undocumented[k] {
				fmt.Println("only softshell: no comment", k)
			}
		}
	}
	both := 0
	for k := range undocumented {
		if bare[k] {
			both++
		}
	}
	fmt.Printf("| %s | %d | %d | %d | %d | %d | %s | %d | %d | %d | %d | %d | %d |\n", crate, len(truth), len(sites), len(truth)-len(onlyRustc), len(onlyRustc), len(onlyOurs),
		geiger, counts["block"], counts["fn"], counts["impl"]+counts["trait"], len(undocumented), len(bare), both)
	return nil
}

var devDependency = regexp.MustCompile(`^\[(?:target\..*\.)?dev-dependencies\.([^\].]+)\]`)

func run(dir, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		return nil, fmt.Errorf("%w\n%s", err, errs.String())
	}
	return out, nil
}

var testTable = regexp.MustCompile(`^\[\[(?:bench|test|example)\]\]|^\[(?:target\..*\.)?dev-dependencies`)

// copyCrate copies a crate's sources, without what only tests need.
func copyCrate(crate, to string) error {
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	found, _ := filepath.Glob(filepath.Join(home, ".cargo/registry/src/*", crate))
	if len(found) == 0 {
		return fmt.Errorf("its sources are not in cargo's folder; cargo fetch brings them")
	}
	if err := os.CopyFS(to, os.DirFS(found[0])); err != nil {
		return err
	}
	for _, d := range []string{"tests", "benches", "examples", "Cargo.lock"} {
		os.RemoveAll(filepath.Join(to, d))
	}
	manifest := filepath.Join(to, "Cargo.toml")
	text, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	var out []string
	skip, gone := false, map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "[") {
			skip = testTable.MatchString(line)
			if m := devDependency.FindStringSubmatch(line); m != nil {
				gone[m[1]] = true
			}
		}
		if !skip {
			out = append(out, line)
		}
	}
	for i, line := range out { // features of what is gone
		for name := range gone {
			if strings.HasPrefix(strings.TrimSpace(line), `"`+name+"/") {
				out[i] = ""
			}
		}
	}
	return os.WriteFile(manifest, []byte(strings.Join(out, "")+"\n[workspace]\n"), 0o644)
}

var kinds = map[string]string{"deref": "deref", "call": "call", "ffi": "call", "transmute": "call", "static mut": "static", "union": "union", "asm": "asm"}

// collect takes from a report the operations, and the blocks and impls without a comment.
func collect(r *report, src string) (ops []place, bare map[string]bool, counts map[string]int) {
	bare, counts = map[string]bool{}, map[string]int{}
	seen := map[place]bool{}
	for _, c := range r.Crates {
		if c.Kind != "lib" {
			continue
		}
		for _, s := range c.Sites {
			file, _ := filepath.Rel(src, s.Span.File)
			counts[s.Kind]++
			if g := kinds[s.Kind]; g != "" {
				p := place{g, file, s.Span.Line, s.Span.Column, s.Span.EndLine, s.Span.EndCol}
				if !seen[p] {
					seen[p] = true
					ops = append(ops, p)
				}
				continue
			}
			if (s.Kind == "block" || s.Kind == "impl") && s.Needs && s.Safety.Line == 0 {
				bare[fmt.Sprintf("%s:%d", file, s.Span.Line)] = true
			}
		}
	}
	return ops, bare, counts
}

type message struct {
	Reason  string
	Message struct {
		Code    struct{ Code string }
		Message string
		Spans   []struct {
			File    string `json:"file_name"`
			Line    int    `json:"line_start"`
			Col     int    `json:"column_start"`
			To      int    `json:"line_end"`
			End     int    `json:"column_end"`
			Primary bool   `json:"is_primary"`
		}
	}
}

func messages(out []byte, each func(*message)) {
	for line := range bytes.Lines(out) {
		var m message
		if json.Unmarshal(line, &m) == nil && m.Reason == "compiler-message" {
			each(&m)
		}
	}
}

var unsafeBlock = regexp.MustCompile(`\bunsafe(\s*\{)`)

// rustc is what rustc demands an unsafe context for.
func rustc(src, dir string) ([]place, error) {
	err := filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".rs" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, unsafeBlock.ReplaceAll(text, []byte("      $1")), 0o644)
	})
	if err != nil {
		return nil, err
	}
	out, err := run(src, "cargo", "rustc", "--offline", "--lib", "--profile", "check", "--message-format=json", "--target-dir", filepath.Join(dir, "rustc"),
		"--", "--force-warn", "unsafe_op_in_unsafe_fn")
	if err != nil {
		out, err = run(src, "cargo", "rustc", "--offline", "--lib", "--message-format=json", "--target-dir", filepath.Join(dir, "rustc"),
			"--", "--emit=metadata", "--force-warn", "unsafe_op_in_unsafe_fn")
		if err != nil {
			return nil, err
		}
	}
	seen := map[place]bool{}
	var ops []place
	messages(out, func(m *message) {
		if c := m.Message.Code.Code; c != "E0133" && c != "unsafe_op_in_unsafe_fn" {
			return
		}
		for _, s := range m.Message.Spans {
			p := place{groupOf(m.Message.Message), s.File, s.Line, s.Col, s.To, s.End}
			if s.Primary && !seen[p] {
				seen[p] = true
				ops = append(ops, p)
			}
		}
	})
	return ops, nil
}

func groupOf(text string) string {
	switch {
	case strings.Contains(text, "dereference of raw"):
		return "deref"
	case strings.Contains(text, "static"):
		return "static"
	case strings.Contains(text, "union"):
		return "union"
	case strings.Contains(text, "assembly"):
		return "asm"
	}
	return "call"
}

// match pairs the operations of two lists: the same kind, and one place in the other.
func match(truth, ours []place) (onlyTruth, onlyOurs []place) {
	used := make([]bool, len(ours))
	for _, t := range truth {
		best := -1
		for i, o := range ours {
			if used[i] || o.group != t.group || o.file != t.file || !overlap(t, o) {
				continue
			}
			if best < 0 || size(o) < size(ours[best]) {
				best = i
			}
		}
		if best < 0 {
			onlyTruth = append(onlyTruth, t)
			continue
		}
		used[best] = true
	}
	for i, o := range ours {
		if !used[i] {
			onlyOurs = append(onlyOurs, o)
		}
	}
	return onlyTruth, onlyOurs
}

func overlap(a, b place) bool { return within(a, b) || within(b, a) }

func within(a, b place) bool {
	return !before(a.line, a.col, b.line, b.col) && !before(b.to, b.end, a.to, a.end)
}

func before(l, c, l2, c2 int) bool { return l < l2 || l == l2 && c < c2 }

func size(p place) int { return (p.to-p.line)*1000 + p.end - p.col }

// clippy is where clippy misses a comment, by file and line.
func clippy(src, dir string) (map[string]bool, error) {
	out, err := run(src, "cargo", "clippy", "--offline", "--lib", "--message-format=json", "--target-dir", filepath.Join(dir, "clippy"),
		"--", "-A", "clippy::all", "--force-warn", "clippy::undocumented_unsafe_blocks")
	if err != nil {
		return nil, err
	}
	got := map[string]bool{}
	messages(out, func(m *message) {
		if m.Message.Code.Code != "clippy::undocumented_unsafe_blocks" {
			return
		}
		for _, s := range m.Message.Spans {
			if s.Primary {
				got[fmt.Sprintf("%s:%d", s.File, s.Line)] = true
			}
		}
	})
	return got, nil
}

// geigerCounts is cargo-geiger's row: expressions, functions and methods, impls and traits.
func geigerCounts(src, crate string) (string, error) {
	out, err := run(src, "cargo", "geiger", "--output-format", "Json")
	if err != nil {
		fmt.Fprintln(os.Stderr, "cargo geiger:", err)
		return "? | ? | ?", nil // not installed, or it gave up
	}
	type pair struct {
		Unsafe int `json:"unsafe_"`
	}
	var r struct {
		Packages []struct {
			Package  struct{ ID struct{ Name string } }
			Unsafety struct {
				Used struct {
					Functions, Exprs, Methods pair
					Impls                     pair `json:"item_impls"`
					Traits                    pair `json:"item_traits"`
				}
			}
		}
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return "", err
	}
	name := crate[:strings.LastIndexByte(crate, '-')]
	i := slices.IndexFunc(r.Packages, func(p struct {
		Package  struct{ ID struct{ Name string } }
		Unsafety struct {
			Used struct {
				Functions, Exprs, Methods pair
				Impls                     pair `json:"item_impls"`
				Traits                    pair `json:"item_traits"`
			}
		}
	}) bool {
		return p.Package.ID.Name == name
	})
	if i < 0 {
		return "? | ? | ?", nil
	}
	u := r.Packages[i].Unsafety.Used
	return fmt.Sprintf("%d | %d | %d", u.Exprs.Unsafe, u.Functions.Unsafe+u.Methods.Unsafe, u.Impls.Unsafe+u.Traits.Unsafe), nil
}
