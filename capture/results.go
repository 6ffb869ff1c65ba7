package capture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// ThisProgram is a digest of the running program, "" when it cannot be read. It is
// a part of the keys of results: another build may find other things.
var ThisProgram = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
})

// Result is in the Capturer's interface. A result that was cut or changed is none.
func (c *capturer) Result(u *Unit, key string) []byte {
	path := storeOf(u).object("results", key, ".json")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	sum, data, ok := bytes.Cut(text, []byte("\n"))
	if !ok || string(sum) != sumOf(data) {
		return nil
	}
	if now := time.Now(); olderThan(path, now, time.Hour) {
		_ = os.Chtimes(path, now, now) // it is used: the sweep leaves it
	}
	return data
}

func olderThan(path string, now time.Time, age time.Duration) bool {
	fi, err := os.Stat(path)
	return err == nil && now.Sub(fi.ModTime()) > age
}

// KeepResult is in the Capturer's interface.
func (c *capturer) KeepResult(u *Unit, key string, data []byte) {
	path := storeOf(u).object("results", key, ".json")
	if os.MkdirAll(filepath.Dir(path), 0o755) == nil {
		_ = writeFile(path, append([]byte(sumOf(data)+"\n"), data...))
	}
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
