package export_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"softshell/finding"
	"softshell/heap/export"
	"softshell/heap/profile"
	"softshell/heap/profile/profiletest"
	"softshell/heap/view"
	"softshell/report"
)

// HeaptrackText has the headings and the figures that heaptrack_print has.
func TestHeaptrackText(t *testing.T) {
	var b bytes.Buffer
	if err := export.HeaptrackText(&b, view.New(profiletest.Leaky(), view.Options{}), export.Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "leaky.heaptrack", b.Bytes())
	for _, line := range []string{
		`Debuggee command was: target/debug/leaky`,
		`MOST CALLS TO ALLOCATION FUNCTIONS`, `\d+ calls to allocation functions with \S+ peak consumption from`, `\d+ calls with \S+ peak consumption from:`,
		`PEAK MEMORY CONSUMERS`, `\S+ peak memory consumed over \d+ calls from`, `\S+ consumed over \d+ calls from:`,
		`MEMORY LEAKS`, `\S+ leaked over \d+ calls from`, `\S+ leaked over \d+ calls from:`,
		`MOST TEMPORARY ALLOCATIONS`, `\d+ temporary allocations of \d+ allocations in total \(\d+\.\d\d%\) from`,
		`total runtime: 0\.00s\.`, `calls to allocation functions: 12 \(5714/s\)`, `temporary memory allocations: 2 \(952/s\)`,
		`peak heap memory consumption: 1\.73K`, `peak RSS \(including heaptrack overhead\): 3\.15M`, `total memory leaked: 1\.73K`,
	} {
		if !regexp.MustCompile(`(?m)^` + line + `$`).Match(b.Bytes()) {
			t.Errorf("no line %s", line)
		}
	}
}

func TestCollapsed(t *testing.T) {
	v := view.New(profiletest.Large(2, 400), view.Options{})
	for _, c := range view.Costs {
		var b bytes.Buffer
		if err := export.Collapsed(&b, v, c); err != nil {
			t.Fatal(err)
		}
		sum := int64(0)
		for line := range strings.Lines(b.String()) {
			i := strings.LastIndexByte(line, ' ')
			n, err := strconv.ParseInt(strings.TrimSpace(line[i:]), 10, 64)
			if err != nil || n <= 0 {
				t.Fatalf("%q: %v", line, err)
			}
			sum += n
		}
		if want := v.Sum()[c]; sum != want {
			t.Errorf("%s: %d, want %d", c, sum, want)
		}
	}
}

// Speedscope's rules: indices lead to frames, as many weights as samples, which
// add up to the end value; a unit that it knows.
func TestSpeedscope(t *testing.T) {
	var b bytes.Buffer
	v := view.New(profiletest.Large(2, 400), view.Options{})
	if err := export.Speedscope(&b, v, export.Options{Cost: view.Peak}); err != nil {
		t.Fatal(err)
	}
	var f struct {
		Schema string `json:"$schema"`
		Active int    `json:"activeProfileIndex"`
		Shared struct {
			Frames []struct{ Name string }
		}
		Profiles []struct {
			Type, Name, Unit     string
			StartValue, EndValue int64
			Samples              [][]int
			Weights              []int64
		}
	}
	if err := json.Unmarshal(b.Bytes(), &f); err != nil {
		t.Fatal(err)
	}
	if f.Schema != "https://www.speedscope.app/file-format-schema.json" || len(f.Profiles) != len(view.Costs) || f.Profiles[f.Active].Name != "peak" {
		t.Errorf("%s, %d profiles", f.Schema, len(f.Profiles))
	}
	for i, p := range f.Profiles {
		sum := int64(0)
		for k, s := range p.Samples {
			sum += p.Weights[k]
			for _, frame := range s {
				if frame < 0 || frame >= len(f.Shared.Frames) || f.Shared.Frames[frame].Name == "" {
					t.Fatalf("frame %d", frame)
				}
			}
		}
		if p.Type != "sampled" || p.Unit != "bytes" && p.Unit != "none" || len(p.Samples) != len(p.Weights) || p.StartValue != 0 || sum != p.EndValue || sum != v.Sum()[i] {
			t.Errorf("%s %s: %d samples, %d weights, %d of %d", p.Type, p.Name, len(p.Samples), len(p.Weights), sum, p.EndValue)
		}
	}
}

// `go tool pprof` opens the file, with inlined functions.
func TestPProf(t *testing.T) {
	file := filepath.Join(t.TempDir(), "leaky.pb.gz")
	var b bytes.Buffer
	if err := export.PProf(&b, view.New(profiletest.Leaky(), view.Options{Unfold: true})); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for index, want := range map[string][]string{
		"alloc_space": {`1908B +100%.*alloc::alloc::alloc \(inline\)`, `1364B +71\.49%.*leaky::main`, `160B +8\.39%.*leaky::create_and_leak`},
		"inuse_space": {`160B.*leaky::create_and_leak`},
		"peak":        {`1728B +100%.*alloc::alloc::alloc`},
	} {
		out, err := exec.Command("go", "tool", "pprof", "-top", "-sample_index="+index, "-nodecount=100", file).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, w := range want {
			if !regexp.MustCompile(w).Match(out) {
				t.Errorf("%s: no %s in\n%s", index, w, out)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	o := export.Options{Version: "test", Root: leaky(t)}
	if err := export.JSON(&b, export.Judge(view.New(profiletest.Leaky(), view.Options{}), o, today), o); err != nil {
		t.Fatal(err)
	}
	golden(t, "leaky.json", b.Bytes())
}

func TestSARIF(t *testing.T) {
	o := export.Options{Root: leaky(t)}
	s := export.Judge(view.New(profiletest.Leaky(), view.Options{}), o, today)
	finding.Sort(s.Findings)
	var b bytes.Buffer
	if err := report.SARIF(&b, export.Report(s, o)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"ruleId": "heap-cycle"`, `"uri": "src/main.rs"`, `"startLine": 14`, `"grade": "confirmed"`, `"softshell/v1"`, `"external/cwe/cwe-401"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is missing:\n%s", want, b.String())
		}
	}
}

// Every writer takes any profile, and gives the same bytes for the same one.
func TestAnyProfile(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := profiletest.Random(r)
		if a, b := everything(r, p), everything(r, p); a != b {
			r.Fatal("two writings differ")
		}
	})
}

func everything(t interface{ Fatal(...any) }, p *profile.Profile) string {
	var b bytes.Buffer
	o := export.Options{}
	s := export.Judge(view.New(p, view.Options{}), o, today)
	for _, err := range []error{
		export.Text(&b, s, o), export.HeaptrackText(&b, s.View, o), export.JSON(&b, s, o), export.PProf(&b, s.View),
		export.Speedscope(&b, s.View, o), export.Collapsed(&b, s.View, view.Bytes), report.SARIF(&b, export.Report(s, o)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%x", b.Bytes())
}
