package graph

// edge is a pointer in a live block, or in a root, to a live block.
type edge struct {
	src  int32  // a block; -1 is a root
	dst  int32  // a block
	word uint32 // of the source that holds the pointer
	into uint32 // bytes into the target, at most far
	mark mark
}

const far = 1<<32 - 1

// mark is what the words around a pointer say of it.
type mark uint16

const (
	// start: it points to the first byte, as each handle of a count does.
	start mark = 1 << iota
	// waker: it stands beside a table of four functions, as the pointer to a
	// counted value does that a std::task::Waker holds.
	waker
	// loose: it points to where a counted value may begin. Arc::into_raw makes
	// such a handle; a borrow of the value looks the same.
	loose
	// vec: it stands between a capacity that divides the block and a length.
	vec
	// table: it is the control pointer of a hash table of the block's size.
	table
	// boxed: it stands before a vtable of a type of the block's size.
	boxed
	// rcDyn: it stands before a vtable of a type that with two counts has the
	// block's size.
	rcDyn
	// doubt: it is spare if what owns the buffer is a ring and not a Vec.
	doubt
	// spare: it stands behind the length of a buffer, or in an empty bucket.
	spare
	// again: an earlier word of the source points to the start of the target too.
	again
	// soft: debug information shows that it does not keep its target alive.
	soft
)

const (
	// owner: what it points to is held by this pointer alone.
	owner = vec | table | boxed
	// handle: it may be counted by the target.
	handle = start | waker | loose
)

func (m mark) is(any mark) bool { return m&any != 0 }
