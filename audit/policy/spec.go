package policy

import (
	"fmt"
	"strings"

	"softshell/audit/tree"
	"softshell/audit/version"
)

// spec is a package by name, and by version where that matters.
type spec struct {
	name string
	// versions are those that are meant; nil is all. Pre-releases count by precedence.
	versions version.Ranges
}

func specs(key string, list []string) ([]spec, error) {
	var out []spec
	for _, s := range list {
		name, req, limited := strings.Cut(s, "@")
		if name == "" || strings.ContainsAny(name, " <>=^~") {
			return nil, fmt.Errorf("%s: %q is no package like openssl or time@<0.3", key, s)
		}
		p := spec{name: name}
		if limited {
			var err error
			if p.versions, err = version.Of([]string{req}); err != nil {
				return nil, fmt.Errorf("%s: %q: %w", key, s, err)
			}
		}
		out = append(out, p)
	}
	return out, nil
}

func (s spec) has(p *tree.Package) bool {
	if s.name != p.Name || s.versions == nil {
		return s.name == p.Name
	}
	v, err := version.Parse(p.Version)
	return err == nil && s.versions.Contains(v)
}
