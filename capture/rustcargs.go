package capture

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// rustcCall is what the arguments of one rustc call say.
type rustcCall struct {
	Crate      string
	Root       string // as given, relative to the working directory
	Edition    string
	OutDir     string
	Extra      string // -C extra-filename
	CrateTypes []string
	Emit       []string
	Test       bool
	Externs    []extern
	metadata   bool // -C metadata was given
	jsonErrors bool
	info       bool // --print, -vV, `-`: a question, not a compilation
}

// extern is one `--extern name=path`.
type extern struct{ Name, Path string }

// valueFlags are the rustc flags whose value may be the next argument.
var valueFlags = map[string]bool{
	"--crate-name": true, "--crate-type": true, "--edition": true, "--emit": true,
	"--out-dir": true, "--extern": true, "--cfg": true, "--check-cfg": true,
	"--cap-lints": true, "--target": true, "--print": true, "--error-format": true,
	"--json": true, "--color": true, "--diagnostic-width": true, "--sysroot": true,
	"--remap-path-prefix": true, "--remap-path-scope": true, "--codegen": true,
	"--allow": true, "--warn": true, "--deny": true, "--forbid": true, "--force-warn": true,
	"--explain": true, "--pretty": true, "--env-set": true,
	"-C": true, "-L": true, "-l": true, "-o": true, "-Z": true,
	"-A": true, "-W": true, "-D": true, "-F": true,
}

// option is one argument with its value, however the two were joined.
type option struct {
	name, value string // name is "" for a free argument
	raw         []string
}

// options splits rustc's arguments: `--emit=x`, `--emit x`, `-Cx` and `-C x`
// come out alike.
func options(args []string) []option {
	var out []option
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "-" || !strings.HasPrefix(a, "-"):
			out = append(out, option{value: a, raw: args[i : i+1]})
		case valueFlags[a] && i+1 < len(args):
			out = append(out, option{name: a, value: args[i+1], raw: args[i : i+2]})
			i++
		case strings.HasPrefix(a, "--"):
			name, value, _ := strings.Cut(a, "=")
			out = append(out, option{name: name, value: value, raw: args[i : i+1]})
		case len(a) > 2 && valueFlags[a[:2]]:
			out = append(out, option{name: a[:2], value: a[2:], raw: args[i : i+1]})
		default:
			out = append(out, option{name: a, raw: args[i : i+1]})
		}
	}
	return out
}

// expandArgs replaces `@file` by the arguments in the file, one a line, as
// rustc does; cargo uses that form when the command line grows too long.
func expandArgs(args []string) []string {
	if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "@") }) {
		return args
	}
	var out []string
	for _, a := range args {
		text, err := os.ReadFile(strings.TrimPrefix(a, "@"))
		if !strings.HasPrefix(a, "@") || err != nil {
			out = append(out, a)
			continue
		}
		out = append(out, strings.Split(strings.TrimRight(string(text), "\n"), "\n")...)
	}
	return out
}

// parseCall reads rustc's arguments.
func parseCall(args []string) rustcCall {
	c := rustcCall{Edition: "2015"}
	for _, o := range options(args) {
		switch o.name {
		case "":
			c.Root = o.value
			c.info = c.info || o.value == "-"
		case "--print", "-V", "-vV", "-v", "--version", "--help", "-h", "--explain":
			c.info = true
		case "--crate-name":
			c.Crate = o.value
		case "--crate-type":
			c.CrateTypes = append(c.CrateTypes, strings.Split(o.value, ",")...)
		case "--edition":
			c.Edition = o.value
		case "--out-dir":
			c.OutDir = o.value
		case "--emit":
			c.Emit = append(c.Emit, emitKinds(o.value)...)
		case "--test":
			c.Test = true
		case "--extern":
			c.Externs = append(c.Externs, parseExtern(o.value))
		case "--error-format":
			c.jsonErrors = o.value == "json"
		case "-C", "--codegen":
			if v, ok := strings.CutPrefix(o.value, "extra-filename="); ok {
				c.Extra = v
			}
			c.metadata = c.metadata || strings.HasPrefix(o.value, "metadata=")
		}
	}
	return c
}

func emitKinds(list string) []string {
	var out []string
	for _, e := range strings.Split(list, ",") {
		kind, _, _ := strings.Cut(e, "=")
		out = append(out, kind)
	}
	return out
}

// parseExtern reads `[options:]name[=path]`, where options is `priv`, `noprelude`, ...
func parseExtern(v string) extern {
	name, path, _ := strings.Cut(v, "=")
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return extern{Name: name, Path: path}
}

// fromCargo reports whether cargo itself made the call for a crate of the
// build. Build scripts call rustc too, through the same wrapper, to find out
// what it can do; those calls carry neither cargo's JSON nor its metadata.
func (c *rustcCall) fromCargo() bool {
	return !c.info && c.jsonErrors && c.metadata && c.Crate != "" && c.OutDir != "" && c.Root != ""
}

// buildScript reports whether the crate is a build script.
func (c *rustcCall) buildScript() bool {
	return strings.HasPrefix(c.Crate, "build_script_") && slices.Contains(c.CrateTypes, "bin") && c.links()
}

// links reports whether the call makes code to run, not only a check: a
// procedural macro, or a library for one or for a build script.
func (c *rustcCall) links() bool { return slices.Contains(c.Emit, "link") }

// kind is the unit kind as far as rustc's arguments tell; cargo's own message
// says it better when there is one.
func (c *rustcCall) kind() string {
	switch {
	case c.Test:
		return "test"
	case slices.Contains(c.CrateTypes, "proc-macro"):
		return "proc-macro"
	case slices.Contains(c.CrateTypes, "bin"):
		return "bin"
	default:
		return "lib"
	}
}

// artifact is the path of what the call makes, without its ending: it is what
// ties a record to cargo's message and to the --extern of a dependent.
func (c *rustcCall) artifact() string {
	return filepath.Join(c.OutDir, "lib"+c.Crate+c.Extra)
}

// artifactStem is artifact for a file name from cargo or from --extern.
func artifactStem(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path))
}

// artifactArgs name where rustc writes and how it talks: they do not change
// what the crate means, so they are left out when the crate is asked again.
var artifactArgs = map[string]bool{
	"--emit": true, "--out-dir": true, "-o": true,
	"--error-format": true, "--json": true, "--color": true, "--diagnostic-width": true,
}

// withoutArtifacts drops the arguments that keep and codegen say nothing about.
func withoutArtifacts(args []string, keepCodegen func(string) bool) []string {
	var out []string
	for _, o := range options(args) {
		if artifactArgs[o.name] {
			continue
		}
		if (o.name == "-C" || o.name == "--codegen") && !keepCodegen(o.value) {
			continue
		}
		out = append(out, o.raw...)
	}
	return out
}
