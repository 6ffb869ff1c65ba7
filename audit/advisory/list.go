package advisory

import (
	"archive/tar"
	"archive/zip"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"softshell/finding"
)

// Bounds of what is read: a database is bounded, whatever lies in its folder.
const (
	maxRustSec  = 1 << 20  // bytes of one file
	maxOSV      = 16 << 20 // some name thousands of versions
	maxFiles    = 1 << 20
	maxUnpacked = 2 << 30 // bytes of all files of an archive
	maxDepth    = 8       // folders
)

// listing is the files of one source, sorted by name.
type listing struct {
	files    []file
	problems []Problem
	commit   string    // that git wrote into an archive which it made
	newest   time.Time // of the entries of such an archive: the commit's
}

// file is one file that may hold an advisory.
type file struct {
	name    string // below the source, with slashes
	size    int64
	changed int64  // nanoseconds
	text    []byte // of an archive
	rustsec bool   // else OSV
}

// wanted reports whether a file may hold an advisory, and in which form. single is
// set for a path that the user named.
func wanted(name string, single bool) (rustsec, ok bool) {
	base := path.Base(name)
	switch ext := strings.ToLower(path.Ext(name)); {
	case strings.HasPrefix(base, "."):
		return false, false
	case ext == ".json":
		return false, true
	case ext != ".md":
		return false, false
	case single || strings.HasPrefix(base, "RUSTSEC-"):
		return true, true
	}
	for _, dir := range strings.Split(path.Dir(name), "/") {
		if dir == Crates || dir == Rust {
			return true, true
		}
	}
	return false, false
}

// key is what an index is kept under: the names, sizes and times of all files.
func (l *listing) key() [sha256.Size]byte {
	h := sha256.New()
	io.WriteString(h, build())
	var b []byte
	for i := range l.files {
		f := &l.files[i]
		b = binary.AppendUvarint(b[:0], uint64(len(f.name)))
		b = append(b, f.name...)
		b = binary.AppendVarint(b, f.size)
		b = binary.AppendVarint(b, f.changed)
		h.Write(b)
	}
	for _, p := range l.problems {
		fmt.Fprintf(h, "%q %q\n", p.File, p.Err)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func (l *listing) problem(name string, err error) {
	l.problems = append(l.problems, Problem{File: finding.Plain(name), Err: finding.Plain(plainError(err))})
}

// plainError leaves out the path that a system call's error repeats.
func plainError(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Op + ": " + p.Err.Error()
	}
	return err.Error()
}

func (l *listing) sort() {
	slices.SortFunc(l.files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	slices.SortFunc(l.problems, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Err, b.Err)) })
}

// listFolder walks a folder, several subfolders at a time. Symbolic links to folders
// are not followed; those to files are.
func listFolder(ctx context.Context, root string) (*listing, error) {
	w := &walker{ctx: ctx, root: root}
	if err := w.folder("", 0); err != nil {
		return nil, err
	}
	w.wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(w.out.files) > maxFiles {
		return nil, fmt.Errorf("%s has more than %d files: is it a database of advisories?", root, maxFiles)
	}
	w.out.sort()
	return &w.out, nil
}

type walker struct {
	ctx  context.Context // of one walk
	root string
	mu   sync.Mutex
	out  listing
	busy chan struct{}
	wait sync.WaitGroup
}

// folder lists one folder. Those below it are listed beside it when a worker is
// free, else at once.
func (w *walker) folder(dir string, depth int) error {
	if depth == 0 {
		w.busy = make(chan struct{}, 2*runtime.GOMAXPROCS(0))
	}
	if w.ctx.Err() != nil {
		return nil
	}
	entries, err := os.ReadDir(filepath.Join(w.root, filepath.FromSlash(dir)))
	if err != nil {
		if depth == 0 {
			return err
		}
		w.failed(dir, err)
		return nil
	}
	var files []file
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		rustsec, ok := wanted(name, false)
		switch {
		case e.IsDir() && strings.HasPrefix(e.Name(), "."):
		case e.IsDir() && ok && rustsec:
			w.failed(name, errors.New("is a folder"))
		case e.IsDir() && depth < maxDepth:
			w.below(name, depth+1)
		case ok:
			f, err := stat(w.root, name, e)
			if err != nil {
				w.failed(name, err)
				continue
			}
			f.rustsec = rustsec
			files = append(files, f)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.out.files) <= maxFiles {
		w.out.files = append(w.out.files, files...)
	}
	return nil
}

func (w *walker) below(dir string, depth int) {
	select {
	case w.busy <- struct{}{}:
		w.wait.Go(func() {
			defer func() { <-w.busy }()
			_ = w.folder(dir, depth)
		})
	default:
		_ = w.folder(dir, depth)
	}
}

func (w *walker) failed(name string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.problem(name, err)
}

// stat describes a file; what is not a regular one is refused, a link's target too.
func stat(root, name string, e fs.DirEntry) (file, error) {
	info, err := e.Info()
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		info, err = os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	}
	if err != nil {
		return file{}, err
	}
	if !info.Mode().IsRegular() {
		return file{}, errors.New("is no regular file")
	}
	return file{name: name, size: info.Size(), changed: info.ModTime().UnixNano()}, nil
}

// read returns the text of a file.
func (f *file) read(root string) ([]byte, error) {
	most := int64(maxOSV)
	if f.rustsec {
		most = maxRustSec
	}
	if f.size > most {
		return nil, fmt.Errorf("is too large: %d bytes, an advisory has at most %d", f.size, most)
	}
	if f.text != nil {
		return f.text, nil
	}
	r, err := os.Open(filepath.Join(root, filepath.FromSlash(f.name)))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text := make([]byte, 0, f.size+1)
	for { // os.ReadFile asks for the size once more
		n, err := r.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		switch {
		case err == io.EOF:
			return text, nil
		case err != nil:
			return nil, err
		case int64(len(text)) > most:
			return nil, errors.New("grows while it is read")
		case len(text) == cap(text):
			text = slices.Grow(text, len(text)+512)
		}
	}
}

// listSingle is one file that holds one advisory.
func listSingle(name string, info fs.FileInfo) (*listing, error) {
	base := filepath.Base(name)
	rustsec, ok := wanted(base, true)
	if !ok {
		return nil, fmt.Errorf("%s is no database of advisories: it must be a folder, an archive (.tar.gz, .zip), or an advisory (.md, .json)", name)
	}
	return &listing{files: []file{{name: base, size: info.Size(), changed: info.ModTime().UnixNano(), rustsec: rustsec}}}, nil
}

// isArchive goes by the name.
func isArchive(name string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{".tar.gz", ".tgz", ".tar", ".zip"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// listArchive reads all advisories of an archive into memory. Nothing is written, so
// no name of an entry can lead anywhere.
func listArchive(name string) (*listing, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	u := &unpacker{}
	if strings.HasSuffix(strings.ToLower(name), ".zip") {
		err = u.zip(f)
	} else {
		err = u.tar(f, !strings.HasSuffix(strings.ToLower(name), ".tar"))
	}
	switch {
	case err != nil && len(u.out.files) == 0:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case err != nil: // cut off: what stands before it counts
		u.out.problem(filepath.Base(name), err)
	}
	u.out.sort()
	return &u.out, nil
}

type unpacker struct {
	out   listing
	total int64
}

func (u *unpacker) tar(r io.Reader, packed bool) error {
	if packed {
		z, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		defer z.Close()
		r = z
	}
	counted := &io.LimitedReader{R: r, N: maxUnpacked + 1}
	t := tar.NewReader(counted)
	for {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return nil
		case counted.N <= 0:
			return errTooLarge
		case err != nil:
			return err
		case h.Typeflag == tar.TypeXGlobalHeader:
			u.out.commit = commitOr(h.PAXRecords["comment"])
			continue
		case h.Typeflag != tar.TypeReg:
			continue
		}
		if err := u.add(h.Name, h.Size, h.ModTime, t); err != nil {
			return err
		}
	}
}

var errTooLarge = fmt.Errorf("it holds more than %d MiB", maxUnpacked>>20)

func (u *unpacker) zip(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return err
	}
	u.out.commit = commitOr(z.Comment)
	for _, e := range z.File {
		if !e.Mode().IsRegular() {
			continue
		}
		if err := u.zipped(e); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) zipped(e *zip.File) error {
	r, err := e.Open()
	if err != nil {
		u.out.problem(e.Name, err)
		return nil
	}
	defer r.Close()
	return u.add(e.Name, int64(min(e.UncompressedSize64, 1<<40)), e.Modified, r)
}

// add keeps an entry. A size that is too large is kept without the text: reading it
// says so.
func (u *unpacker) add(name string, size int64, changed time.Time, r io.Reader) error {
	name = strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, "\\", "/")), "/")
	rustsec, ok := wanted(name, false)
	if !ok {
		return nil
	}
	f := file{name: name, size: size, rustsec: rustsec}
	if size <= maxOSV {
		text, err := io.ReadAll(io.LimitReader(r, maxOSV+1))
		if err != nil {
			u.out.problem(name, err)
			return nil
		}
		f.text, f.size = text, int64(len(text))
		if f.text == nil {
			f.text = []byte{}
		}
	}
	if u.total += f.size; u.total > maxUnpacked {
		return errTooLarge
	}
	if len(u.out.files) >= maxFiles {
		return fmt.Errorf("it holds more than %d files", maxFiles)
	}
	if changed.After(u.out.newest) {
		u.out.newest = changed
	}
	u.out.files = append(u.out.files, f)
	return nil
}
