package rules

import (
	"os"
	"testing"

	"softshell/rule"
	"softshell/rule/ruletest"
)

// TestTraps runs every rule of a default run over programs that other analysers
// read wrongly: testdata/good holds what they report though it is right,
// testdata/bad the twin of each that is wrong.
func TestTraps(t *testing.T) {
	good, err := os.ReadDir("testdata/good")
	if err != nil {
		t.Fatal(err)
	}
	bad, err := os.ReadDir("testdata/bad")
	if err != nil {
		t.Fatal(err)
	}
	if len(good) != len(bad) {
		t.Errorf("%d programs that are right, %d that are wrong", len(good), len(bad))
	}
	for i := range min(len(good), len(bad)) {
		if good[i].Name() != bad[i].Name() {
			t.Errorf("%s has no twin", good[i].Name())
		}
	}
	var byDefault []*rule.Rule
	for _, r := range All() {
		if r.Default {
			byDefault = append(byDefault, r)
		}
	}
	ruletest.Run(t, byDefault...)
}

func TestMain(m *testing.M) { ruletest.Main(m) }
