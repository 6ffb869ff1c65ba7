package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"
)

// stamp is how a file looked: cheap facts first, its content's hash to settle.
type stamp struct {
	Path  string `json:"path"`
	Size  int64  `json:"size"`
	Mtime int64  `json:"mtime"`
	Ctime int64  `json:"ctime,omitempty"`
	Ino   uint64 `json:"ino,omitempty"`
	Sum   string `json:"sum,omitempty"`
	// Fresh says that the file was written so shortly before it was stamped that
	// a later write may show the same times: then only the content decides.
	Fresh bool `json:"fresh,omitempty"`
}

// coarse is the largest step of a file system's clock that we reckon with.
const coarse = 2 * time.Second

// newStamp reads the file's facts and, if hash is set, its content.
func newStamp(path string, hash bool) (stamp, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return stamp{Path: path}, err
	}
	s := statStamp(path, fi)
	s.Fresh = time.Since(fi.ModTime()) < coarse
	if hash {
		s.Sum, err = hashFile(path)
	}
	return s, err
}

func statStamp(path string, fi fs.FileInfo) stamp {
	ino, ctime := changeTime(fi)
	return stamp{Path: path, Size: fi.Size(), Mtime: fi.ModTime().UnixNano(), Ctime: ctime, Ino: ino}
}

// same reports whether the file still is what the stamp says.
func (s stamp) same() bool {
	fi, err := os.Stat(s.Path)
	if err != nil {
		return false
	}
	now := statStamp(s.Path, fi)
	if now.Size != s.Size {
		return false
	}
	if !s.Fresh && now.Mtime == s.Mtime && now.Ctime == s.Ctime && now.Ino == s.Ino {
		return true
	}
	if s.Sum == "" {
		return false
	}
	sum, err := hashFile(s.Path)
	return err == nil && sum == s.Sum
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return sumText(h), nil
}

// sumText is the form in which a content's hash is kept.
func sumText(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)[:16]) }
