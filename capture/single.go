package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var mainFn = regexp.MustCompile(`(?m)^\s*(pub\s+)?(async\s+)?fn\s+main\s*\(`)

// file captures one .rs file: rustc alone, through the same wrapper that cargo
// would call.
func (r *run) file(ctx context.Context) (*Build, error) {
	text, err := os.ReadFile(r.target.file)
	if err != nil {
		return nil, &Error{Kind: ErrNoPath, What: "read " + r.target.file, Err: unwrapPath(err)}
	}
	args := r.fileArgs(text)
	call := parseCall(args)
	msg := message{Filenames: []string{call.artifact() + ".rmeta"}, PackageID: "file://" + r.target.file}
	msg.Target.Kind, msg.Target.Name, msg.Target.Src = []string{"file"}, call.Crate, r.target.file
	msg.Fresh = r.fresh(call.artifact(), args)
	res := &checked{finished: true, success: true}
	if !msg.Fresh {
		if err := r.rustcFile(ctx, args, &msg, res); err != nil {
			return nil, err
		}
	}
	if res.success {
		res.artifacts = []message{msg}
	}
	a, err := r.assemble(ctx, res)
	if err != nil {
		return nil, err
	}
	r.remember(a.build, res, a.used())
	return a.build, nil
}

// fileArgs are rustc's arguments for a file on its own.
func (r *run) fileArgs(text []byte) []string {
	crateType := "lib"
	if mainFn.Match(text) && !bytes.Contains(text, []byte("#![no_main]")) {
		crateType = "bin"
	}
	edition := r.opts.Edition
	if edition == "" {
		edition = "2021"
	}
	args := []string{
		"--crate-name", crateName(r.target.file), "--edition=" + edition, filepath.Base(r.target.file),
		"--error-format=json", "--crate-type", crateType, "--emit=dep-info,metadata",
		"-C", "metadata=softshell", "-C", "debuginfo=2", "--out-dir", r.place.target(),
	}
	if r.opts.Color {
		args = append(args, "--json=diagnostic-rendered-ansi")
	}
	if r.opts.Target != "" {
		args = append(args, "--target", r.opts.Target)
	}
	return args
}

// crateName is the name that rustc would give the file's crate.
func crateName(file string) string {
	stem := strings.TrimSuffix(filepath.Base(file), ".rs")
	name := strings.Map(func(c rune) rune {
		if c = plainRune(c); c == '-' || c == '.' {
			return '_'
		}
		return c
	}, stem)
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return "_" + name
	}
	return name
}

// fresh reports whether the same call was made before on the same sources.
func (r *run) fresh(artifact string, args []string) bool {
	rec, err := readRecord(r.place.record(artifact))
	return err == nil && rec.Format == recordFormat && rec.Exit == 0 && !rec.Racy &&
		slices.Equal(rec.Args, args) && rec.unchanged()
}

// rustcFile compiles the file and relays what rustc says in cargo's form.
func (r *run) rustcFile(ctx context.Context, args []string, msg *message, res *checked) error {
	var plain strings.Builder
	errs := &lineWriter{each: func(line []byte) {
		if !r.relay(res, msg, line) {
			plain.Write(line)
			plain.WriteByte('\n')
		}
	}}
	env := append(slices.Clone(r.env), wrapperEnv+"="+r.sessionFile, "CARGO_PRIMARY_PACKAGE=1")
	rustc := r.c.behindProxy(ctx, r.tool.Rustc, r.target.dir, r.env)
	err := r.c.exec(ctx, command{Path: r.c.self, Args: append([]string{rustc}, args...), Dir: r.target.dir, Env: env, Stderr: errs})
	errs.flush()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ran := exitCode(err); err != nil && !ran {
		return startError("rustc", err)
	}
	res.success, res.stderr = err == nil, plain.String()
	return nil
}

// relay turns a diagnostic of rustc into a message of cargo.
func (r *run) relay(res *checked, msg *message, line []byte) bool {
	if !bytes.HasPrefix(line, []byte("{")) || !json.Valid(line) {
		return false
	}
	target, err := json.Marshal(map[string]any{
		"kind": []string{"bin"}, "crate_types": []string{"bin"}, "name": msg.Target.Name, "src_path": msg.Target.Src,
	})
	if err != nil || !bytes.Contains(line, []byte(`"level":`)) {
		return true
	}
	r.receive(res, fmt.Appendf(nil, `{"reason":"compiler-message","package_id":%q,"manifest_path":"","target":%s,"message":%s}`,
		msg.PackageID, target, line))
	return true
}
