package policy

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"softshell/config"
	"softshell/finding"
)

// cargoSettings: what makes development builds find bugs is left on, and nobody
// stands between cargo and the compiler.
type cargoSettings struct{}

func (r *cargoSettings) prepare() error { return nil }
func (r *cargoSettings) needs() Need    { return NeedSettings }
func (r *cargoSettings) asked() string {
	return "The profiles dev and test keep debug-assertions and overflow-checks on; neither " + strings.Join(compilerVariables, ", ") + " nor the settings of cargo that do the same are set."
}

func (r *cargoSettings) check(f *Facts, o *Outcome) {
	if f.lacks(NeedSettings, o) {
		return
	}
	o.Looked = strings.Join(f.Settings.Files, ", ") + " and the environment of this run"
	for _, s := range f.Settings.Off {
		o.broken(f, Evidence{Text: s.Text, File: s.File})
	}
	for _, v := range f.Settings.Variables {
		o.broken(f, Evidence{Text: "the environment variable " + v + " is set", Item: v})
	}
	for _, e := range f.Settings.Unread {
		o.gap(e)
	}
}

// Settings are cargo's, as they were found.
type Settings struct {
	Files     []string  // that were read
	Off       []Setting // that turn a check off, or choose or steer the compiler
	Variables []string  // that are set
	Unread    []string  // files that could not be read, with the reason
}

// Setting is a value in a file.
type Setting struct{ File, Text string }

// compilerVariables choose or steer the compiler.
var compilerVariables = []string{"RUSTC", "RUSTC_WRAPPER", "RUSTFLAGS"}

// alsoVariables are other names for the same.
var alsoVariables = []string{"RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_RUSTC", "CARGO_BUILD_RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"}

// checkedProfiles and checkedKeys are what development builds must not do without.
var (
	checkedProfiles = []string{"dev", "test"}
	checkedKeys     = []string{"debug-assertions", "overflow-checks"}
)

// SettingsOf reads the profiles of a workspace: its manifest, and cargo's
// configuration from its folder upwards and in cargo's home.
func SettingsOf(root, cargoHome string, environ []string) *Settings {
	s := &Settings{}
	env := map[string]string{}
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	s.read(root, filepath.Join(root, "Cargo.toml"))
	seen := map[string]bool{}
	config := func(dir string) {
		for _, name := range []string{"config", "config.toml"} { // cargo reads the first that is there
			file := filepath.Join(dir, name)
			if _, err := os.Stat(file); err == nil {
				if !seen[file] {
					seen[file] = true
					s.read(root, file)
				}
				return
			}
		}
	}
	for dir := root; ; dir = filepath.Dir(dir) {
		config(filepath.Join(dir, ".cargo"))
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if cargoHome != "" {
		config(cargoHome)
	}
	for _, v := range slices.Sorted(maps.Keys(env)) {
		ofTarget := strings.HasPrefix(v, "CARGO_TARGET_") && strings.HasSuffix(v, "_RUSTFLAGS")
		if env[v] != "" && (ofTarget || slices.Contains(compilerVariables, v) || slices.Contains(alsoVariables, v)) {
			s.Variables = append(s.Variables, v)
		}
	}
	for _, p := range checkedProfiles {
		for _, k := range checkedKeys {
			v := "CARGO_PROFILE_" + strings.ToUpper(p+"_"+strings.ReplaceAll(k, "-", "_"))
			if env[v] == "false" {
				s.Variables = append(s.Variables, v)
			}
		}
	}
	return s
}

// compilerKeys do in cargo's configuration what those variables do.
var compilerKeys = []string{"rustc", "rustc-wrapper", "rustc-workspace-wrapper", "rustflags"}

// compiler notes what a table of cargo's configuration says of the compiler.
func (s *Settings) compiler(file, table string, keys map[string]any) {
	for _, k := range compilerKeys {
		if v, ok := keys[k]; ok && v != "" {
			s.Off = append(s.Off, Setting{file, table + " sets " + k})
		}
	}
}

func (s *Settings) read(root, file string) {
	var doc struct {
		Profile map[string]map[string]any `toml:"profile"`
		Build   map[string]any            `toml:"build"`
		Target  map[string]map[string]any `toml:"target"`
	}
	name := finding.Relative(root, file)
	if err := config.DecodeTOMLFile(file, &doc); err != nil {
		s.Unread = append(s.Unread, err.Error())
		return
	}
	s.Files = append(s.Files, name)
	if filepath.Base(file) != "Cargo.toml" {
		s.compiler(name, "[build]", doc.Build)
		for _, t := range slices.Sorted(maps.Keys(doc.Target)) {
			s.compiler(name, "[target."+t+"]", doc.Target[t])
		}
	}
	for _, p := range checkedProfiles {
		tables := map[string]map[string]any{"[profile." + p + "]": doc.Profile[p]}
		packages, _ := doc.Profile[p]["package"].(map[string]any)
		for name, t := range packages {
			if t, ok := t.(map[string]any); ok {
				tables["[profile."+p+".package."+name+"]"] = t
			}
		}
		for _, table := range slices.Sorted(maps.Keys(tables)) {
			for _, k := range checkedKeys {
				if tables[table][k] == false {
					s.Off = append(s.Off, Setting{name, table + " sets " + k + " = false"})
				}
			}
		}
	}
}
