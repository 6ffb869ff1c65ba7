package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"softshell/heap/profile"
	"softshell/heap/view"
)

// Cycle is a cycle in words.
type Cycle struct {
	*profile.Cycle
}

// Describe wraps a cycle.
func Describe(y *profile.Cycle) Cycle { return Cycle{y} }

// Title is "2 cycles of 2 `leaky::Node` (Rc), 80 bytes each, held by field `next`".
func (c Cycle) Title() string {
	head := "a cycle"
	if c.Count > 1 {
		head = of(c.Count, "cycle")
	}
	text := head + " of " + c.members()
	if c.Count > 0 && c.Bytes%c.Count == 0 {
		text += ", " + size(c.Bytes/c.Count)
		if c.Count > 1 {
			text += " each"
		}
	} else {
		text += ", " + size(c.Bytes) + " in all"
	}
	switch fields := c.Fields(); len(fields) {
	case 0:
		return text
	case 1:
		return text + ", held by field `" + fields[0] + "`"
	default:
		if len(fields) > 4 {
			fields = append(fields[:4:4], "..")
		}
		return text + ", held by fields `" + strings.Join(fields, "`, `") + "`"
	}
}

// members is "2 `leaky::Node` (Rc)", by type and handle.
func (c Cycle) members() string {
	type kind struct{ name, handle string }
	var order []kind
	n := map[kind]int64{}
	for i := range c.Members {
		k := kind{typeName(&c.Members[i]), c.Members[i].Handle}
		if n[k] == 0 {
			order = append(order, k)
		}
		n[k]++
	}
	slices.SortStableFunc(order, func(a, b kind) int {
		return cmp.Or(cmp.Compare(n[b], n[a]), strings.Compare(a.name, b.name), strings.Compare(a.handle, b.handle))
	})
	var parts []string
	for i, k := range order {
		if i == 4 {
			parts = append(parts, of(int64(len(order)-i), "further type"))
			break
		}
		name := k.name
		if name == "" {
			name = "block"
			if n[k] > 1 {
				name = "blocks"
			}
			name += " of an unknown type"
		} else {
			name = "`" + name + "`"
		}
		if k.handle != "" {
			name += " (" + k.handle + ")"
		}
		parts = append(parts, count(n[k])+" "+name)
	}
	text := strings.Join(parts, "")
	if len(parts) > 1 {
		text = strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
	}
	if c.Blocks > int64(len(c.Members)) {
		text = of(c.Blocks, "block") + ", among them " + text
	}
	return text
}

func typeName(m *profile.Member) string { return clean(view.Readable(m.Type)) }

func memberName(m *profile.Member) string {
	name := typeName(m)
	if name == "" {
		name = "a block of " + size(m.Size)
	} else {
		name = "`" + name + "`"
	}
	if m.Handle != "" {
		name += " (" + m.Handle + ")"
	}
	return name
}

// Fields are the fields that hold, each once, sorted. Elements of a buffer are
// none, unless there is nothing else to name.
func (c Cycle) Fields() []string {
	var out, elements []string
	for _, h := range c.Holds {
		switch {
		case strings.HasPrefix(h.Field, "["):
			elements = append(elements, clean(h.Field))
		case h.Field != "":
			out = append(out, clean(h.Field))
		}
	}
	if len(out) == 0 {
		out = elements
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// holding is how the members hold each other: "`Node.next` -> `Node.next`".
func (c Cycle) holding() string {
	var parts []string
	for i, h := range c.Holds {
		if i == 6 {
			parts = append(parts, of(int64(len(c.Holds)-i), "further pointer"))
			break
		}
		from, to := &c.Members[h.From], &c.Members[h.To]
		field := clean(h.Field)
		if field == "" {
			field = fmt.Sprintf("byte %d", h.Offset)
		}
		parts = append(parts, fmt.Sprintf("`%s` of %s -> %s", field, place(h.From, from), place(h.To, to)))
	}
	return strings.Join(parts, ", ")
}

// place numbers the members, so that equal types stay apart.
func place(i int, m *profile.Member) string {
	name := typeName(m)
	path, _, _ := strings.Cut(name, "<")
	if at := strings.LastIndex(path, "::"); at >= 0 && !strings.ContainsAny(path, "[(&") {
		name = name[at+2:]
	}
	if name == "" {
		name = "block"
	}
	return fmt.Sprintf("%s %d", name, i+1)
}

// pointsBack are names that say that a field leads to who holds the value.
var pointsBack = map[string]bool{"parent": true, "owner": true, "prev": true, "previous": true, "back": true, "up": true, "root": true, "container": true}

func (c Cycle) help() string {
	weak := "Weak"
	for _, m := range c.Members {
		if w, ok := map[string]string{"Rc": "rc::Weak", "Arc": "sync::Weak"}[m.Handle]; ok { // which of the two may not be known
			weak = w
			break
		}
	}
	fields := c.Fields()
	if back := slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return !pointsBack[f] }); len(back) > 0 {
		fields = back
	}
	if len(fields) > 4 {
		fields = fields[:4]
	}
	if len(fields) > 0 {
		return fmt.Sprintf("make one of the handles a `%s`: the one that points back (`%s`), or empty that field before the last handle goes", weak, strings.Join(fields, "` or `"))
	}
	return fmt.Sprintf("make the handle that points back a `%s`, or let it go before the last handle does", weak)
}
