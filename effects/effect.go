package effects

// ArgOp is what a call does with one argument.
type ArgOp uint8

// The operations on an argument. "Disown" is where a resource is born: the
// value's ownership leaves the compiler's sight.
const (
	Borrow  ArgOp = iota // looks at it; ownership stays where it is
	Disown               // takes the value; its destructor will not run
	Reclaim              // takes a raw owner back into an owned value
	Free                 // releases what it points at
	Drop                 // runs the value's destructor
	Move                 // moves it into the result
	Store                // moves it into what another argument points at
	Escape               // hands it to code out of sight, for good
	MoveOut              // reads the value out from behind the pointer (ptr::read)
	Unknown              // anything may happen
)

var argOps = map[string]ArgOp{
	"borrow": Borrow, "disown": Disown, "reclaim": Reclaim, "free": Free, "drop": Drop,
	"move": Move, "store": Store, "escape": Escape, "moveout": MoveOut, "unknown": Unknown,
}

// Arg is the effect on one argument.
type Arg struct {
	Op ArgOp
	In int // Store: the argument whose pointee receives it
}

// RetOp is what a call's result holds of an argument.
type RetOp uint8

// The relations of a result to an argument.
const (
	RetValue   RetOp = iota // the argument's value itself, perhaps wrapped or converted
	RetOwner                // a pointer that now owns the argument's resource
	RetDerived              // a pointer into it, which owns nothing
	RetClone                // a further strong handle to the same object
	RetWeak                 // a weak handle
	RetOld                  // what the argument's pointee held before the call
	RetLoad                 // what the argument's pointee holds, moved out of a collection
	RetFresh                // a resource made by the call
	RetShared               // a new shared object (Rc::new) that holds the argument
)

var retOps = map[string]RetOp{
	"value": RetValue, "owner": RetOwner, "derived": RetDerived, "clone": RetClone, "weak": RetWeak,
	"old": RetOld, "load": RetLoad, "fresh": RetFresh, "shared": RetShared,
}

// Ret is one relation of the result.
type Ret struct {
	Op   RetOp
	Arg  int    // which argument; unused for RetFresh
	Kind string // RetFresh: "heap", "fd", ...
	// In is the variant whose field 0 holds it ("Some", "Ok"), or "".
	In string
	// Unless is the argument, counted from 1, that must be null for the result
	// to be fresh: otherwise the call uses the caller's memory. 0 is none.
	Unless int
	// From, when set, says that only what field 0 of this variant of the argument
	// holds goes into the result.
	From string
}

// Tri is a three-valued truth.
type Tri uint8

// The values of Tri.
const (
	Maybe Tri = iota
	No
	Yes
)

// Effect is the model of one function.
type Effect struct {
	Name     string
	Args     []Arg
	Rest     Arg // for arguments beyond Args
	Ret      []Ret
	Unwinds  Tri    // may it panic of itself
	Diverges bool   // ends the process or never returns
	NullTest bool   // the result says whether argument 0 is null
	Clears   bool   // empties what argument 0 points at (Option::take, Vec::clear)
	Policy   string // "leak" for functions whose purpose is a leak; "" otherwise
	Releases string // words for people: how a resource made here is released
	// Allocator names whose memory is made or released here: "Rust", "C",
	// "sqlite3"; "" when it is none's or any's.
	Allocator string
	// Threads says of a C function why two threads must not call it at once:
	// "process" for state that all threads share, "handle" for state behind its
	// first argument, "main" for what one thread alone may call; "" otherwise.
	Threads string
}

// Arg returns the effect on argument i.
func (e *Effect) Arg(i int) Arg {
	if i < len(e.Args) {
		return e.Args[i]
	}
	return e.Rest
}
