package mir

import "slices"

// BodyKind says which MIR item a Body was printed for.
type BodyKind uint8

// The kinds of item that rustc prints with a body.
const (
	FnBody BodyKind = iota
	ConstBody
	StaticBody
	PromotedBody
)

// Span is a range in the Rust source, as `-Zmir-include-spans` prints it.
// A nil Span means that the text carried none. File is an index into
// File.Sources (so that a span stays small); lines and columns count from 1.
// Scope is the number of the source scope in which a statement stands.
type Span struct {
	File          uint32
	Line, EndLine uint32
	Col, EndCol   uint32
	Scope         uint32
}

// IsZero reports whether there is no place: the text carried none, or says that
// rustc made the code up.
func (s *Span) IsZero() bool { return s == nil || s.Line == 0 }

// File is one MIR text: what rustc's --emit=mir wrote for one crate.
type File struct {
	Items   []Item   // in the order of the text
	Sources []string // source files named by spans; Sources[0] is "" (no file)
	Tail    []string // lines behind the last item
	// NoNewline is set when the text's last line has no line end.
	NoNewline bool
	Stats     Stats
}

// Item is a *Body, an *Alloc or an *Unsupported at the top level of a File.
type Item interface{ item() }

// Stats counts what the parser met.
type Stats struct {
	Bodies      int            // bodies seen
	Parsed      int            // of these, bodies without any Unsupported node
	Unsupported map[string]int // construct (its first words) -> count
	Types       int            // distinct types met
	BytesRead   int64
}

// Alloc is a constant allocation dump: `alloc2 (size: 10, align: 1) { hex }`.
// The text is kept as it stands; nothing analyses it.
type Alloc struct {
	Line int32    // in the MIR text, from 1
	Lead []string // empty and comment lines above
	Name string   // "alloc2"
	Text string   // the whole item, verbatim
}

// Unsupported is a construct that this parser does not know. Its text is kept
// verbatim, so printing is still exact; it is counted in Stats.
type Unsupported struct {
	Line int32 // in the MIR text, from 1
	Lead []string
	Text string
}

func (*Body) item()        {}
func (*Alloc) item()       {}
func (*Unsupported) item() {}

// Body is one function, const, static or promoted with its blocks.
type Body struct {
	Line   int32 // in the MIR text, from 1
	At     int64 // in the MIR text, in bytes; what stands in Lead is before it
	Size   int64 // bytes of the MIR text from At on, line end included
	Kind   BodyKind
	Name   string   // as printed: `<impl at src/lib.rs:7:1: 7:26>::drop`, `m::f::{closure#0}`, `promoted[0] in f`
	Const  bool     // printed as `const fn`
	Mut    bool     // `static mut`
	Bare   bool     // printed without a keyword: inline constants, `promoted[0] in f` of older rustc
	Lead   []string // empty and comment lines above, such as `// MIR FOR CTFE`
	Params []int32  // local numbers, in order (usually 1..n)
	Ret    *Type
	Locals []Local // index is the local's number; Locals[0] is the return place
	Debug  []DebugInfo
	Scopes []Scope // nested `scope N { ... }` as printed, outer before inner
	Blocks []Block // index is the block's number
	// Value is set for `const N: T = const V;`, which has no blocks.
	Value *Const
	// Spans is set when the text carried spans.
	Spans bool
	// Broken is set when any node inside is Unsupported.
	Broken bool
	// Verbatim holds the whole text when the body's frame (its header,
	// declarations or the order of blocks) is not understood; the nodes then
	// hold what was read before that point.
	Verbatim string
}

// ForCTFE reports whether the body is the form of a `const fn` that constants are
// evaluated with. The form that runs is printed before it.
func (b *Body) ForCTFE() bool { return slices.Contains(b.Lead, "// MIR FOR CTFE") }

// Head returns what a caller sees of a body: its name, parameters, return type
// and the names of its parameters. Locals end with the last parameter; scopes,
// blocks and the text are left out.
func (b *Body) Head() *Body {
	h := *b
	h.Lead, h.Scopes, h.Blocks, h.Verbatim, h.Debug = nil, nil, nil, "", nil
	last := int32(0)
	for _, p := range b.Params {
		last = max(last, p)
	}
	h.Locals = append([]Local(nil), b.Locals[:min(int(last)+1, len(b.Locals))]...)
	for i := range h.Locals {
		if sp := h.Locals[i].Span; sp != nil { // a copy: it must not hold its neighbours
			own := *sp
			h.Locals[i].Span = &own
		}
	}
	for i := range b.Debug {
		if d := &b.Debug[i]; d.Place != nil && len(d.Place.Proj) == 0 && d.Place.Local <= last {
			h.Debug = append(h.Debug, *d)
		}
	}
	return &h
}

// Local is one local variable of a body.
type Local struct {
	Type *Type
	Mut  bool
	// Declared is set for numbers that a `let` declares: all but parameters.
	Declared bool
	Scope    int32 // number of the scope block whose `let` declares it; 0 for the body itself
	Span     *Span
}

// DebugInfo is `debug NAME => VALUE;`.
type DebugInfo struct {
	Name  string
	Place *Place // when the value is a place
	Const *Const // when it is a constant
	Text  string // the value verbatim when it is neither (composite, fragments)
	Scope int32
	Span  *Span
}

// Scope is one `scope N { ... }` of the declarations. Parent is the number of
// the scope around it, 0 for the body itself. What stands in a scope is found
// by the Scope of locals and debug infos.
type Scope struct {
	Number int32
	Parent int32
}

// Block is one basic block.
type Block struct {
	Cleanup bool
	Stmts   []Stmt
	Term    Terminator
}

// StmtKind tells the statements apart.
type StmtKind uint8

// The statements of MIR after drop elaboration.
const (
	StmtUnsupported StmtKind = iota
	Assign                   // Place = Rvalue
	SetDiscriminant          // discriminant(Place) = N
	StorageLive              // Place.Local
	StorageDead              // Place.Local
	Deinit
	Retag
	PlaceMention
	FakeRead
	AscribeType
	Coverage
	ConstEvalCounter
	Nop
	Intrinsic // copy_nonoverlapping(dst = .., src = .., count = ..), assume(..)
	BackwardIncompatibleDropHint
)

// Stmt is one statement. Which fields are set depends on Kind.
type Stmt struct {
	Kind    StmtKind
	Line    int32 // in the MIR text
	Variant int32 // SetDiscriminant
	Place   Place
	// Rvalue is the right side of an Assign. An Intrinsic has its name in Op,
	// its operands in Args and their names in Names. Kinds that keep text
	// (Unsupported, Retag, FakeRead, AscribeType, Coverage, ...) have it in Text.
	Rvalue *Rvalue
	Span   *Span
}

// Place is a local with projections, innermost first: `((*_1).0: T)` is
// Local 1, Proj [Deref, Field 0].
type Place struct {
	Local int32
	Proj  []Proj
}

// ProjKind tells the projections apart.
type ProjKind uint8

// The projections of a place.
const (
	ProjUnsupported ProjKind = iota
	Deref                    // (*P)
	Field                    // (P.N: Type)
	Index                    // P[_N]
	ConstIndex               // P[N of M] or P[-N of M]
	Subslice                 // P[N..] P[N..M] P[N:] P[N:-M]
	Downcast                 // (P as Variant)
	OpaqueCast               // (P as Type)
	Subtype                  // (P as subtype Type)
	UnwrapUnsafeBinder
)

// Proj is one projection step.
type Proj struct {
	Kind    ProjKind
	FromEnd bool
	N       int32  // Field number, Index local, ConstIndex/Subslice from
	M       int32  // ConstIndex `of`, Subslice to
	Type    *Type  // Field, OpaqueCast, Subtype
	Name    string // Downcast: variant name
}

// OperandKind tells the operands apart.
type OperandKind uint8

// How an operand takes its value.
const (
	Copy OperandKind = iota
	Move
	Constant
	RuntimeChecks // UbChecks, ContractChecks, OverflowChecks read as an operand
)

// Operand is a use of a place or a constant.
type Operand struct {
	Kind  OperandKind
	Place Place
	Const *Const
}

// ConstKind tells constants apart.
type ConstKind uint8

// The constants that MIR prints.
const (
	ConstOther ConstKind = iota // Text holds it
	ConstInt                    // 1_usize, -5_i32; Int and Type are set
	ConstBool                   // Int is 0 or 1
	ConstUnit                   // ()
	ConstFn                     // a function item: Path is set
	ConstStr                    // "..." or b"..."
	ConstChar
	ConstPath  // a named constant or an unevaluated one: Path is set
	ConstAlloc // {alloc2: &T}: Text, Type
	ConstFloat
)

// Const is a constant. Text is always the exact text behind `const `.
type Const struct {
	Kind ConstKind
	Text string
	Int  int64 // ConstInt when it fits, ConstBool
	Big  bool  // the integer does not fit Int
	Bare bool  // printed without `const`, as function items are
	Type *Type
	Path *Path
}

// RvalueKind tells the rvalues apart.
type RvalueKind uint8

// The rvalues of MIR.
const (
	RvalueUnsupported RvalueKind = iota
	Use                          // Args[0]; Op is "no_retag" or ""
	Repeat                       // [Args[0]; Text]
	Ref                          // &Place, &mut Place, &fake shallow Place
	RawPtr                       // &raw const Place, &raw mut Place
	Cast                         // Args[0] as Type (CastKind)
	BinaryOp                     // Op(Args[0], Args[1])
	UnaryOp                      // Op(Args[0]): Not, Neg, PtrMetadata
	Discriminant                 // discriminant(Place)
	Len                          // Len(Place)
	CopyForDeref                 // deref_copy Place
	ShallowInitBox
	NullaryOp // Op(Type): SizeOf, AlignOf, OffsetOf; Text keeps it
	ThreadLocalRef
	WrapUnsafeBinder
	// Aggregates
	Tuple           // (a, b)
	Array           // [a, b]
	Adt             // Path { f: a, g: b } , Path(a, b), Path  (Names empty for the tuple and unit forms)
	Closure         // {closure@...} { x: a } ; Type is the closure type
	Coroutine       // {coroutine@...} { x: a }; Type is the coroutine type
	RawPtrAggregate // *const [T] from (a, b)
)

// Rvalue is the right side of an assignment.
type Rvalue struct {
	Kind  RvalueKind
	Mut   bool   // Ref, RawPtr
	Op    string // BinaryOp, UnaryOp, NullaryOp: the operator; Cast: the cast kind, e.g. "Transmute", "PtrToPtr", "PointerCoercion(Unsize, Implicit)"; Ref: "" or "fake"/"fake shallow"/"two-phase"
	Place Place
	Args  []Operand
	Names []string // Adt, Closure: field names when printed
	Path  *Path    // Adt: `std::option::Option::<T>::Some`; for a variant the last segment is the variant
	Type  *Type    // Cast target, Closure type, NullaryOp, RawPtrAggregate
	Text  string   // verbatim parts that nothing analyses
}

// TermKind tells the terminators apart.
type TermKind uint8

// The terminators of MIR.
const (
	TermUnsupported TermKind = iota
	Goto
	SwitchInt
	Return
	UnwindResume    // resume
	UnwindTerminate // terminate(abi), terminate(cleanup)
	Unreachable
	Drop
	Call
	TailCall // become f(..)
	Assert
	Yield
	CoroutineDrop
	FalseEdge   // falseEdge -> [real: bb1, imaginary: bb2]
	FalseUnwind // falseUnwind -> [real: bb1, unwind: bb2]
	InlineAsm
)

// UnwindKind says what an unwinding call does.
type UnwindKind uint8

// What follows when a terminator unwinds.
const (
	UnwindNone        UnwindKind = iota // not printed
	UnwindTo                            // unwind: bbN
	UnwindContinue                      // unwind continue
	UnwindUnreachable                   // unwind unreachable
	UnwindAbort                         // unwind terminate(reason)
)

// SwitchCase is one `value: bbN` of a switchInt. Value is the exact text, Int its number when it fits.
type SwitchCase struct {
	Text string
	Int  int64
	Big  bool
	To   int32
}

// Terminator ends a block. Block targets are block numbers, -1 when absent.
type Terminator struct {
	Kind    TermKind
	Expect  bool // Assert: false when printed `assert(!cond, ..)`
	Unwind  UnwindKind
	Cleanup int32     // UnwindTo target
	Target  int32     // Goto, Drop/Call return, Assert success, SwitchInt otherwise, FalseEdge real, Yield resume
	Imag    int32     // FalseEdge imaginary; Yield, Drop: `drop:` target
	Line    int32     // in the MIR text
	Place   Place     // Drop: the place; Call, Yield: destination
	Func    Operand   // Call, TailCall: the callee (constant function or a place)
	Args    []Operand // Call, TailCall, Assert (the message's operands), Yield
	Cond    Operand   // SwitchInt, Assert
	Cases   []SwitchCase
	Abort   string  // UnwindAbort: the reason
	Text    string  // Assert: the message literal; UnwindTerminate: the reason; InlineAsm and Unsupported: verbatim
	Targets []int32 // InlineAsm: all targets but the cleanup
	Span    *Span
}

// IsCall reports whether a terminator calls something, tail calls included.
func (t *Terminator) IsCall() bool { return t.Kind == Call || t.Kind == TailCall }

// TypeKind tells the types apart.
type TypeKind uint8

// The types that MIR prints.
const (
	TypeUnsupported TypeKind = iota
	TypePrim                 // Name: u8, bool, str, char, ...
	TypeNever                // !
	TypeTuple                // Args; the unit type has none
	TypeRef                  // &'a mut Args[0]; Name is the lifetime with its quote, or ""
	TypeRawPtr               // *mut Args[0], *const Args[0]
	TypeSlice                // [Args[0]]
	TypeArray                // [Args[0]; Name]
	TypePath                 // an ADT or foreign type with its path: Path; a generic parameter T, which MIR prints as a type at the crate's root
	TypeParam                // Self; Name
	TypeProjection           // <T as Trait>::Assoc: Path
	TypeFnPtr                // for<'a> unsafe extern "C" fn(Args..) -> Ret ; Name keeps the qualifiers
	TypeFnItem               // fn(..) -> R {path}: Path
	TypeDyn                  // dyn Trait + Send + 'a: Name is the text behind dyn, Path the principal trait
	TypeOpaque               // impl Trait + 'a: Name is the text
	TypeClosure              // {closure@file:l:c: l:c}: Name
	TypeCoroutine            // {coroutine@..}, {async fn body of ..}, {async block@..}: Name
	TypeForeign
	TypePattern // (u32) is 1..=MAX : Args[0], Name
	TypeInfer   // _
)

// Type is an interned type: within one File, equal text gives the same pointer.
type Type struct {
	Kind TypeKind
	Mut  bool
	Name string
	Args []*Type // generic arguments stand in Path, not here
	Ret  *Type
	Path *Path
	Text string // exact text
	ID   int32  // dense, in order of first appearance
}

// Path is a printed item path: `std::boxed::Box::<T>::into_raw`,
// `<Vec<T> as std::ops::Drop>::drop`, `<impl at src/lib.rs:7:1: 7:26>::drop`,
// `f::{closure#0}`. Paths are interned as types are.
type Path struct {
	Text  string    // exact text
	Self  *Type     // of `<Self as Trait>` or `<Self>`; nil otherwise
	Trait *Path     // of `<Self as Trait>`; nil otherwise
	Impl  *ImplSpan // of a leading `<impl at FILE:L:C: L:C>`; nil otherwise
	Segs  []PathSeg // segments after the qualifier
	// Plain is the path without any generic arguments and lifetimes:
	// "std::boxed::Box::into_raw", "<std::vec::Vec as std::ops::Drop>::drop".
	Plain string
	ID    int32
}

// PathSeg is one segment with its generic arguments.
type PathSeg struct {
	Name string
	Args []GenericArg // nil when none were printed
	// Turbofish is true when the arguments were printed as `::<..>` and not `<..>`.
	Turbofish bool
}

// GenericArg is a type, a lifetime, a const or an associated type binding (`Item = T`).
type GenericArg struct {
	Type     *Type  // nil for lifetimes and consts
	Text     string // exact text
	Lifetime bool
	Binding  string // name left of `=`, or ""
}

// ImplSpan is the place of an impl block as rustc prints it in names.
type ImplSpan struct {
	File                       string
	Line, Col, EndLine, EndCol int32
}
