package effects

import (
	"strings"

	"softshell/mir"
)

// Keys returns the names under which models may describe a callee, the most
// special first:
//
//	std::boxed::Box::<T>::into_raw            Box::into_raw
//	<std::rc::Rc<T> as std::clone::Clone>::clone   <Rc as Clone>::clone, Clone::clone
//	core::slice::<impl [T]>::as_ptr           slice::as_ptr
//	libc::free                                libc::free
//	ffi::malloc without a body                extern malloc
//
// foreign says that the callee is declared in an extern block.
func Keys(p *mir.Path, foreign bool) []string {
	if p == nil || len(p.Segs) == 0 {
		return nil
	}
	last := p.Segs[len(p.Segs)-1].Name
	if p.Trait != nil {
		trait := lastSeg(p.Trait)
		keys := make([]string, 0, 3)
		if self := typeHead(p.Self); self != "" {
			keys = append(keys, "<"+self+" as "+trait+">::"+last)
		}
		return append(keys, trait+"::"+last)
	}
	if p.Self != nil {
		if head := typeHead(p.Self); head != "" {
			return []string{head + "::" + last}
		}
		return nil
	}
	if foreign {
		return []string{"extern " + last}
	}
	if len(p.Segs) == 1 {
		return []string{last}
	}
	owner := p.Segs[len(p.Segs)-2].Name
	switch p.Segs[0].Name {
	case "std", "core", "alloc":
		return []string{implHead(owner) + "::" + last}
	}
	return []string{p.Plain, "extern " + strings.TrimPrefix(p.Plain, "libc::")}
}

// implHead turns the segment `<impl *mut T>` into "ptr" and the like.
func implHead(seg string) string {
	if !strings.HasPrefix(seg, "<impl ") {
		return seg
	}
	body := strings.TrimSuffix(strings.TrimPrefix(seg, "<impl "), ">")
	switch {
	case strings.HasPrefix(body, "*mut [") || strings.HasPrefix(body, "*const ["):
		return "ptr"
	case strings.HasPrefix(body, "*"):
		return "ptr"
	case strings.HasPrefix(body, "["):
		return "slice"
	}
	if i := strings.IndexAny(body, "<"); i > 0 {
		body = body[:i]
	}
	if i := strings.LastIndex(body, "::"); i >= 0 {
		body = body[i+2:]
	}
	return body
}

// typeHead names the outermost constructor of a type: "Rc", "slice", "ptr", "ref".
func typeHead(t *mir.Type) string {
	if t == nil {
		return ""
	}
	switch t.Kind {
	case mir.TypePath:
		return lastSeg(t.Path)
	case mir.TypeRef:
		return "ref"
	case mir.TypeRawPtr:
		return "ptr"
	case mir.TypeSlice:
		return "slice"
	case mir.TypeArray:
		return "array"
	case mir.TypePrim:
		return t.Name
	case mir.TypeTuple:
		return "tuple"
	case mir.TypeDyn:
		return "dyn"
	case mir.TypeClosure:
		return "closure"
	}
	return ""
}

func lastSeg(p *mir.Path) string {
	if p == nil || len(p.Segs) == 0 {
		return ""
	}
	return p.Segs[len(p.Segs)-1].Name
}
