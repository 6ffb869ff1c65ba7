package ffiownership

import (
	"strings"

	"softshell/effects"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/rule"
)

// The last segments of what releases, and of what gives away.
var (
	releaseNames = ir.NewNames(
		"free", "cfree", "mi_free", "je_free", "sqlite3_free", "g_free", "CRYPTO_free", "OPENSSL_free", "curl_free", "av_free",
		"LocalFree", "CoTaskMemFree", "dealloc", "from_raw", "from_raw_parts", "from_raw_in", "from_non_null",
	)
	giveNames = ir.NewNames("into_raw", "into_raw_parts", "into_non_null", "forget", "new", "leak")
)

// facts is what the whole crate tells of owners that cross the border.
type facts struct {
	gives   map[string]bool // "CString", "Vec", "Box<T>": what is given away, by ownerKey and owner
	takes   map[string]bool // what is taken back, the same
	generic bool            // some function takes back an owner of a type parameter
	casts   map[string]*mir.Type
	// exact is set when vectors are cut to size somewhere.
	exact bool
	// lengthOnly has, by element, a vector that is given away with its capacity lost.
	lengthOnly map[string]site
}

type site struct {
	fn    *ir.Func
	block int32
}

var surveyed = ir.NewNames(
	"into_raw", "into_raw_parts", "into_non_null", "from_raw", "from_raw_parts", "from_raw_in", "from_non_null",
	"forget", "leak", "into_boxed_slice", "shrink_to_fit", "transmute", "drop_in_place", "into_boxed_c_str",
	"decrement_strong_count", "read", "into_bytes", "as_mut_ptr", "as_ptr",
	"map", "map_or", "map_or_else", "and_then", // which are given such a function
)

// survey reads once what the functions of a crate give away and take back.
func survey(p *rule.Pass) *checker {
	c := &checker{Pass: p, facts: facts{gives: map[string]bool{}, takes: map[string]bool{}, casts: map[string]*mir.Type{}, lengthOnly: map[string]site{}}}
	touches := false
	for _, f := range p.Funcs() {
		if f.MayCallAny(releaseNames) || f.MayCall("into_raw", "forget", "into_raw_parts") && (f.Aborts || f.Raw) {
			touches = true
			break
		}
	}
	if !touches {
		return c
	}
	for _, f := range p.Funcs() {
		if f.MayCallAny(surveyed) {
			c.read(p.Engine.View(f))
		}
	}
	return c
}

func (c *checker) read(v *flow.View) {
	var lent, sized []*flow.CallSite
	for _, call := range v.Calls() {
		switch call.Last() {
		case "into_boxed_slice", "shrink_to_fit":
			c.exact = true
		case "transmute", "transmute_copy", "read", "drop_in_place", "decrement_strong_count":
			c.tookText(call)
		case "as_mut_ptr", "as_ptr":
			lent = append(lent, call)
		case "capacity":
			sized = append(sized, call)
		}
		for i := range call.Args {
			if k := call.Args[i].Const; k != nil && k.Path != nil {
				c.passed(k.Path)
			}
		}
		m := call.Model
		if m == nil || len(call.Args) == 0 {
			continue
		}
		switch m.Arg(0).Op {
		case effects.Disown:
			c.gave(v, call)
			if len(lent) > 0 && len(sized) == 0 {
				c.gaveVec(v, call, lent)
			}
		case effects.Reclaim, effects.Free:
			if m.Allocator == "Rust" {
				c.took(v, call)
			}
		}
	}
	c.readCasts(v)
}

// passed notes a function that is given to another one to be called:
// `.map(CString::into_raw)`.
func (c *checker) passed(path *mir.Path) {
	notes := c.takes
	switch ir.LastSeg(path) {
	case "into_raw", "into_raw_parts", "leak":
		notes = c.gives
	case "from_raw", "from_raw_parts":
	default:
		return
	}
	notes[ownerName(path)] = true
	if t := ownedType(path); t != nil {
		notes[ownerName(path)+"<"+t.Text+">"] = true
	}
}

// gave notes what a call gives away.
func (c *checker) gave(v *flow.View, call *flow.CallSite) {
	if t := v.TypeOf(&call.Args[0]); t != nil {
		c.gives[ownerOf(t)] = true
		c.gives[ownerText(t)] = true
		if ownerOf(t) == "Box" && strings.Contains(t.Text, "[") { // a boxed slice comes back as a Vec or as itself
			c.gives["Vec"] = true
		}
		if ownerOf(t) == "Box" && strings.Contains(t.Text, "str>") {
			c.gives["String"] = true
		}
	}
}

// gaveVec notes a vector that is forgotten after a pointer into it was taken, but no capacity.
func (c *checker) gaveVec(v *flow.View, call *flow.CallSite, lent []*flow.CallSite) {
	t := v.TypeOf(&call.Args[0])
	if t == nil || ownerOf(t) != "Vec" || !call.Is("mem::forget", "ManuallyDrop::new") {
		return
	}
	if e := ir.TypeArg(t, 0); e != nil {
		if _, have := c.lengthOnly[e.Text]; !have {
			c.lengthOnly[e.Text] = site{v.Fn, call.Block}
		}
	}
}

// took notes what a call takes back.
func (c *checker) took(v *flow.View, call *flow.CallSite) {
	owner := ownerName(call.Path)
	c.takes[owner] = true
	if t := ownedType(call.Path); t != nil {
		c.takes[owner+"<"+t.Text+">"] = true
		if v.Generic(t) {
			c.generic = true
		}
	}
}

// tookText notes the owners that a call names in its type arguments: transmute::<*mut T, Box<T>>.
func (c *checker) tookText(call *flow.CallSite) {
	if call.Path == nil {
		return
	}
	for _, s := range call.Path.Segs {
		for _, a := range s.Args {
			if a.Type == nil {
				continue
			}
			if o := ownerOf(a.Type); o != "" {
				c.takes[o], c.takes[ownerText(a.Type)] = true, true
			} else if call.Last() == "drop_in_place" || call.Last() == "decrement_strong_count" || call.Last() == "read" {
				for _, o := range []string{"Box", "Rc", "Arc"} {
					c.takes[o+"<"+a.Type.Text+">"] = true
				}
			}
		}
	}
}

// readCasts notes the pointers to a boxed T that are cast to pointers to another type.
func (c *checker) readCasts(v *flow.View) {
	if !v.Fn.MayCall("into_raw") {
		return
	}
	for b := range v.MIR.Blocks {
		for i := range v.MIR.Blocks[b].Stmts {
			rv := v.MIR.Blocks[b].Stmts[i].Rvalue
			if rv == nil || rv.Kind != mir.Cast || rv.Type == nil || rv.Type.Kind != mir.TypeRawPtr || len(rv.Type.Args) == 0 {
				continue
			}
			r := v.Root(&rv.Args[0])
			for _, block := range r.Via {
				if call := v.Call(block); call.Is("Box::into_raw") {
					if t := ownedType(call.Path); t != nil {
						c.casts[rv.Type.Args[0].Text] = t
					}
				}
			}
		}
	}
}

// takenBack reports whether something in the crate takes back what key names.
func (c *checker) takenBack(key string) bool {
	if c.generic || c.takes[key] {
		return true
	}
	for u, t := range c.casts { // taken back under another name: a finding of its own
		if key == "Box<"+t.Text+">" && c.takes["Box<"+u+">"] {
			return true
		}
	}
	owner, elem, _ := strings.Cut(strings.TrimSuffix(key, ">"), "<")
	switch owner {
	case "Vec":
		return c.takes["Box<["+elem+"]>"] || c.takes["Vec"]
	case "Box":
		// Another name of the same type, or a slice of it as a Vec.
		return strings.HasPrefix(elem, "[") && c.takes["Vec"] || strings.HasPrefix(elem, "dyn ") || strings.Contains(elem, "str") && c.takes["String"]
	case "String":
		return c.takes["Vec<u8>"] || c.takes["Box<str>"] || c.takes["Box<[u8]>"]
	}
	return false
}

// givenKey names the owner that an origin gives up; generic is set when a type
// parameter hides what it is.
func givenKey(v *flow.View, o *flow.Origin) (key string, generic bool) {
	if o.Type == nil {
		return "", false
	}
	switch ownerOf(o.Type) {
	case "CString", "String":
		return ownerOf(o.Type), false
	case "Box", "Rc", "Arc", "Vec":
		return ownerText(o.Type), v.Generic(o.Type)
	}
	return "", false
}

// ownerOf is the name of an owning type of std, "" for any other.
func ownerOf(t *mir.Type) string {
	if t == nil || t.Kind != mir.TypePath || t.Path == nil || len(t.Path.Segs) < 2 {
		return ""
	}
	switch t.Path.Segs[0].Name {
	case "std", "alloc", "core":
	default:
		return ""
	}
	switch n := ir.LastSeg(t.Path); n {
	case "Box", "Vec", "Rc", "Arc", "CString", "String":
		return n
	}
	return ""
}

func ownerText(t *mir.Type) string {
	if e := ir.TypeArg(t, 0); e != nil {
		return ownerOf(t) + "<" + e.Text + ">"
	}
	return ownerOf(t)
}

// ownerName is the type whose function a path names: "Box" of Box::<T>::from_raw.
func ownerName(p *mir.Path) string {
	if p == nil || len(p.Segs) < 2 {
		return ""
	}
	return p.Segs[len(p.Segs)-2].Name
}

// ownedType is the T of Box::<T>::from_raw.
func ownedType(p *mir.Path) *mir.Type {
	if p == nil || len(p.Segs) < 2 {
		return nil
	}
	for _, a := range p.Segs[len(p.Segs)-2].Args {
		if a.Type != nil && !a.Lifetime && a.Binding == "" {
			return a.Type
		}
	}
	return nil
}

func elemText(call *flow.CallSite) string {
	if t := ownedType(call.Path); t != nil {
		return t.Text
	}
	return "u8" // of a String
}

func isVoid(t *mir.Type) bool {
	return t.Kind == mir.TypePath && ir.LastSeg(t.Path) == "c_void"
}

func isChar(t *mir.Type) bool {
	return t.Kind == mir.TypePrim && (t.Name == "i8" || t.Name == "u8")
}

// differ reports whether memory of the two types surely differs in size or
// alignment, or is no memory of one type at all.
func differ(v *flow.View, t, u *mir.Type) bool {
	if t.Text == u.Text || v.Generic(t) || v.Generic(u) {
		return false
	}
	a, b := width(t), width(u)
	return a > 0 && b > 0 && a != b || (isVoid(t) || isVoid(u)) || opaque(t) != opaque(u) && (a == 1 || b == 1)
}

// opaque reports whether a type has a definition of its own.
func opaque(t *mir.Type) bool { return t.Kind == mir.TypePath }

// width is the size of a primitive type, 0 when it is another or not the same everywhere.
func width(t *mir.Type) int {
	if t.Kind != mir.TypePrim {
		return 0
	}
	switch t.Name {
	case "u8", "i8", "bool":
		return 1
	case "u16", "i16":
		return 2
	case "u32", "i32", "f32", "char":
		return 4
	case "u64", "i64", "f64":
		return 8
	case "u128", "i128":
		return 16
	}
	return 0
}
