package mir

import (
	"bytes"
	"io"
	"strings"
	"unsafe"
)

// Reader reads the items of one MIR text one after the other. It holds one
// item's text at a time, so that its memory follows the largest item and what
// is interned, not the text.
type Reader struct {
	in    io.Reader
	names *names
	stats Stats
	line  int32
	at    int64 // where the line last read starts
	lead  []string
	buf   []byte // the text from `from` to `end` is read and not taken
	from  int
	end   int
	body  bodyReader
	err   error
	// Verify makes Next print each body and compare: one that does not give its
	// text back counts as not understood. It costs half as much time again.
	Verify bool
	// Lean makes Next and Again leave out StorageLive statements, one statement
	// in four, which say nothing of values. Such a body does not give its text back.
	Lean bool
}

// NewReader returns a Reader over the text that r gives.
func NewReader(r io.Reader) *Reader {
	return &Reader{in: r, names: newNames(usual), stats: Stats{Unsupported: map[string]int{}}}
}

// Sources lists the source files that spans name so far; the first is "".
func (r *Reader) Sources() []string { return r.names.list }

// Stats counts what was met so far.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.Types = len(r.names.types)
	return s
}

// Tail is the text's last lines when they belong to no item; it is complete
// when Next has returned io.EOF.
func (r *Reader) Tail() []string { return r.lead }

// oneBlank is what stands between two items.
var oneBlank = []string{""}

// Next returns the next item, or io.EOF at the end, or the error of the
// underlying reader. What is not understood is an *Unsupported and no error.
func (r *Reader) Next() (Item, error) {
	if r.err != nil {
		return nil, r.err
	}
	r.lead = nil
	for {
		r.at = r.stats.BytesRead
		end, next, err := r.lineAt(0)
		if err != nil {
			return nil, r.fail(err)
		}
		if line := r.buf[r.from : r.from+end]; end == 0 || bytes.HasPrefix(line, []byte("//")) {
			r.addLead(r.take(next)[:end])
			continue
		}
		return r.item(end, next)
	}
}

func (r *Reader) fail(err error) error {
	r.err = err
	r.in, r.buf, r.body = nil, nil, bodyReader{}
	return err
}

func (r *Reader) addLead(line string) {
	if line == "" && r.lead == nil {
		r.lead = oneBlank[:1:1]
		return
	}
	r.lead = append(r.lead, r.names.word(line))
}

// lineAt returns the end of the line that starts at buf[r.from+at:], and where
// the next one starts, both from r.from on; io.EOF when nothing is there.
func (r *Reader) lineAt(at int) (end, next int, err error) {
	for seen := at; ; {
		if i := bytes.IndexByte(r.buf[r.from+seen:r.end], '\n'); i >= 0 {
			return seen + i, seen + i + 1, nil
		}
		seen = r.end - r.from
		if err := r.fill(); err == io.EOF && seen > at {
			return seen, seen, nil
		} else if err != nil {
			return 0, 0, err
		}
	}
}

// closed returns the end of the item whose first line ends at r.from+at, and
// where the next line starts; ok is false when the text ends before it.
func (r *Reader) closed(at int) (end, next int, ok bool, err error) {
	for seen := at; ; {
		left := r.buf[r.from+seen : r.end]
		// Brackets are much rarer than line ends.
		if i := bytes.IndexByte(left, '}'); i >= 0 && i+1 < len(left) {
			if seen += i + 1; left[i+1] == '\n' && r.buf[r.from+seen-2] == '\n' {
				return seen, seen + 1, true, nil
			}
			continue
		}
		err := r.fill()
		if err == nil {
			continue
		}
		all := r.end - r.from
		if err != io.EOF {
			return 0, 0, false, err
		}
		if bytes.HasSuffix(r.buf[r.from+seen:r.end], []byte("\n}")) {
			return all, all, true, nil
		}
		end := all
		if r.buf[r.from+all-1] == '\n' {
			end--
		}
		return end, all, false, nil
	}
}

// fill reads more text; io.EOF when there is none. What was read and is not
// taken moves to the front.
func (r *Reader) fill() error {
	left := r.end - r.from
	switch {
	case cap(r.buf) > hugeItem && left < cap(r.buf)/4: // one huge item must not hold its memory to the end
		r.buf = append(make([]byte, 0, max(2*left, window)), r.buf[r.from:r.end]...)
	case r.from > 0:
		copy(r.buf[:cap(r.buf)], r.buf[r.from:r.end])
	}
	r.from, r.end, r.buf = 0, left, r.buf[:cap(r.buf)]
	if left == len(r.buf) {
		r.buf = append(r.buf, make([]byte, max(len(r.buf), window))...)
		r.buf = r.buf[:cap(r.buf)]
	}
	for range 100 {
		n, err := r.in.Read(r.buf[r.end:])
		r.end += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

const (
	window   = 1 << 17 // what is read at once
	hugeItem = 1 << 22
)

// take goes past n bytes of the text and returns them; they are good until the
// next call of fill.
func (r *Reader) take(n int) string {
	text := r.buf[r.from : r.from+n]
	r.from += n
	r.stats.BytesRead += int64(n)
	r.line += int32(bytes.Count(text, []byte{'\n'}))
	if n > 0 && text[n-1] != '\n' { // the last line of the text
		r.line++
	}
	return unsafe.String(unsafe.SliceData(text), n)
}

// item reads the item whose first line ends at r.from+end; next is where the
// line behind it starts.
func (r *Reader) item(end, next int) (Item, error) {
	head, closed := end, true
	if r.buf[r.from+end-1] == '{' {
		var err error
		if end, next, closed, err = r.closed(end); err != nil {
			return nil, r.fail(err)
		}
	}
	start := r.line + 1
	text := r.take(next)[:end] // what stays of it is cloned
	return r.read(start, text[:head], text, closed), nil
}

// read makes an item of its text, which starts in line start with head.
func (r *Reader) read(start int32, head, text string, closed bool) Item {
	if strings.HasSuffix(head, ";") {
		if b, ok := r.value(head); ok {
			return b
		}
	}
	if closed && strings.HasPrefix(head, "alloc") {
		if name, _, ok := strings.Cut(head, " "); ok && isName(name) {
			return &Alloc{Line: start, Lead: r.lead, Name: r.names.word(name), Text: strings.Clone(text)}
		}
	}
	r.stats.Bodies++
	b := &Body{Line: start, At: r.at, Size: r.stats.BytesRead - r.at, Lead: r.lead}
	r.start(b, text, &r.stats)
	understood := closed && r.body.read()
	r.body.keep()
	plain := ""
	if !understood || r.Verify {
		plain = strings.TrimSuffix(WithoutConstComments(text+"\n"), "\n") // a copy
	}
	if understood && r.Verify && !prints(b, r.names.list, plain) {
		understood = false
	}
	if !understood {
		if b.Name == "" {
			r.stats.count(head)
			return &Unsupported{Line: start, Lead: r.lead, Text: plain}
		}
		b.Broken, b.Verbatim = true, plain
		r.stats.count("body that ends or is laid out in another way")
	}
	if !b.Broken {
		r.stats.Parsed++
	}
	return b
}

// Again reads the body whose head Next gave once more, from its text alone. It
// interns with what Next read, so that equal types are the same node. It must
// not run at the same time as another call of the Reader and keeps nothing of
// text; nil says that it is the text of another body.
func (r *Reader) Again(head *Body, text string) *Body {
	b := &Body{Line: head.Line, At: head.At, Size: head.Size}
	r.start(b, strings.TrimSuffix(text, "\n"), &Stats{})
	understood := r.body.read()
	r.body.keep()
	if !understood || b.Broken || b.Name != head.Name {
		return nil
	}
	return b
}

// start makes the Reader's body ready to read b.
func (r *Reader) start(b *Body, text string, stats *Stats) {
	r.body = bodyReader{n: r.names, stats: stats, lean: r.Lean && !r.Verify, b: b, text: text, line: b.Line - 1, open: r.body.open[:0], room: r.body.room}
	b.Locals, b.Debug = r.body.locals[:0], r.body.infos[:0]
}

// Forget drops what was interned but types: it may be called
// between two bodies, and costs what is interned again.
func (r *Reader) Forget() { r.names.forget() }

// ForgetAll drops the types too: what is read from now on does not share
// nodes with what was read before.
func (r *Reader) ForgetAll() {
	r.names.forget()
	r.names.types = map[string]*Type{}
}

// value reads `const N: usize = const 5_usize;`: a constant without blocks.
func (r *Reader) value(line string) (*Body, bool) {
	frame, text, ok := strings.Cut(strings.TrimSuffix(line, ";"), " = const ")
	if !ok || text == "" {
		return nil, false
	}
	b := &Body{Line: r.line, At: r.at, Size: r.stats.BytesRead - r.at, Lead: r.lead}
	r.start(b, "", &r.stats)
	understood := r.body.header(frame + " = {")
	r.body.keep()
	if !understood {
		return nil, false
	}
	b.Value = r.names.constant(text, false)
	if r.Verify && !prints(b, r.names.list, line) {
		return nil, false
	}
	r.stats.Bodies++
	r.stats.Parsed++
	return b, true
}

// prints reports whether the body prints as text, which has no line above it.
func prints(b *Body, sources []string, text string) bool {
	p := &printer{sources: sources}
	p.body(b)
	p.buf.Truncate(max(p.buf.Len()-1, 0))
	return p.buf.String() == text
}

// Parse reads a whole text and verifies each body. It never fails: what is not
// understood is kept as Unsupported nodes and counted.
func Parse(src string) *File {
	r := NewReader(strings.NewReader(src))
	r.Verify = true
	f := &File{}
	for {
		it, err := r.Next()
		if err != nil { // io.EOF: a strings.Reader gives no other
			break
		}
		f.Items = append(f.Items, it)
	}
	f.Tail, f.Sources, f.Stats = r.Tail(), r.Sources(), r.Stats()
	f.NoNewline = src != "" && !strings.HasSuffix(src, "\n")
	return f
}
