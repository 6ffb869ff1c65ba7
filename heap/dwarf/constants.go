package dwarf

// Tag is the kind of an entry.
type Tag uint16

// Tags that are looked at.
const (
	TagArrayType         Tag = 0x01
	TagEnumerationType   Tag = 0x04
	TagMember            Tag = 0x0d
	TagPointerType       Tag = 0x0f
	TagReferenceType     Tag = 0x10
	TagCompileUnit       Tag = 0x11
	TagStructType        Tag = 0x13
	TagSubroutineType    Tag = 0x15
	TagTypedef           Tag = 0x16
	TagUnionType         Tag = 0x17
	TagVariant           Tag = 0x19
	TagInheritance       Tag = 0x1c
	TagInlinedSubroutine Tag = 0x1d
	TagSubrangeType      Tag = 0x21
	TagConstType         Tag = 0x26
	TagSubprogram        Tag = 0x2e
	TagTemplateType      Tag = 0x2f
	TagVariantPart       Tag = 0x33
	TagVolatileType      Tag = 0x35
	TagRestrictType      Tag = 0x37
	TagNamespace         Tag = 0x39
	TagAtomicType        Tag = 0x47
	TagClassType         Tag = 0x02
)

// Attributes that are looked at.
const (
	attrSibling         = 0x01
	attrName            = 0x03
	attrByteSize        = 0x0b
	attrStmtList        = 0x10
	attrLowPC           = 0x11
	attrHighPC          = 0x12
	attrLanguage        = 0x13
	attrDiscr           = 0x15
	attrDiscrValue      = 0x16
	attrCompDir         = 0x1b
	attrConstValue      = 0x1c
	attrUpperBound      = 0x2f
	attrAbstractOrigin  = 0x31
	attrCount           = 0x37
	attrMemberLocation  = 0x38
	attrDeclaration     = 0x3c
	attrEncoding        = 0x3e
	attrSpecification   = 0x47
	attrType            = 0x49
	attrRanges          = 0x55
	attrCallFile        = 0x58
	attrCallLine        = 0x59
	attrLinkageName     = 0x6e
	attrStrOffsetsBase  = 0x72
	attrAddrBase        = 0x73
	attrRnglistsBase    = 0x74
	attrDwoName         = 0x76
	attrAlignment       = 0x88
	attrMIPSLinkageName = 0x2007
	attrGNUDwoName      = 0x2130
	attrGNUDwoID        = 0x2131
	attrGNURangesBase   = 0x2132
	attrGNUAddrBase     = 0x2133
)

// A language.
const (
	langRust = 0x1c
)

// Kinds of units.
const (
	unitCompile      = 1
	unitType         = 2
	unitSkeleton     = 4
	unitSplitCompile = 5
	unitSplitType    = 6
)

// Opcodes of line programs, and what a table of files describes.
const (
	lineExtended         = 0
	lineCopy             = 1
	lineAdvancePC        = 2
	lineAdvanceLine      = 3
	lineSetFile          = 4
	lineSetColumn        = 5
	lineConstAddPC       = 8
	lineFixedAdvance     = 9
	lineExtEnd           = 1
	lineExtSetAddress    = 2
	lineExtDefineFile    = 3
	lineContentPath      = 1
	lineContentDirectory = 2
)

// Entries of range lists.
const (
	rangeEnd          = 0
	rangeBaseAddressx = 1
	rangeStartxEndx   = 2
	rangeStartxLength = 3
	rangeOffsetPair   = 4
	rangeBaseAddress  = 5
	rangeStartEnd     = 6
	rangeStartLength  = 7
)

// Sections of a package of split units.
const (
	sectionInfo       = 1
	sectionAbbrev     = 3
	sectionStrOffsets = 6
	sectionRngListsV5 = 8
)

// Forms of values.
const (
	formAddr          = 0x01
	formBlock2        = 0x03
	formBlock4        = 0x04
	formData2         = 0x05
	formData4         = 0x06
	formData8         = 0x07
	formString        = 0x08
	formBlock         = 0x09
	formBlock1        = 0x0a
	formData1         = 0x0b
	formFlag          = 0x0c
	formSdata         = 0x0d
	formStrp          = 0x0e
	formUdata         = 0x0f
	formRefAddr       = 0x10
	formRef1          = 0x11
	formRef2          = 0x12
	formRef4          = 0x13
	formRef8          = 0x14
	formRefUdata      = 0x15
	formIndirect      = 0x16
	formSecOffset     = 0x17
	formExprloc       = 0x18
	formFlagPresent   = 0x19
	formStrx          = 0x1a
	formAddrx         = 0x1b
	formRefSup4       = 0x1c
	formStrpSup       = 0x1d
	formData16        = 0x1e
	formLineStrp      = 0x1f
	formRefSig8       = 0x20
	formImplicitConst = 0x21
	formLoclistx      = 0x22
	formRnglistx      = 0x23
	formRefSup8       = 0x24
	formStrx1         = 0x25
	formStrx2         = 0x26
	formStrx3         = 0x27
	formStrx4         = 0x28
	formAddrx1        = 0x29
	formAddrx2        = 0x2a
	formAddrx3        = 0x2b
	formAddrx4        = 0x2c
	formGNUAddrIndex  = 0x1f01
	formGNUStrIndex   = 0x1f02
	formGNURefAlt     = 0x1f20
	formGNUStrpAlt    = 0x1f21
)
