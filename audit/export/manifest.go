package export

import (
	"path/filepath"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"softshell/config"
)

// manifest is what a bill of materials says of a package beside its name.
type manifest struct {
	license, licenseFile, description, repository string
}

// readManifest reads a Cargo.toml. What a member inherits comes from the manifest of
// the workspace at root.
func readManifest(file, root string) (manifest, error) {
	var doc struct {
		Package map[string]any `toml:"package"`
	}
	if err := config.DecodeTOMLFile(file, &doc); err != nil {
		return manifest{}, err
	}
	var workspace struct {
		Workspace struct {
			Package map[string]any `toml:"package"`
		} `toml:"workspace"`
	}
	read := false
	word := func(key string) string {
		v := doc.Package[key]
		if t, ok := v.(map[string]any); ok && t["workspace"] == true && root != "" {
			if !read {
				read = true
				_ = config.DecodeTOMLFile(filepath.Join(root, "Cargo.toml"), &workspace) // then nothing is inherited
			}
			v = workspace.Workspace.Package[key]
		}
		s, _ := v.(string)
		return s
	}
	return manifest{word("license"), word("license-file"), word("description"), word("repository")}, nil
}

// licenses is the licence as the manifest states it: an SPDX expression, or a name
// where it is none.
func licenses(license, file string) *cdx.Licenses {
	switch {
	case license != "":
		// Before 1.0 of Cargo's rules a slash stood for OR.
		text := strings.Join(strings.Fields(strings.ReplaceAll(license, "/", " OR ")), " ")
		if isExpression(text) {
			return &cdx.Licenses{{Expression: text}}
		}
		return &cdx.Licenses{{License: &cdx.License{Name: license}}}
	case file != "":
		return &cdx.Licenses{{License: &cdx.License{Name: "see " + filepath.ToSlash(file)}}}
	}
	return nil
}

// isExpression reports whether text has the grammar of an SPDX expression; the ids in
// it are not looked up.
func isExpression(text string) bool {
	words := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text))
	depth, operand := 0, false // operand: the last thing was one
	for i, w := range words {
		switch w {
		case "(":
			if operand {
				return false
			}
			depth++
		case ")":
			if depth--; depth < 0 || !operand {
				return false
			}
		case "AND", "OR", "WITH":
			if !operand || w == "WITH" && words[i-1] == ")" {
				return false
			}
			operand = false
		default:
			if operand || strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-+:") != "" {
				return false
			}
			operand = true
		}
	}
	return operand && depth == 0
}
