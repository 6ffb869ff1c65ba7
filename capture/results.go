package capture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"
)

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
