package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Audit is what `softshell audit` is told:
//
//	[workspace.metadata.softshell.audit]
//	db = "../advisory-db"              # the database, or a list; relative to the workspace root
//	max-age = 30                       # days after which the database is too old
//	deny = ["unsound", "yanked"]       # what fails the audit beside vulnerabilities
//	policy = "softshell-policy.toml"   # for softshell audit policy
//	ignore = [{ id = "RUSTSEC-2020-0071", reason = "the clock is not used", until = "2027-01-31" }]
//
// An ignore needs a reason. It holds to the end of its day; without one it has no end.
type Audit struct {
	DB     []string // databases, as written
	MaxAge int      // 0 is not set
	Deny   []string
	Policy string
	Ignore []AuditIgnore
}

// AuditIgnore is an advisory that the user looked at and does not want to be told of.
type AuditIgnore struct{ ID, Reason, Until string }

// Denials are the words of Audit.Deny.
var Denials = []string{"unsound", "unmaintained", "notice", "yanked"}

var (
	auditKeys  = []string{"db", "deny", "ignore", "max-age", "policy"}
	ignoreKeys = []string{"id", "reason", "until"}
	advisoryID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9-]+$`)
)

func parseAudit(v json.RawMessage) (Audit, error) {
	var a Audit
	var m map[string]json.RawMessage
	if json.Unmarshal(v, &m) != nil {
		return a, fmt.Errorf("audit must be a table")
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if err := a.set(key, m[key]); err != nil {
			return a, fmt.Errorf("audit: %w", err)
		}
	}
	return a, nil
}

func (a *Audit) set(key string, v json.RawMessage) error {
	switch key {
	case "db":
		var one string
		if json.Unmarshal(v, &one) == nil && one != "" {
			a.DB = []string{one}
			return nil
		}
		return stringList(key, v, &a.DB)
	case "policy":
		return oneString(key, v, &a.Policy)
	case "max-age":
		if json.Unmarshal(v, &a.MaxAge) != nil || a.MaxAge < 1 {
			return fmt.Errorf("max-age must be a number of days")
		}
	case "deny":
		if err := stringList(key, v, &a.Deny); err != nil {
			return err
		}
		return CheckDeny(a.Deny)
	case "ignore":
		var list []map[string]json.RawMessage
		if json.Unmarshal(v, &list) != nil {
			return fmt.Errorf(`ignore must be a list of tables: { id = "RUSTSEC-...", reason = "..." }`)
		}
		for _, m := range list {
			i, err := parseIgnore(m)
			if err != nil {
				return fmt.Errorf("ignore: %w", err)
			}
			if slices.ContainsFunc(a.Ignore, func(o AuditIgnore) bool { return o.ID == i.ID }) {
				return fmt.Errorf("ignore: %s stands there twice", i.ID)
			}
			a.Ignore = append(a.Ignore, i)
		}
	default:
		return unknown("key", key, auditKeys)
	}
	return nil
}

// CheckDeny reports a word that cannot be denied.
func CheckDeny(words []string) error {
	for _, w := range words {
		if !slices.Contains(Denials, w) {
			return fmt.Errorf("deny: %w", unknown("word", w, Denials))
		}
	}
	return nil
}

func parseIgnore(m map[string]json.RawMessage) (AuditIgnore, error) {
	var i AuditIgnore
	to := map[string]*string{"id": &i.ID, "reason": &i.Reason, "until": &i.Until}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if to[key] == nil {
			return i, unknown("key", key, ignoreKeys)
		}
		v := m[key]
		if key == "until" {
			v = dateString(v)
		}
		if err := oneString(key, v, to[key]); err != nil {
			return i, err
		}
	}
	switch i.Reason = strings.TrimSpace(i.Reason); {
	case i.ID == "":
		return i, fmt.Errorf("an entry has no id")
	case !advisoryID.MatchString(i.ID):
		return i, fmt.Errorf("%q is no id of an advisory", i.ID)
	case i.Reason == "":
		return i, fmt.Errorf("%s has no reason", i.ID)
	}
	if i.Until != "" {
		if _, err := time.Parse(time.DateOnly, i.Until); err != nil {
			return i, fmt.Errorf("%s: until = %q is no date like 2027-01-31", i.ID, i.Until)
		}
	}
	return i, nil
}

// dateString turns TOML's own dates, which need no quotes, into strings: as cargo gives them
// in JSON, and with the time that a decoder adds.
func dateString(v json.RawMessage) json.RawMessage {
	var date struct {
		Text *string `json:"$__toml_private_datetime"`
	}
	if json.Unmarshal(v, &date) == nil && date.Text != nil {
		v, _ = json.Marshal(*date.Text)
	}
	return bytes.Replace(v, []byte(`T00:00:00Z"`), []byte(`"`), 1)
}

func oneString(key string, v json.RawMessage, to *string) error {
	if json.Unmarshal(v, to) != nil || *to == "" {
		return fmt.Errorf("%s must be a string", key)
	}
	return nil
}

// over returns a with what is set in top on top of it.
func (a Audit) over(top Audit) Audit {
	if top.DB != nil {
		a.DB = top.DB
	}
	if top.MaxAge > 0 {
		a.MaxAge = top.MaxAge
	}
	if top.Policy != "" {
		a.Policy = top.Policy
	}
	a.Deny = append(slices.Clone(a.Deny), top.Deny...)
	a.Ignore = append(slices.Clone(a.Ignore), top.Ignore...)
	return a
}
