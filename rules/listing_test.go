package rules

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/RULES.md")

// TestListing holds docs/RULES.md, which is made from the rules.
func TestListing(t *testing.T) {
	const file = "../docs/RULES.md"
	want := listing()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: go test ./rules -run TestListing -update", file)
	}
}

func listing() string {
	var b strings.Builder
	all := All()
	fmt.Fprintf(&b, `# The %d rules

Made from the rules by `+"`go test ./rules -run TestListing -update`"+`. What each one finds and
misses on real bugs is in [PRECISION.md](PRECISION.md).

| rule | what | CWE | severity | |
|---|---|---|---|---|
`, len(all))
	for _, r := range all {
		title, _, _ := strings.Cut(r.Doc, "\n")
		what := strings.TrimSpace(strings.TrimPrefix(title, "# "+r.ID+":"))
		cwe := make([]string, len(r.CWE))
		for i, n := range r.CWE {
			cwe[i] = fmt.Sprint(n)
		}
		on := ""
		if !r.Default {
			on = "off by default"
		}
		fmt.Fprintf(&b, "| [`%s`](../rules/%s/doc.md) | %s | %s | %s | %s |\n", r.ID, strings.ReplaceAll(r.ID, "-", ""), what, strings.Join(cwe, ", "), r.Severity, on)
	}
	return b.String()
}
