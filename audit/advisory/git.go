package advisory

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var isCommit = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// headCommit reads what a git checkout stands at; "" for a folder that is none.
func headCommit(dir string) string {
	git := gitFolder(dir)
	head := firstLine(filepath.Join(git, "HEAD"))
	ref, symbolic := strings.CutPrefix(head, "ref: ")
	if !symbolic {
		return commitOr(head)
	}
	if strings.Contains(ref, "..") || !strings.HasPrefix(ref, "refs/") {
		return ""
	}
	if c := commitOr(firstLine(filepath.Join(git, filepath.FromSlash(ref)))); c != "" {
		return c
	}
	packed, err := os.ReadFile(filepath.Join(git, "packed-refs"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(packed)) {
		if c, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name == ref {
			return commitOr(c)
		}
	}
	return ""
}

func commitOr(s string) string {
	if isCommit.MatchString(s) {
		return s
	}
	return ""
}

func gitFolder(dir string) string {
	git := filepath.Join(dir, ".git")
	if to, ok := strings.CutPrefix(firstLine(git), "gitdir: "); ok { // a worktree
		if !filepath.IsAbs(to) {
			to = filepath.Join(dir, to)
		}
		return to
	}
	return git
}

func firstLine(file string) string {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 4096 {
		return ""
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(line)
}

// commitDate asks git when a commit was made. Only plumbing is called: a
// repository's own configuration must not run a program here.
func commitDate(dir, commit string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := gitCommand(ctx, "--git-dir="+gitFolder(dir), "cat-file", "commit", commit).Output()
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "committer" {
			continue
		}
		if seconds, err := strconv.ParseInt(fields[len(fields)-2], 10, 64); err == nil {
			return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
		}
	}
	return ""
}

// gitCommand is git without what its environment or a hook's says of another
// repository, and without questions.
func gitCommand(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", args...)
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
			"GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_TRACE":
			continue
		}
		cmd.Env = append(cmd.Env, kv)
	}
	cmd.Env = append(cmd.Env, "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1", "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	return cmd
}
