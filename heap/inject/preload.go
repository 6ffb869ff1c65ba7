package inject

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Place writes the collector's library where programs can load it from: into the
// first of the folders that can be used. The file's name is its content's, so one
// that is there is right.
func Place(library []byte, dirs []string) (path string, err error) {
	for _, dir := range dirs {
		if path, err = place(library, dir); err == nil {
			return path, nil
		}
	}
	return "", err
}

func place(library []byte, dir string) (string, error) {
	sum := sha256.Sum256(library)
	dir = filepath.Join(dir, "v1", "collector", hex.EncodeToString(sum[:16]))
	path := filepath.Join(dir, "libsoftshell_heap.so")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make a folder for the collector: %w", err)
	}
	if err := loadable(dir); err != nil {
		return "", err
	}
	if text, err := os.ReadFile(path); err == nil && sha256.Sum256(text) == sum {
		return path, nil
	}
	tmp, err := os.CreateTemp(dir, "new-*")
	if err != nil {
		return "", fmt.Errorf("write the collector: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(library)
	if err == nil {
		err = tmp.Chmod(0o755)
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return "", fmt.Errorf("write the collector: %w", err)
	}
	return path, nil
}

// loadable reports whether the file system of dir lets code be mapped, and the
// loader can be told of it: LD_PRELOAD separates by blanks and colons.
func loadable(dir string) error {
	if strings.ContainsAny(dir, " :") {
		return fmt.Errorf("LD_PRELOAD cannot name %q, which has a blank or a colon in it: set SOFTSHELL_CACHE to another folder", dir)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err == nil && st.Flags&unix.ST_NOEXEC != 0 {
		return fmt.Errorf("%s is on a file system that is mounted noexec: set SOFTSHELL_CACHE to another folder", dir)
	}
	return nil
}

// Preload is the environment env with the library before all others that are
// preloaded.
func Preload(env []string, library string) []string {
	const name = "LD_PRELOAD="
	out := make([]string, 0, len(env)+1)
	value := name + library
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, name); ok {
			if v != "" {
				value = name + library + ":" + v
			}
			continue
		}
		out = append(out, kv)
	}
	return append(out, value)
}
