package capture

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// depInfo is what rustc's .d file says that a crate was made from.
type depInfo struct {
	Files []string // absolute
	Env   []envDep
}

// envDep is a variable that the crate asked for with env! or option_env!.
type envDep struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Set   bool   `json:"set"`
}

// readDepInfo reads a .d file; relative names start at dir.
func readDepInfo(path, dir string) (depInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return depInfo{}, err
	}
	defer f.Close()
	var d depInfo
	found := false
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		line := sc.Text()
		if rest, ok := strings.CutPrefix(line, "# env-dep:"); ok {
			name, value, set := strings.Cut(rest, "=")
			d.Env = append(d.Env, envDep{unescapeEnv(name), unescapeEnv(value), set})
			continue
		}
		// Each output has a rule of its own, all with the same files.
		_, deps, ok := strings.Cut(line, ": ")
		if found || strings.HasPrefix(line, "#") || !ok {
			continue
		}
		found = true
		for _, name := range splitMake(deps) {
			d.Files = append(d.Files, absolute(dir, name))
		}
	}
	return d, sc.Err()
}

// splitMake splits make's list of files, where a backslash guards a space.
func splitMake(list string) []string {
	var out []string
	var cur strings.Builder
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '\\' && i+1 < len(list) && list[i+1] == ' ':
			cur.WriteByte(' ')
			i++
		case c == ' ':
			if cur.Len() > 0 {
				out = append(out, cur.String())
				cur.Reset()
			}
		default:
			cur.WriteByte(c)
		}
	}
	if cur.Len() > 0 {
		out = append(out, cur.String())
	}
	return out
}

var envEscapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")

func unescapeEnv(s string) string { return envEscapes.Replace(s) }

// absolute joins dir and a name that may be absolute already.
func absolute(dir, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}
