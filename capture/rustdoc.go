package capture

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// docFlags make rustdoc print all items, private ones too, as JSON.
var docFlags = []string{
	"-Zunstable-options", "--output-format", "json",
	"--document-private-items", "--document-hidden-items", "--cap-lints", "allow",
}

// ItemsJSON returns the path of the unit's rustdoc JSON.
func (c *capturer) ItemsJSON(ctx context.Context, u *Unit) (string, error) {
	if err := askable(u, ErrItems); err != nil {
		return "", err
	}
	path := storeOf(u).object("items", u.Key, ".json")
	return c.once.do(ctx, path, func() (string, error) {
		return path, c.guarded(ctx, u, path, func() error { return c.document(ctx, u, path) })
	})
}

// document runs rustdoc with the unit's own arguments.
func (c *capturer) document(ctx context.Context, u *Unit, path string) error {
	out, err := os.MkdirTemp(filepath.Dir(path), "doc.tmp-*")
	if err != nil {
		return cacheError(filepath.Dir(path), err)
	}
	defer os.RemoveAll(out)
	args := append(docArgs(u.Args), "--out-dir", out)
	var errs bytes.Buffer
	err = c.exec(ctx, command{Path: rustdocBeside(u.Rustc), Args: args, Dir: u.Dir, Env: unitEnv(u), Stderr: &errs})
	if err != nil {
		return askError(ctx, ErrItems, "document the items of "+u.Crate, err, errs.String())
	}
	made := filepath.Join(out, u.Crate+".json")
	if _, err := os.Stat(made); err != nil {
		return &Error{Kind: ErrItems, What: fmt.Sprintf("rustdoc wrote no JSON for %s", u.Crate), Detail: errs.String()}
	}
	sum, err := hashFile(made)
	if err == nil {
		err = os.Rename(made, path)
	}
	if err == nil {
		err = seal(path, sum)
	}
	if err != nil {
		return cacheError(filepath.Dir(path), err)
	}
	return nil
}

// docArgs turns rustc's arguments into rustdoc's. Of the code generation
// options only those stay that set a cfg or name the crate.
func docArgs(args []string) []string {
	var out []string
	for _, o := range options(withoutArtifacts(args, meansSomething)) {
		if o.name == "--test" { // to rustdoc that means "run the examples"
			out = append(out, "--cfg", "test")
			continue
		}
		if o.name == "--extern" && o.value == "proc_macro" && !slices.Contains(out, "proc-macro") {
			// The test form of a procedural macro is a program to rustc, which then
			// accepts what it does not without --test.
			out = append(out, "--crate-type", "proc-macro")
		}
		out = append(out, o.raw...)
	}
	return append(out, docFlags...)
}

// meansSomething reports whether a -C option changes what the crate's items are.
func meansSomething(v string) bool {
	for _, p := range []string{"metadata=", "target-cpu=", "target-feature=", "panic=", "debug-assertions=", "overflow-checks="} {
		if strings.HasPrefix(v, p) {
			return true
		}
	}
	return false
}

// rustdocBeside is the rustdoc of the same toolchain.
func rustdocBeside(rustc string) string {
	dir, name := filepath.Split(rustc)
	doc := dir + strings.Replace(name, "rustc", "rustdoc", 1)
	if _, err := os.Stat(doc); dir != "" && err == nil {
		return doc
	}
	return "rustdoc"
}
