package advisory

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"softshell/audit/version"
)

const keySize = sha256.Size

// indexMagic names the layout of an index.
const indexMagic = "softshell advisories 1\n"

// indexKept is how long an index that nobody reads stays.
const indexKept = 90 * 24 * time.Hour

// keyOf is a key of words.
func keyOf(words ...string) [keySize]byte {
	return sha256.Sum256([]byte(strings.Join(append(words, build()), "\x00")))
}

// build tells this program from others: an index holds what its own parsers made.
var build = sync.OnceValue(func() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(name)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano())
})

// indexPath is where the index of a source lies; "" without a cache.
func indexPath(cache, source string) string {
	if cache == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(source))
	return filepath.Join(cache, "advisory-index", hex.EncodeToString(sum[:8])+".idx")
}

// remember stores what was read. That it fails is no error: it is read again.
func (c *content) remember(index string, key [keySize]byte) {
	if index == "" || os.MkdirAll(filepath.Dir(index), 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(index), "*.tmp")
	if err != nil {
		return
	}
	e := &encoder{to: f}
	e.b = append(e.b, indexMagic...)
	e.b = append(e.b, key[:]...)
	e.content(c)
	e.flush()
	e.b = binary.LittleEndian.AppendUint32(e.b, e.sum)
	e.flush()
	if err = errors.Join(e.err, f.Close()); err == nil {
		err = os.Rename(f.Name(), index)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return
	}
	sweepIndexes(filepath.Dir(index))
}

// sweepIndexes removes the indexes that were not used for long.
func sweepIndexes(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > indexKept {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// recall reads an index; one that is damaged, or of other files, is none.
func (c *content) recall(index string, key [keySize]byte) bool {
	if index == "" {
		return false
	}
	f, err := os.Open(index)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(indexMagic)+keySize)
	if _, err := f.ReadAt(head, 0); err != nil || !bytes.HasPrefix(head, []byte(indexMagic)) || !bytes.Equal(head[len(indexMagic):], key[:]) {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Size() < int64(len(head))+4 {
		return false
	}
	var text strings.Builder // every string is a part of this one
	text.Grow(int(info.Size()))
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(io.MultiWriter(&text, sum), io.LimitReader(f, info.Size()-4)); err != nil {
		return false
	}
	tail := make([]byte, 4)
	if _, err := io.ReadFull(f, tail); err != nil || binary.LittleEndian.Uint32(tail) != sum.Sum32() {
		return false
	}
	d := &decoder{s: text.String(), at: len(head)}
	read := content{Source: c.Source}
	d.content(&read)
	if d.bad || d.at != len(d.s) {
		return false
	}
	*c = read
	if time.Since(info.ModTime()) > 24*time.Hour {
		now := time.Now()
		_ = os.Chtimes(index, now, now)
	}
	return true
}

// encoder writes lengths and numbers as varints, strings as they are.
type encoder struct {
	b   []byte // not written yet
	to  io.Writer
	sum uint32 // of what is written
	err error
}

// flush writes what there is.
func (e *encoder) flush() {
	if e.err == nil {
		_, e.err = e.to.Write(e.b)
	}
	e.sum = crc32.Update(e.sum, castagnoli, e.b)
	e.b = e.b[:0]
}

// flushAbove is how much is held back; a large database has a hundred times as much.
const flushAbove = 1 << 20

func (e *encoder) uint(n uint64)   { e.b = binary.AppendUvarint(e.b, n) }
func (e *encoder) string(s string) { e.uint(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) strings(l []string) {
	e.uint(uint64(len(l)))
	for _, s := range l {
		e.string(s)
	}
}

func (e *encoder) content(c *content) {
	e.string(c.Commit)
	e.string(c.Date)
	e.strings(c.notes)
	e.uint(uint64(len(c.problems)))
	for _, p := range c.problems {
		e.string(p.File)
		e.string(p.Err)
	}
	e.uint(uint64(len(c.all)))
	for _, a := range c.all {
		e.advisory(a)
		if len(e.b) > flushAbove {
			e.flush()
		}
	}
}

func (e *encoder) advisory(a *Advisory) {
	for _, s := range a.texts() {
		e.string(*s)
	}
	for _, l := range a.lists() {
		e.strings(*l)
	}
	e.uint(math.Float64bits(a.CVSS.Score))
	e.ranges(a.Affected)
	e.uint(uint64(len(a.Functions)))
	for _, f := range a.Functions {
		e.string(f.Path)
		e.strings(f.Versions)
		e.ranges(f.Ranges)
	}
}

func (e *encoder) ranges(rs version.Ranges) {
	e.uint(uint64(len(rs)))
	for _, r := range rs {
		var flags uint64
		for i, b := range []bool{r.HasLow, r.HasHigh, r.LowExclusive, r.HighInclusive} {
			if b {
				flags |= 1 << i
			}
		}
		e.uint(flags)
		e.version(r.Low)
		e.version(r.High)
	}
}

func (e *encoder) version(v version.Version) {
	e.uint(v.Major)
	e.uint(v.Minor)
	e.uint(v.Patch)
	e.string(v.Pre)
	e.string(v.Build)
}

// texts are the fields of an advisory that are one string, in the order of an index.
func (a *Advisory) texts() []*string {
	return []*string{&a.ID, &a.Package, &a.Collection, &a.Source, (*string)(&a.Kind), &a.Title, &a.Description,
		&a.Date, &a.URL, &a.Withdrawn, &a.License, &a.CVSS.Vector, &a.CVSS.Severity, &a.File}
}

// lists are those that are several.
func (a *Advisory) lists() []*[]string {
	return []*[]string{&a.Aliases, &a.Related, &a.References, &a.Categories, &a.Keywords, &a.Patched, &a.Unaffected, &a.Arch, &a.OS}
}

// decoder reads what an encoder wrote; bad is set at the first thing that cannot be.
type decoder struct {
	s   string
	at  int
	bad bool
}

func (d *decoder) uint() uint64 {
	var n uint64
	for shift := 0; shift < 64 && d.at < len(d.s); shift += 7 {
		c := d.s[d.at]
		d.at++
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	d.bad = true
	return 0
}

// count is a number of things that take a byte each at least.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.s)-d.at) {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *decoder) string() string {
	n := d.count()
	d.at += n
	return d.s[d.at-n : d.at]
}

func (d *decoder) strings() []string {
	n := d.count()
	if n == 0 {
		return nil
	}
	out := make([]string, 0, min(n, 1024))
	for range n {
		out = append(out, d.string())
	}
	return out
}

func (d *decoder) content(c *content) {
	c.Commit = d.string()
	c.Date = d.string()
	c.notes = d.strings()
	for range d.count() {
		c.problems = append(c.problems, Problem{File: d.string(), Err: d.string()})
	}
	n := d.count()
	c.all = make([]*Advisory, 0, min(n, 1<<20))
	for range n {
		if d.bad {
			return
		}
		c.all = append(c.all, d.advisory())
	}
}

func (d *decoder) advisory() *Advisory {
	a := &Advisory{}
	for _, s := range a.texts() {
		*s = d.string()
	}
	for _, l := range a.lists() {
		*l = d.strings()
	}
	a.CVSS.Score = math.Float64frombits(d.uint())
	a.Affected = d.ranges()
	for range d.count() {
		a.Functions = append(a.Functions, Function{Path: d.string(), Versions: d.strings(), Ranges: d.ranges()})
	}
	return a
}

func (d *decoder) ranges() version.Ranges {
	var out version.Ranges
	for range d.count() {
		flags := d.uint()
		r := version.Range{HasLow: flags&1 != 0, HasHigh: flags&2 != 0, LowExclusive: flags&4 != 0, HighInclusive: flags&8 != 0}
		r.Low, r.High = d.version(), d.version()
		out = append(out, r)
	}
	return out
}

func (d *decoder) version() version.Version {
	return version.Version{Major: d.uint(), Minor: d.uint(), Patch: d.uint(), Pre: d.string(), Build: d.string()}
}
