package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"softshell/config"
)

// Settings reads what the Cargo.toml at the root of a workspace says of audits, the
// package's own words on top of the workspace's. rules are the ids of the rules that
// exist. Cargo is not asked: a lock file alone may be all there is.
func Settings(root string, rules []string) (config.Audit, error) {
	file := filepath.Join(root, "Cargo.toml")
	var m struct {
		Workspace struct {
			Metadata map[string]any `toml:"metadata"`
		} `toml:"workspace"`
		Package struct {
			Metadata map[string]any `toml:"metadata"`
		} `toml:"package"`
	}
	if err := config.DecodeTOMLFile(file, &m); errors.Is(err, os.ErrNotExist) {
		return config.Audit{}, nil
	} else if err != nil {
		return config.Audit{}, err
	}
	var c config.Config
	for _, t := range []struct {
		name string
		meta map[string]any
	}{{"workspace", m.Workspace.Metadata}, {"package", m.Package.Metadata}} {
		mine, ok := t.meta["softshell"]
		if !ok {
			continue
		}
		raw, err := json.Marshal(map[string]any{"softshell": mine})
		if err != nil {
			return config.Audit{}, fmt.Errorf("read [%s.metadata.softshell]: %w", t.name, err)
		}
		top, err := config.Parse(raw, t.name, rules)
		if err != nil {
			return config.Audit{}, err
		}
		c = c.Over(top)
	}
	return c.Audit, nil
}

// Ignores are the user's decisions in the settings.
func Ignores(s config.Audit) []Ignore {
	var out []Ignore
	for _, i := range s.Ignore {
		out = append(out, Ignore{ID: i.ID, Reason: i.Reason, Until: i.Until})
	}
	return out
}
