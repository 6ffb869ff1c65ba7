// Package config reads the user's choices from Cargo.toml:
//
//	[workspace.metadata.softshell]     # for all members
//	[package.metadata.softshell]       # for one package; wins over the workspace's
//	rules.mem-forget = "warning"       # "off", "on", or the severity: "note", "warning", "error"
//	exclude = ["src/generated/**"]     # findings in these files are left out, and counted
//	models = ["softshell-models.toml"] # what own functions do to ownership
//	fail-on = "error"                  # severity from which `softshell check` exits with 1; "never"
//	grade = "possible"                 # weakest grade that is shown
//	audit = { max-age = 30 }           # what softshell audit is told, see Audit
//
// An unknown key, rule or word is an error that names the nearest right one.
package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"softshell/finding"
)

// Level is what a rule is set to.
type Level struct {
	Off      bool
	Severity *finding.Severity // nil: the rule's own
}

// Config is one table, as read.
type Config struct {
	Rules   map[string]Level
	Exclude []string // globs with slashes, relative to the workspace root
	Models  []string // files, relative to the workspace root
	FailOn  string   // "" is not set
	Grade   *finding.Grade
	Audit   Audit
}

var keys = []string{"audit", "exclude", "fail-on", "grade", "models", "rules"}

// Parse reads the raw `metadata` table of a package or workspace (JSON, as
// cargo metadata gives it); table names it in errors, rules are the ids that
// exist. A table without a softshell key gives an empty Config.
func Parse(raw []byte, table string, rules []string) (Config, error) {
	var c Config
	if len(bytes.TrimSpace(raw)) == 0 || string(raw) == "null" {
		return c, nil
	}
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(raw, &outer); err != nil {
		return c, fmt.Errorf("read [%s.metadata]: %w", table, err)
	}
	mine, ok := outer["softshell"]
	if !ok {
		return c, nil
	}
	table = "[" + table + ".metadata.softshell]"
	var m map[string]json.RawMessage
	if err := json.Unmarshal(mine, &m); err != nil {
		return c, fmt.Errorf("read %s: it must be a table", table)
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if err := c.set(key, m[key], rules); err != nil {
			return c, fmt.Errorf("read %s: %w", table, err)
		}
	}
	return c, nil
}

func (c *Config) set(key string, v json.RawMessage, rules []string) error {
	switch key {
	case "rules":
		return c.setRules(v, rules)
	case "exclude":
		if err := stringList(key, v, &c.Exclude); err != nil {
			return err
		}
		for _, g := range c.Exclude {
			if !doublestar.ValidatePattern(g) {
				return fmt.Errorf("exclude: %q is no glob", g)
			}
		}
	case "models":
		return stringList(key, v, &c.Models)
	case "fail-on":
		var s string
		if json.Unmarshal(v, &s) != nil {
			return fmt.Errorf("fail-on must be a string")
		}
		c.FailOn = s
		return CheckFailOn(s)
	case "grade":
		var g finding.Grade
		if err := json.Unmarshal(v, &g); err != nil {
			return fmt.Errorf("grade: %w", err)
		}
		c.Grade = &g
	case "audit":
		a, err := parseAudit(v)
		c.Audit = a
		return err
	default:
		return unknown("key", key, keys)
	}
	return nil
}

// CheckFailOn reports whether s is a severity or "never".
func CheckFailOn(s string) error {
	if s == "never" {
		return nil
	}
	if _, err := finding.ParseSeverity(s); err != nil {
		return fmt.Errorf("fail-on: %w, or never", err)
	}
	return nil
}

func stringList(key string, v json.RawMessage, to *[]string) error {
	if json.Unmarshal(v, to) != nil {
		return fmt.Errorf("%s must be a list of strings", key)
	}
	return nil
}

func unknown(what, word string, list []string) error {
	if near := finding.Nearest(word, list); near != "" {
		return fmt.Errorf("unknown %s %q: did you mean %q?", what, word, near)
	}
	return fmt.Errorf("unknown %s %q: there are %s", what, word, strings.Join(list, ", "))
}

func (c *Config) setRules(v json.RawMessage, rules []string) error {
	var m map[string]json.RawMessage
	if json.Unmarshal(v, &m) != nil {
		return fmt.Errorf("rules must be a table: rules.%s = \"off\"", rules[0])
	}
	c.Rules = map[string]Level{}
	for _, id := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(rules, id) {
			return unknown("rule", id, rules)
		}
		var word string
		if json.Unmarshal(m[id], &word) != nil {
			return fmt.Errorf("rules.%s must be a string", id)
		}
		l, err := ParseLevel(word)
		if err != nil {
			return fmt.Errorf("rules.%s: %w", id, err)
		}
		c.Rules[id] = l
	}
	return nil
}

// ParseLevel reads "off", "on" or a severity.
func ParseLevel(word string) (Level, error) {
	switch word {
	case "off":
		return Level{Off: true}, nil
	case "on":
		return Level{}, nil
	}
	s, err := finding.ParseSeverity(word)
	if err != nil {
		return Level{}, unknown("level", word, []string{"off", "on", "note", "warning", "error"})
	}
	return Level{Severity: &s}, nil
}

// Over returns c with what is set in top on top of it.
func (c Config) Over(top Config) Config {
	out := Config{Rules: map[string]Level{}, FailOn: c.FailOn, Grade: c.Grade, Audit: c.Audit.over(top.Audit)}
	maps.Copy(out.Rules, c.Rules)
	maps.Copy(out.Rules, top.Rules)
	out.Exclude = append(slices.Clone(c.Exclude), top.Exclude...)
	out.Models = append(slices.Clone(c.Models), top.Models...)
	if top.FailOn != "" {
		out.FailOn = top.FailOn
	}
	if top.Grade != nil {
		out.Grade = top.Grade
	}
	return out
}

// Excludes reports whether a file (relative to the root, with slashes) is left out.
func (c *Config) Excludes(file string) bool {
	for _, g := range c.Exclude {
		if ok, _ := doublestar.Match(g, file); ok {
			return true
		}
		if strings.HasPrefix(file, strings.TrimSuffix(g, "/")+"/") {
			return true
		}
	}
	return false
}
