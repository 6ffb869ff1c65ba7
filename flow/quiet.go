package flow

import (
	"strings"

	"softshell/ir"
	"softshell/mir"
)

// quiet reports whether a function without a body cannot panic by what std says
// of it: atomics, arithmetic that does not overflow, comparing and copying
// numbers, and a dereference of a type that the code names. An atomic panics for
// an ordering that makes no sense; that is no question of a path.
func quiet(p *mir.Path) bool {
	if p.Trait != nil {
		switch trait := ir.LastSeg(p.Trait); {
		case p.Self == nil:
			return false
		case p.Self.Kind == mir.TypePrim:
			return quietOfNumbers[trait]
		case trait == "Deref" || trait == "DerefMut":
			return p.Self.Kind == mir.TypePath && !strings.Contains(ir.LastSeg(p.Self.Path), "Lazy")
		}
		return false
	}
	n := len(p.Segs)
	if n < 2 {
		return false
	}
	switch p.Segs[0].Name {
	case "std", "core":
	default:
		return false
	}
	owner, name := p.Segs[n-2].Name, p.Segs[n-1].Name
	switch {
	case strings.HasPrefix(owner, "Atomic"):
		return !strings.HasSuffix(name, "update") // these call a closure
	case owner == "atomic" || owner == "hint":
		return name == "fence" || name == "compiler_fence" || name == "spin_loop"
	case owner == "NonZero":
		return name == "new" || name == "get" || name == "new_unchecked"
	case n > 2 && p.Segs[n-3].Name == "num" && strings.HasPrefix(owner, "<impl "):
		return quietNumber(name)
	}
	return false
}

// quietOfNumbers are the traits whose methods do not panic for numbers.
var quietOfNumbers = map[string]bool{
	"Clone": true, "Default": true, "Eq": true, "From": true, "Hash": true, "Ord": true, "PartialEq": true, "PartialOrd": true, "TryFrom": true,
	"BitAnd": true, "BitOr": true, "BitXor": true, "Not": true,
}

// quietNumber reports whether a method of a number panics for no number.
func quietNumber(name string) bool {
	if strings.HasPrefix(name, "checked_") {
		return true
	}
	if strings.Contains(name, "div") || strings.Contains(name, "rem") {
		return false
	}
	for _, prefix := range []string{"wrapping_", "saturating_", "overflowing_", "leading_", "trailing_", "count_", "is_power", "rotate_", "to_", "from_be", "from_le", "from_ne", "swap_bytes"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
