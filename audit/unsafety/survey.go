package unsafety

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"sync"

	"softshell/capture"
)

// Survey captures what the options name, with all that it depends on, and lists its
// unsafe code. This compiles: build scripts and procedural macros run.
func Survey(ctx context.Context, c capture.Capturer, o capture.Options) (*Inventory, *capture.Build, error) {
	o.Unsafe = true
	b, err := c.Run(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	inv, err := Of(ctx, c, b)
	return inv, b, err
}

// Of makes the inventory of a Build that was captured with Options.Unsafe.
func Of(ctx context.Context, c capture.Capturer, b *capture.Build) (*Inventory, error) {
	crates := make([]Crate, len(b.Units))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, u := range b.Units {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() == nil {
				crates[i] = cached(c, u)
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	inv := &Inventory{Crates: merge(crates), Notes: b.Notes}
	if b.CompileFailed {
		inv.Notes = append(slices.Clone(inv.Notes), "the program does not compile: crates that depend on what failed were not compiled, and their unsafe code is not listed")
	}
	return inv, nil
}

// cached is crateOf, which is done once for each state of the crate.
func cached(c capture.Capturer, u *capture.Unit) Crate {
	key := resultKey(u)
	var out Crate
	if key != "" {
		if data := c.Result(u, key); data != nil && json.Unmarshal(data, &out) == nil {
			out.Member, out.Host = u.Member, u.Host // the same crate in another tree
			return out
		}
	}
	out = crateOf(u)
	if out.Failed != "" || key == "" {
		return out
	}
	if data, err := json.Marshal(&out); err == nil {
		c.KeepResult(u, key, data)
	}
	return out
}

// resultKey is the content address of a unit's Crate.
func resultKey(u *capture.Unit) string {
	if capture.ThisProgram() == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{"unsafety", capture.ThisProgram(), u.Key}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// merge sorts the crates and joins those that were compiled more than once.
func merge(crates []Crate) []Crate {
	slices.SortFunc(crates, func(a, b Crate) int {
		return cmp.Or(compareCrates(&a, &b), len(b.Sites)-len(a.Sites))
	})
	out := []Crate{}
	for _, c := range crates {
		if n := len(out); n > 0 && compareCrates(&out[n-1], &c) == 0 {
			last := &out[n-1]
			last.Host = last.Host && c.Host
			last.Lines = max(last.Lines, c.Lines)
			last.Forbids = last.Forbids && c.Forbids
			last.Failed = cmp.Or(last.Failed, c.Failed)
			last.Sites = sortSites(append(last.Sites, c.Sites...))
			continue
		}
		out = append(out, c)
	}
	return out
}

func compareCrates(a, b *Crate) int {
	return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Crate, b.Crate), cmp.Compare(a.Kind, b.Kind))
}
