package effects

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed models/*.toml
var files embed.FS

// entry is one [[fn]] table of a models file.
type entry struct {
	Name      []string `toml:"name"`
	Args      []string `toml:"args"`
	Rest      string   `toml:"rest"`
	Ret       []string `toml:"ret"`
	Unwinds   *bool    `toml:"unwinds"`
	Diverges  bool     `toml:"diverges"`
	NullTest  bool     `toml:"null_test"`
	Clears    bool     `toml:"clears"`
	Policy    string   `toml:"policy"`
	Releases  string   `toml:"releases"`
	Allocator string   `toml:"allocator"`
	Threads   string   `toml:"threads"`
}

// Models is a set of effects by function key.
type Models struct {
	byKey map[string]*Effect
	added []string // the texts on top of the embedded ones

	owningOnce sync.Once
	owning     []string
}

// Load reads the embedded models.
func Load() (*Models, error) {
	m := &Models{byKey: map[string]*Effect{}}
	names, err := fs.Glob(files, "models/*.toml")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := m.add(name, string(text), false); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// With returns the models and the given TOML text, whose entries win. from
// names the text in errors.
func (m *Models) With(from, text string) (*Models, error) {
	out := &Models{byKey: make(map[string]*Effect, len(m.byKey))}
	for k, e := range m.byKey {
		out.byKey[k] = e
	}
	out.added = append(slices.Clone(m.added), text)
	return out, out.add(from, text, true)
}

// Digest tells models apart by what stands on top of the embedded ones.
func (m *Models) Digest() string {
	sum := sha256.New()
	for _, text := range m.added {
		fmt.Fprintf(sum, "%d %s", len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (m *Models) add(from, text string, replace bool) error {
	var file struct {
		Fn []entry `toml:"fn"`
	}
	md, err := toml.Decode(text, &file)
	if err != nil {
		return fmt.Errorf("read models %s: %w", from, err)
	}
	if u := md.Undecoded(); len(u) > 0 {
		return fmt.Errorf("read models %s: unknown key %q", from, u[0].String())
	}
	for i := range file.Fn {
		if err := m.addEntry(&file.Fn[i], replace); err != nil {
			return fmt.Errorf("read models %s: %w", from, err)
		}
	}
	return nil
}

func (m *Models) addEntry(en *entry, replace bool) error {
	if len(en.Name) == 0 {
		return fmt.Errorf("an entry has no name")
	}
	eff, err := en.effect()
	if err != nil {
		return fmt.Errorf("%s: %w", en.Name[0], err)
	}
	for _, name := range en.Name {
		if _, dup := m.byKey[name]; dup && !replace {
			return fmt.Errorf("%s is described twice", name)
		}
		e := *eff
		e.Name = name
		m.byKey[name] = &e
	}
	return nil
}

func (en *entry) effect() (*Effect, error) {
	e := &Effect{Diverges: en.Diverges, NullTest: en.NullTest, Clears: en.Clears,
		Policy: en.Policy, Releases: en.Releases, Allocator: en.Allocator, Threads: en.Threads}
	switch en.Threads {
	case "", "process", "handle", "main":
	default:
		return nil, fmt.Errorf("unknown threads %q", en.Threads)
	}
	if en.Policy != "" && en.Policy != "leak" {
		return nil, fmt.Errorf("unknown policy %q", en.Policy)
	}
	if en.Unwinds != nil {
		e.Unwinds = No
		if *en.Unwinds {
			e.Unwinds = Yes
		}
	}
	for _, text := range en.Args {
		a, err := parseArg(text)
		if err != nil {
			return nil, err
		}
		e.Args = append(e.Args, a)
	}
	if en.Rest != "" {
		a, err := parseArg(en.Rest)
		if err != nil {
			return nil, err
		}
		e.Rest = a
	}
	for _, text := range en.Ret {
		r, err := parseRet(text)
		if err != nil {
			return nil, err
		}
		e.Ret = append(e.Ret, r)
	}
	return e, nil
}

// parseArg reads "borrow", "store 0", ...
func parseArg(text string) (Arg, error) {
	word, rest, _ := strings.Cut(text, " ")
	op, ok := argOps[word]
	if !ok {
		return Arg{}, fmt.Errorf("unknown effect %q on an argument", text)
	}
	a := Arg{Op: op}
	if op == Store {
		n, err := argNumber(rest)
		if err != nil {
			return Arg{}, fmt.Errorf("%q needs the number of the argument that receives it", text)
		}
		a.In = n
	} else if rest != "" {
		return Arg{}, fmt.Errorf("%q: unexpected %q", text, rest)
	}
	return a, nil
}

// parseRet reads "owner 0", "value 1 in Some", "value 0 from Ok in Some", "fresh heap", ...
func parseRet(text string) (Ret, error) {
	f := strings.Fields(text)
	if len(f) < 2 {
		return Ret{}, fmt.Errorf("unknown result %q", text)
	}
	op, ok := retOps[f[0]]
	if !ok {
		return Ret{}, fmt.Errorf("unknown result %q", text)
	}
	r := Ret{Op: op}
	if op == RetFresh {
		r.Kind = f[1]
	} else {
		n, err := argNumber(f[1])
		if err != nil {
			return Ret{}, fmt.Errorf("%q needs the number of an argument", text)
		}
		r.Arg = n
	}
	for rest := f[2:]; len(rest) > 0; rest = rest[2:] {
		switch {
		case len(rest) >= 2 && rest[0] == "in" && r.In == "":
			r.In = rest[1]
		case len(rest) >= 2 && rest[0] == "from" && r.From == "" && (op == RetValue || op == RetOwner):
			r.From = rest[1]
		case len(rest) >= 2 && rest[0] == "unless" && op == RetFresh && r.Unless == 0:
			n, err := argNumber(rest[1])
			if err != nil {
				return Ret{}, fmt.Errorf("%q needs the number of an argument", text)
			}
			r.Unless = n + 1
		default:
			return Ret{}, fmt.Errorf("unknown result %q", text)
		}
	}
	return r, nil
}

// argNumber reads the number of an argument, from 0.
func argNumber(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 8)
	return int(n), err
}

// Find returns the model for the first key that has one, or nil.
func (m *Models) Find(keys ...string) *Effect {
	for _, k := range keys {
		if e := m.byKey[k]; e != nil {
			return e
		}
	}
	return nil
}

// Names returns all modelled function keys, sorted.
func (m *Models) Names() []string {
	out := make([]string, 0, len(m.byKey))
	for k := range m.byKey {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// Owning lists, sorted, the last segments of the names of functions that give
// up, make, take back or release what the compiler does not see. Those of
// ManuallyDrop and MaybeUninit are left out: a caller has a local of such a type.
func (m *Models) Owning() []string {
	m.owningOnce.Do(func() {
		set := map[string]bool{}
		for key, e := range m.byKey {
			if !e.owning() || strings.HasPrefix(key, "ManuallyDrop::") || strings.HasPrefix(key, "MaybeUninit::") {
				continue
			}
			set[key[strings.LastIndexAny(key, ": ")+1:]] = true
		}
		m.owning = slices.Sorted(maps.Keys(set))
	})
	return m.owning
}

func (e *Effect) owning() bool {
	for _, a := range append(slices.Clone(e.Args), e.Rest) {
		switch a.Op {
		case Disown, Reclaim, Free, MoveOut:
			return true
		}
	}
	return slices.ContainsFunc(e.Ret, func(r Ret) bool { return r.Op == RetFresh || r.Op == RetOwner })
}
