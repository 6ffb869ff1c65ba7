package mir

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"unsafe"
)

// Reader reads the items of one MIR text one after the other. It holds one
// item's text at a time, so that its memory follows the largest item and what
// is interned, not the text.
type Reader struct {
	in    *bufio.Reader
	names *names
	stats Stats
	line  int32
	at    int64 // where the line last read starts
	lead  []string
	buf   []byte
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
	return &Reader{in: bufio.NewReaderSize(r, 1<<16), names: newNames(), stats: Stats{Unsupported: map[string]int{}}}
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
		line, err := r.readLine()
		if err != nil {
			r.err = err
			r.in, r.buf, r.body = nil, nil, bodyReader{}
			return nil, err
		}
		if line == "" || strings.HasPrefix(line, "//") {
			r.addLead(line)
			continue
		}
		return r.item(line)
	}
}

func (r *Reader) addLead(line string) {
	if line == "" && r.lead == nil {
		r.lead = oneBlank[:1:1]
		return
	}
	r.lead = append(r.lead, r.names.word(line))
}

// readLine returns the next line without its end. The string is good until the next call.
func (r *Reader) readLine() (string, error) {
	r.buf = r.buf[:0]
	err := r.appendLine()
	return string(r.buf), err
}

// appendLine appends the next line to buf; io.EOF only when nothing is left.
func (r *Reader) appendLine() error {
	got := false
	for {
		part, err := r.in.ReadSlice('\n')
		got = got || len(part) > 0
		r.buf = append(r.buf, part...)
		r.stats.BytesRead += int64(len(part))
		switch {
		case err == nil:
			r.buf = r.buf[:len(r.buf)-1]
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF && got:
		default:
			return err
		}
		r.line++
		return nil
	}
}

// item reads the item that starts with the line in buf.
func (r *Reader) item(head string) (Item, error) {
	start := r.line
	closed := true
	if strings.HasSuffix(head, ";") {
		if b, ok := r.value(head); ok {
			return b, nil
		}
	}
	if strings.HasSuffix(head, "{") {
		closed = false
		for !closed {
			r.buf = append(r.buf, '\n')
			from := len(r.buf)
			if err := r.appendLine(); err == io.EOF {
				r.buf = r.buf[:from-1]
				break
			} else if err != nil {
				r.err = err
				return nil, err
			}
			closed = string(r.buf[from:]) == "}"
		}
	}
	text := unsafe.String(unsafe.SliceData(r.buf), len(r.buf)) // until the next line is read: what stays is cloned
	if cap(r.buf) > 1<<22 {                                    // one huge item must not hold its memory to the end
		defer func() { r.buf = nil }()
	}
	if closed && strings.HasPrefix(head, "alloc") {
		if name, _, ok := strings.Cut(head, " "); ok && isName(name) {
			return &Alloc{Line: start, Lead: r.lead, Name: r.names.word(name), Text: strings.Clone(text)}, nil
		}
	}
	r.stats.Bodies++
	b := &Body{Line: start, At: r.at, Size: r.stats.BytesRead - r.at, Lead: r.lead}
	r.body = bodyReader{n: r.names, stats: &r.stats, lean: r.Lean && !r.Verify, b: b, text: text, line: start - 1, open: r.body.open[:0], stmts: r.body.stmts[:0]}
	understood := closed && r.body.read()
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
			return &Unsupported{Line: start, Lead: r.lead, Text: plain}, nil
		}
		b.Broken, b.Verbatim = true, plain
		r.stats.count("body that ends or is laid out in another way")
	}
	if !b.Broken {
		r.stats.Parsed++
	}
	return b, nil
}

// Again reads the body whose head Next gave once more, from its text alone. It
// interns with what Next read, so that equal types are the same node. It must
// not run at the same time as another call of the Reader and keeps nothing of
// text; nil says that it is the text of another body.
func (r *Reader) Again(head *Body, text string) *Body {
	b := &Body{Line: head.Line, At: head.At, Size: head.Size}
	read := bodyReader{n: r.names, stats: &Stats{}, lean: r.Lean && !r.Verify, b: b, text: strings.TrimSuffix(text, "\n"), line: head.Line - 1}
	if !read.read() || b.Broken || b.Name != head.Name {
		return nil
	}
	return b
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
	r.body = bodyReader{n: r.names, stats: &r.stats, b: b, open: r.body.open[:0], stmts: r.body.stmts[:0]}
	if !r.body.header(frame + " = {") {
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
