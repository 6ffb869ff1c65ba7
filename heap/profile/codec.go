package profile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"
)

// coder moves values between the fields of a Profile and the bytes of a section,
// in the direction that writing says. The same functions describe a section both
// ways, so that what is written and what is read cannot differ.
type coder struct {
	writing bool
	buf     []byte // what was written, or what is left to read
	names   *names
	budget  *int64 // bytes of memory that slices may still take
	err     error
}

// errShort is met where a section ends inside of a value.
var errShort = errors.New("a section ends too early")

// names is the table of strings, each of them once; number 0 is "".
type names struct {
	list  []string
	index map[string]uint64
}

func newNames() *names {
	return &names{list: []string{""}, index: map[string]uint64{"": 0}}
}

func (n *names) number(s string) uint64 {
	i, ok := n.index[s]
	if !ok {
		i = uint64(len(n.list))
		n.list = append(n.list, s)
		n.index[s] = i
	}
	return i
}

func (c *coder) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.buf = nil
}

// absent reports whether a section that is read has ended: an older file has
// fewer columns, and what it lacks is zero.
func (c *coder) absent() bool { return !c.writing && len(c.buf) == 0 }

func (c *coder) putUint(v uint64) { c.buf = binary.AppendUvarint(c.buf, v) }

func (c *coder) getUint() uint64 {
	v, n := binary.Uvarint(c.buf)
	if n <= 0 {
		c.fail(errShort)
		return 0
	}
	c.buf = c.buf[n:]
	return v
}

func (c *coder) putInt(v int64) { c.putUint(uint64(v)<<1 ^ uint64(v>>63)) }

func (c *coder) getInt() int64 {
	v := c.getUint()
	return int64(v>>1) ^ -int64(v&1)
}

// integer is any field that is a number. All of them are written as signed ones.
type integer interface {
	~int | ~int32 | ~int64 | ~uint8 | ~uint64
}

// number codes one number.
func number[N integer](c *coder, v *N) {
	if c.writing {
		c.putInt(int64(*v))
	} else if !c.absent() {
		c.set(func(got int64) bool { *v = N(got); return int64(*v) == got })
	}
}

// set reads a number and fails when it does not fit its field.
func (c *coder) set(into func(int64) bool) {
	if got := c.getInt(); c.err == nil && !into(got) {
		c.fail(fmt.Errorf("%d is out of range", got))
	}
}

// truth codes a bool.
func truth(c *coder, v *bool) {
	var n uint8
	if *v {
		n = 1
	}
	number(c, &n)
	*v = n == 1
}

// text codes a string as its number in the table.
func text(c *coder, s *string) {
	if c.writing {
		c.putUint(c.names.number(*s))
		return
	}
	if c.absent() {
		return
	}
	i := c.getUint()
	if i >= uint64(len(c.names.list)) {
		c.fail(fmt.Errorf("there is no string %d", i))
		return
	}
	*s = c.names.list[i]
}

// length codes how many elements a slice has, and makes them when reading. Each
// element has a byte at least in the column that follows.
func length[T any](c *coder, s *[]T) {
	if c.writing {
		c.putUint(uint64(len(*s)))
	} else if !c.absent() {
		*s = allocate[T](c, c.getUint())
	}
}

func allocate[T any](c *coder, n uint64) []T {
	var one T
	size := int64(unsafe.Sizeof(one))
	switch {
	case n == 0 || c.err != nil:
		return nil
	case n > uint64(len(c.buf)):
		c.fail(errShort)
		return nil
	case int64(n)*size > *c.budget:
		c.fail(errors.New("it would take too much memory"))
		return nil
	}
	*c.budget -= int64(n) * size
	return make([]T, n)
}

// column codes one field of all elements.
func column[T any, N integer](c *coder, s []T, field func(*T) *N) {
	if c.absent() {
		return
	}
	for i := range s {
		number(c, field(&s[i]))
	}
}

// deltas codes a field that grows, as differences. They may wrap around.
func deltas[T any, N integer](c *coder, s []T, field func(*T) *N) {
	if c.absent() {
		return
	}
	last := int64(0)
	for i := range s {
		v := field(&s[i])
		if c.writing {
			c.putInt(int64(*v) - last)
			last = int64(*v)
			continue
		}
		c.set(func(d int64) bool { last += d; *v = N(last); return int64(*v) == last })
	}
}

// texts codes a field that is a string.
func texts[T any](c *coder, s []T, field func(*T) *string) {
	if c.absent() {
		return
	}
	for i := range s {
		text(c, field(&s[i]))
	}
}

// truths codes a field that is a bool.
func truths[T any](c *coder, s []T, field func(*T) *bool) {
	if c.absent() {
		return
	}
	for i := range s {
		truth(c, field(&s[i]))
	}
}

// lists codes a field that is a slice: the lengths of all, then all elements one
// behind the other, which each codes as a slice of its own.
func lists[T, E any](c *coder, s []T, field func(*T) *[]E, each func(*coder, []E)) {
	if c.absent() {
		return
	}
	if c.writing {
		var all []E
		for i := range s {
			l := *field(&s[i])
			c.putUint(uint64(len(l)))
			all = append(all, l...)
		}
		each(c, all)
		return
	}
	sizes := make([]uint64, 0, min(len(s), len(c.buf)))
	total := uint64(0)
	for range s {
		n := c.getUint()
		if total += n; c.err == nil && (n > uint64(len(c.buf)) || total > uint64(len(c.buf))) {
			c.fail(errShort)
		}
		if c.err != nil {
			return
		}
		sizes = append(sizes, n)
	}
	all := allocate[E](c, total)
	each(c, all)
	if c.err != nil {
		return
	}
	for i := range s {
		if n := sizes[i]; n > 0 {
			*field(&s[i]), all = all[:n:n], all[n:]
		}
	}
}

// self gives an element of a slice of plain values as the field to code.
func self[T any](v *T) *T { return v }
