package evidence

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"softshell/finding"
	"softshell/heap/export"
	"softshell/heap/profile"
	"softshell/heap/view"
)

// rule is the one whose findings a recorded cycle can confirm.
const rule = "rc-cycle"

// Join confirms each finding of a cycle of strong handles that the run ended with:
// the fields that hold are those that the finding names, in values of those types,
// and the function that it stands in took part in allocating them. Where only
// fields and types agree, the run is added as evidence and the grade stays, unless
// the finding is about the types alone. The result are notes for the user.
func Join(fs []finding.Finding, v *view.View, file string) []string {
	j := &joiner{v: v, file: file, explained: map[*profile.Cycle]bool{}}
	for i := range fs {
		if fs[i].Rule == rule {
			j.finding(&fs[i])
		}
	}
	var notes []string
	if n := len(v.Cycles) - len(j.explained); n > 0 {
		what := "%d kinds of cycle in %s that no finding explains: softshell heap report %s shows them"
		if n == 1 {
			what = "%d kind of cycle in %s that no finding explains: softshell heap report %s shows it"
		}
		notes = append(notes, fmt.Sprintf("there is "+what, n, file, file))
	}
	if len(v.Cycles) == 0 {
		notes = append(notes, fmt.Sprintf("the run in %s ended without a cycle of counts, so it confirms none", file))
	}
	return notes
}

type joiner struct {
	v         *view.View
	file      string
	explained map[*profile.Cycle]bool
}

// finding adds what the run shows of a finding.
func (j *joiner) finding(f *finding.Finding) {
	if len(f.Fields) == 0 {
		return
	}
	for _, y := range j.v.Cycles {
		if !fits(f, y) {
			continue
		}
		j.explained[y] = true
		text := "a run of `" + j.v.Profile.Run.Name() + "` ended with " + export.Describe(y).Title() + j.places(y)
		switch {
		case slices.Contains(f.Fields, f.Item), j.allocatedBy(y, f.Crate, f.Item):
			f.Grade = finding.Confirmed
		default:
			text += "; `" + f.Item + "` did not allocate them, so another place may have closed the cycle"
		}
		f.Evidence = append(f.Evidence, finding.Evidence{Tool: "softshell heap", Text: text, Log: j.file})
	}
}

// fits reports whether every field that the finding names holds in the cycle, in a
// value of its type.
func fits(f *finding.Finding, y *profile.Cycle) bool {
	for _, field := range f.Fields {
		at := strings.LastIndexByte(field, '.')
		if at < 0 {
			return false
		}
		owner, name := field[:at], field[at+1:]
		if !slices.ContainsFunc(y.Holds, func(h profile.Hold) bool {
			return firstField(h.Field) == name && isType(y.Members[h.From].Type, owner, f.Crate)
		}) {
			return false
		}
	}
	return true
}

// firstField is `children` of `children[].0`: what follows is inside of it.
func firstField(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}

// isType reports whether a type of the run is one that the code calls owner: the
// run has full paths and the arguments of generics, and cells and locks around it.
func isType(ran, owner, crate string) bool {
	owner = plain(owner)
	for _, word := range strings.FieldsFunc(ran, func(c rune) bool { return strings.ContainsRune("<>, &()[];", c) }) {
		own, path, ok := strings.Cut(word, "::")
		if !ok {
			continue
		}
		if own == crate && (path == owner || strings.HasSuffix(path, "::"+owner) || word == owner) {
			return true
		}
	}
	return false
}

// plain is a path without arguments of generics: `Node<T>` is `Node`, and
// `<Node<T> as Drop>::drop` is `Node as Drop::drop`.
func plain(name string) string {
	if rest, ok := strings.CutPrefix(name, "<"); ok && strings.Contains(rest, " as ") {
		depth := 0
		for i := range len(rest) {
			switch rest[i] {
			case '<':
				depth++
			case '>':
				depth--
			}
			if depth < 0 {
				return plain(rest[:i]) + plain(rest[i+1:])
			}
		}
	}
	var b strings.Builder
	depth := 0
	for i := range len(name) {
		switch {
		case name[i] == '<':
			depth++
		case name[i] == '>' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(name[i])
		}
	}
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "::"), "::::", "::")
}

// withoutCrate drops the crate from all paths in a name.
func withoutCrate(name, crate string) string {
	var b strings.Builder
	for rest := name; ; {
		before, after, ok := strings.Cut(rest, crate+"::")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		if last, _ := utf8.DecodeLastRuneInString(b.String()); last == '_' || unicode.IsLetter(last) || unicode.IsDigit(last) { // the end of another word
			b.WriteString(crate + "::")
		}
		rest = after
	}
}

// allocatedBy reports whether a function stands in the stack of a member; its
// closures count as the function.
func (j *joiner) allocatedBy(y *profile.Cycle, crate, item string) bool {
	want := plain(item)
	for _, m := range y.Members {
		s := j.v.StackOf(m.Site)
		if s == nil {
			continue
		}
		for _, c := range s.Calls {
			name := plain(withoutCrate(j.v.Name(c.Frame), crate))
			if j.v.Frames[c.Frame].Crate == crate && (name == want || strings.HasPrefix(name, want+"::{")) {
				return true
			}
		}
	}
	return false
}

// places is ", allocated at src/main.rs:14 and :15".
func (j *joiner) places(y *profile.Cycle) string {
	var out []string
	var last *view.Frame
	for _, m := range y.Members {
		s := j.v.StackOf(m.Site)
		if s == nil || len(s.Calls) == 0 {
			continue
		}
		f := &j.v.Frames[s.Calls[0].Frame]
		switch {
		case f.File == "" || f.Line == 0 || last != nil && f.File == last.File && f.Line == last.Line:
			continue
		case last != nil && f.File == last.File:
			out = append(out, fmt.Sprintf(":%d", f.Line))
		default:
			out = append(out, fmt.Sprintf("%s:%d", finding.Relative(j.v.Profile.Run.Dir, f.File), f.Line))
		}
		last = f
	}
	if len(out) > 4 {
		out = append(out[:3], fmt.Sprintf("%d further places", len(out)-3))
	}
	switch len(out) {
	case 0:
		return ""
	case 1:
		return ", allocated at " + out[0]
	}
	return ", allocated at " + strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1]
}
