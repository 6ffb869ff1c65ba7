package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"softshell/config"
	"softshell/finding"
)

// DefaultFile is where a policy lies, from the root of the workspace.
const DefaultFile = "softshell-policy.toml"

// Policy is a policy file. A rule whose table is missing is nil, and is not checked.
type Policy struct {
	Name        string `toml:"name"`
	Description string `toml:"description"`

	UnsafeCode       *unsafeCode       `toml:"unsafe-code"`
	DocumentedUnsafe *documentedUnsafe `toml:"documented-unsafe"`
	ForbidUnsafe     *forbidUnsafe     `toml:"forbid-unsafe"`
	DeniedUnsafe     *deniedUnsafe     `toml:"denied-unsafe"`
	ForeignCode      *foreignCode      `toml:"foreign-code"`
	DeniedFunctions  *deniedFunctions  `toml:"denied-functions"`
	Findings         *findings         `toml:"findings"`
	Vulnerabilities  *vulnerabilities  `toml:"vulnerabilities"`
	Informational    *informational    `toml:"informational"`
	Yanked           *yanked           `toml:"yanked"`
	Database         *database         `toml:"database"`
	Sources          *sources          `toml:"sources"`
	Packages         *packages         `toml:"packages"`
	LockFile         *lockFile         `toml:"lock-file"`
	Toolchain        *toolchain        `toml:"toolchain"`
	CargoSettings    *cargoSettings    `toml:"cargo-settings"`

	Exceptions []Exception `toml:"exception"`

	tables []string // the rules' names, in the order of the fields
}

// Exception is a decision to let one thing be that a rule would not.
type Exception struct {
	Rule   string `toml:"rule"`
	At     string `toml:"at"` // what it is about: an item, a package, an advisory; see matches
	Reason string `toml:"reason"`
	Until  string `toml:"until"` // YYYY-MM-DD, the last day; "" is without end
}

// checker is one rule as the policy has it.
type checker interface {
	// prepare checks what the file says and fills in what it leaves out.
	prepare() error
	needs() Need
	// asked is the demand in one sentence.
	asked() string
	check(f *Facts, o *Outcome)
}

// Parse reads a policy; name is for errors.
func Parse(text []byte, name string) (*Policy, error) {
	p := &Policy{}
	unknown, err := config.DecodeAllTOML(string(text), p)
	if err != nil {
		return nil, fmt.Errorf("read policy %s: %w", name, err)
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("read policy %s: %w", name, unknownKey(unknown[0]))
	}
	for id, c := range p.checkers() {
		if err := c.prepare(); err != nil {
			return nil, fmt.Errorf("read policy %s: [%s]: %w", name, id, err)
		}
		p.tables = append(p.tables, id)
	}
	if len(p.tables) == 0 {
		return nil, fmt.Errorf("read policy %s: it has no rule; there are %s", name, strings.Join(ids(), ", "))
	}
	for i := range p.Exceptions {
		if err := p.Exceptions[i].prepare(p); err != nil {
			return nil, fmt.Errorf("read policy %s: exception %d: %w", name, i+1, err)
		}
	}
	return p, nil
}

// Needs is what the policy must know, so that nothing else is asked for.
func (p *Policy) Needs() Need {
	var n Need
	for _, c := range p.checkers() {
		n |= c.needs()
	}
	return n
}

// checkers goes over the rules of the policy, in the order of its fields.
func (p *Policy) checkers() func(yield func(string, checker) bool) {
	return func(yield func(string, checker) bool) {
		v := reflect.ValueOf(p).Elem()
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() || v.Field(i).Kind() != reflect.Pointer || v.Field(i).IsNil() {
				continue
			}
			if !yield(v.Type().Field(i).Tag.Get("toml"), v.Field(i).Interface().(checker)) {
				return
			}
		}
	}
}

func (e *Exception) prepare(p *Policy) error {
	switch {
	case !slices.Contains(p.tables, e.Rule):
		if near := finding.Nearest(e.Rule, p.tables); near != "" {
			return fmt.Errorf("the policy has no rule %q: did you mean %q?", e.Rule, near)
		}
		return fmt.Errorf("the policy has no rule %q: it has %s", e.Rule, strings.Join(p.tables, ", "))
	case e.At == "":
		return fmt.Errorf("it needs at = \"...\": the item, package or advisory that it is about")
	case strings.TrimSpace(e.Reason) == "":
		return fmt.Errorf("it needs a reason")
	}
	if e.Until != "" {
		if _, err := time.Parse(time.DateOnly, e.Until); err != nil {
			return fmt.Errorf("until = %q is no date like 2027-01-31", e.Until)
		}
	}
	return nil
}

// expired reports whether the last day of the exception is over.
func (e *Exception) expired(today time.Time) bool {
	return e.Until != "" && e.Until < today.Format(time.DateOnly)
}

// unknownKey names what the user may have meant.
func unknownKey(key toml.Key) error {
	if len(key) == 1 {
		return wrongWord("table or key", key[0], append(ids(), "name", "description", "exception"))
	}
	table := "[" + key[0] + "]"
	var t reflect.Type
	for f := range fields(reflect.TypeFor[Policy]()) {
		if f.Tag.Get("toml") == key[0] {
			t = f.Type.Elem() // of a pointer or of a list
		}
	}
	var known []string
	if t != nil {
		for f := range fields(t) {
			known = append(known, f.Tag.Get("toml"))
		}
	}
	return fmt.Errorf("%s: %w", table, wrongWord("key", key[1], known))
}

func fields(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			f := t.Field(i)
			switch {
			case f.Anonymous:
				for inner := range fields(f.Type) {
					if !yield(inner) {
						return
					}
				}
			case f.Tag.Get("toml") != "" && !yield(f):
				return
			}
		}
	}
}

func wrongWord(what, word string, list []string) error {
	if near := finding.Nearest(word, list); near != "" {
		return fmt.Errorf("unknown %s %q: did you mean %q?", what, word, near)
	}
	if len(list) == 0 {
		return fmt.Errorf("unknown %s %q: none is needed", what, word)
	}
	return fmt.Errorf("unknown %s %q: there are %s", what, word, strings.Join(list, ", "))
}

// oneOf checks a word of the file.
func oneOf(key, word string, list ...string) error {
	if slices.Contains(list, word) {
		return nil
	}
	return fmt.Errorf("%s: %w", key, wrongWord("word", word, list))
}
