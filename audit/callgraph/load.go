package callgraph

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"runtime"
	"strings"
	"sync"

	"softshell/capture"
)

// Load reads the units of a build, or what an earlier run kept of them, and links
// them. Units that rustc rejected, or that have no MIR, are in Missing.
func Load(ctx context.Context, c capture.Capturer, build *capture.Build, jobs int) (*Graph, error) {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	var units []*capture.Unit
	var missing []*capture.Unit
	for _, u := range build.Units {
		if u.MIR == "" {
			missing = append(missing, u)
			continue
		}
		units = append(units, u)
	}
	read := make([]*unit, len(units))
	errs := make([]error, len(units))
	var wait sync.WaitGroup
	slots := make(chan struct{}, jobs)
	for i, u := range units {
		slots <- struct{}{}
		wait.Add(1)
		go func() {
			defer func() { <-slots; wait.Done() }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				read[i], errs[i] = cached(c, u)
			}
		}()
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	g := link(units, read)
	g.Missing = missing
	return g, nil
}

// cached reads a unit, or what an earlier run of this program kept of it.
func cached(c capture.Capturer, u *capture.Unit) (*unit, error) {
	key := resultKey(u)
	if key != "" && c != nil {
		if data := c.Result(u, key); data != nil {
			var out unit
			if gob.NewDecoder(bytes.NewReader(data)).Decode(&out) == nil {
				return &out, nil
			}
		}
	}
	out, err := readUnit(u)
	if err != nil {
		return nil, err
	}
	if key != "" && c != nil {
		var b bytes.Buffer
		if gob.NewEncoder(&b).Encode(out) == nil {
			c.KeepResult(u, key, b.Bytes())
		}
	}
	return out, nil
}

// resultKey is the content address of what a unit says.
func resultKey(u *capture.Unit) string {
	if capture.ThisProgram() == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{"callgraph", capture.ThisProgram(), u.Key, u.MIR}, "\x00")))
	return hex.EncodeToString(sum[:16])
}
