package config

import (
	"reflect"
	"strings"
	"testing"
)

func TestAudit(t *testing.T) {
	c, err := Parse([]byte(`{"softshell": {"audit": {"db": "../db", "max-age": 30, "deny": ["unsound", "yanked"], "policy": "p.toml",
		"ignore": [{"id": "RUSTSEC-2020-0071", "reason": " looked at ", "until": "2027-01-31"}, {"id": "CVE-2024-1", "reason": "no"}]}}}`), "workspace", ids)
	if err != nil {
		t.Fatal(err)
	}
	want := Audit{DB: []string{"../db"}, MaxAge: 30, Deny: []string{"unsound", "yanked"}, Policy: "p.toml",
		Ignore: []AuditIgnore{{"RUSTSEC-2020-0071", "looked at", "2027-01-31"}, {"CVE-2024-1", "no", ""}}}
	if !reflect.DeepEqual(c.Audit, want) {
		t.Errorf("%+v", c.Audit)
	}
	top := c.Over(Config{Audit: Audit{DB: []string{"a", "b"}, Deny: []string{"notice"}, Ignore: []AuditIgnore{{ID: "X-1"}}}}).Audit
	if len(top.DB) != 2 || top.MaxAge != 30 || len(top.Deny) != 3 || len(top.Ignore) != 3 || top.Policy != "p.toml" {
		t.Errorf("%+v", top)
	}
}

func TestAuditDates(t *testing.T) {
	for _, until := range []string{`"2027-01-31"`, `{"$__toml_private_datetime": "2027-01-31"}`, `"2027-01-31T00:00:00Z"`} {
		c, err := Parse([]byte(`{"softshell": {"audit": {"ignore": [{"id": "A-1", "reason": "r", "until": `+until+`}]}}}`), "workspace", ids)
		if err != nil || c.Audit.Ignore[0].Until != "2027-01-31" {
			t.Errorf("%s: %+v, %v", until, c.Audit, err)
		}
	}
}

func TestAuditErrors(t *testing.T) {
	for raw, want := range map[string]string{
		`3`:                           "audit must be a table",
		`{"ignores": []}`:             `unknown key "ignores": did you mean "ignore"?`,
		`{"db": 3}`:                   "db must be a list of strings",
		`{"policy": ""}`:              "policy must be a string",
		`{"max-age": 0}`:              "a number of days",
		`{"max-age": "30"}`:           "a number of days",
		`{"deny": ["unsund"]}`:        `deny: unknown word "unsund": did you mean "unsound"?`,
		`{"ignore": ["A-1"]}`:         "a list of tables",
		`{"ignore": [{}]}`:            "an entry has no id",
		`{"ignore": [{"id": "A-1"}]}`: "A-1 has no reason",
		`{"ignore": [{"id": "A-1", "reason": " "}]}`:                                   "A-1 has no reason",
		`{"ignore": [{"id": "../x", "reason": "r"}]}`:                                  `"../x" is no id of an advisory`,
		`{"ignore": [{"id": "A-1", "reason": "r", "until": "soon"}]}`:                  `until = "soon" is no date`,
		`{"ignore": [{"id": "A-1", "reason": "r", "untill": "2027-01-01"}]}`:           `unknown key "untill": did you mean "until"?`,
		`{"ignore": [{"id": "A-1", "reason": "r"}, {"id": "A-1", "reason": "again"}]}`: "A-1 stands there twice",
	} {
		_, err := Parse([]byte(`{"softshell": {"audit": `+raw+`}}`), "workspace", ids)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}
