package config

import (
	"strings"
	"testing"

	"softshell/finding"
)

var ids = []string{"mem-forget", "orphan-object", "rc-cycle"}

func TestParse(t *testing.T) {
	c, err := Parse([]byte(`{"docs": {}, "softshell": {"rules": {"rc-cycle": "error", "mem-forget": "on", "orphan-object": "off"},
		"exclude": ["src/gen/**", "vendor"], "models": ["m.toml"], "fail-on": "never", "grade": "possible"}}`), "package", ids)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Rules["orphan-object"].Off || *c.Rules["rc-cycle"].Severity != finding.Error || *c.Grade != finding.Possible || c.FailOn != "never" {
		t.Errorf("%+v", c)
	}
	for file, want := range map[string]bool{"src/gen/a/b.rs": true, "src/a.rs": false, "vendor/x/y.rs": true, "vendored.rs": false} {
		if c.Excludes(file) != want {
			t.Errorf("%s: %v", file, !want)
		}
	}
	top := c.Over(Config{Rules: map[string]Level{"orphan-object": {}}})
	if top.Rules["orphan-object"].Off || !c.Rules["orphan-object"].Off || len(top.Exclude) != 2 {
		t.Errorf("%+v", top)
	}
	for _, raw := range []string{"", "null", "{}", `{"softshell": {}}`} {
		if _, err := Parse([]byte(raw), "package", ids); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for raw, want := range map[string]string{
		`{"rule": {}}`:                    `[workspace.metadata.softshell]: unknown key "rule": did you mean "rules"?`,
		`{"rules": {"rc-cylce": "on"}}`:   `did you mean "rc-cycle"?`,
		`{"rules": {"rc-cycle": "warn"}}`: `unknown level "warn"`,
		`{"rules": {"rc-cycle": 3}}`:      "must be a string",
		`{"rules": []}`:                   "must be a table",
		`{"exclude": "x"}`:                "list of strings",
		`{"exclude": ["["]}`:              "is no glob",
		`{"grade": "sure"}`:               "use one of possible, likely, confirmed",
		`{"fail-on": "always"}`:           "or never",
		`3`:                               "must be a table",
	} {
		_, err := Parse([]byte(`{"softshell": `+raw+`}`), "workspace", ids)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}
