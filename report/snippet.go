package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"softshell/finding"
)

// snippets shows the marked ranges: the primary's file first, then the others,
// each in source order; lines that lie close stand in one block.
func (t *text) snippets(width int, primary finding.Span, marks []mark) {
	var files []string
	byFile := map[string][]mark{}
	for _, m := range marks {
		if m.span.IsZero() {
			continue
		}
		if !slices.Contains(files, m.span.File) {
			files = append(files, m.span.File)
		}
		byFile[m.span.File] = append(byFile[m.span.File], m)
	}
	if len(files) == 0 {
		return
	}
	gutter := strings.Repeat(" ", width+1) + t.Paint(Blue, "|")
	for i, file := range files {
		ms := byFile[file]
		slices.SortStableFunc(ms, func(a, b mark) int {
			return cmp.Or(cmp.Compare(a.span.Line, b.span.Line), cmp.Compare(a.span.Col, b.span.Col))
		})
		if i == 0 {
			t.at(width, primary)
		} else {
			t.Line(strings.Repeat(" ", width), t.Paint(Blue, ":::"), " ", t.r.path(file), fmt.Sprintf(":%d:%d", ms[0].span.Line, ms[0].span.Col))
		}
		if t.r.sources().Lines(file) == nil {
			for _, m := range ms {
				t.Line(strings.Repeat(" ", width+1), t.Paint(Blue, "="), " ", strings.TrimSuffix(fmt.Sprintf("line %d: %s", m.span.Line, m.label), ": "))
			}
			continue
		}
		t.Line(gutter)
		t.block(width, gutter, file, ms)
		t.Line(gutter)
	}
}

// near is how many unmarked lines are shown between two marked ones before dots stand for them.
const near = 2

func (t *text) block(width int, gutter, file string, ms []mark) {
	shown := 0 // last line printed
	for i := 0; i < len(ms); {
		n := ms[i].span.Line
		switch {
		case shown > 0 && n > shown+near+1:
			t.Line(t.Paint(Blue, "..."))
		case shown > 0:
			for k := shown + 1; k < n; k++ {
				t.source(width, file, k)
			}
		}
		t.source(width, file, n)
		j := i
		for j < len(ms) && ms[j].span.Line == n {
			j++
		}
		// The rightmost range is labelled first, so that no label is crossed by another's carets.
		for k := j - 1; k >= i; k-- {
			t.carets(gutter, file, ms[k])
		}
		shown, i = n, j
	}
}

func (t *text) source(width int, file string, n int) {
	line := strings.TrimRight(expand(t.r.sources().Line(file, n)), " ")
	no := t.Paint(Blue, fmt.Sprintf("%*d |", width, n))
	if line == "" {
		t.Line(no)
		return
	}
	t.Line(no, " ", line)
}

func (t *text) carets(gutter, file string, m mark) {
	line := t.r.sources().Line(file, m.span.Line)
	runes := []rune(line)
	from := min(max(m.span.Col-1, 0), len(runes))
	to := len(runes)
	if m.span.EndLine == m.span.Line {
		to = min(max(m.span.EndCol-1, from), len(runes))
	}
	sign, colour := "-", Blue
	if m.primary {
		sign, colour = "^", Yellow
	}
	pad := cells(runes[:from], 0)
	n := max(cells(runes[from:to], pad), 1)
	label := m.label
	if m.span.EndLine > m.span.Line {
		label = join(strings.TrimSpace(label), fmt.Sprintf("up to line %d", m.span.EndLine))
	}
	t.Line(gutter, " ", strings.Repeat(" ", pad), t.Paint(colour, strings.TrimRight(strings.Repeat(sign, n)+" "+label, " ")))
}

const tab = 4

// expand writes tabs as spaces.
func expand(s string) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	at := 0
	for _, c := range s {
		if c == '\t' {
			n := tab - at%tab
			b.WriteString(strings.Repeat(" ", n))
			at += n
			continue
		}
		b.WriteRune(c)
		at += width(c)
	}
	return b.String()
}

// cells is how many columns of a terminal the runes take from column at on.
func cells(runes []rune, at int) int {
	start := at
	for _, c := range runes {
		if c == '\t' {
			at += tab - at%tab
			continue
		}
		at += width(c)
	}
	return at - start
}

// width is 0 for combining marks, 2 for the wide characters of East Asia and emoji.
func width(c rune) int {
	switch {
	case unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case c >= 0x1100 && (c <= 0x115f || c >= 0x2e80 && c <= 0xa4cf || c >= 0xac00 && c <= 0xd7a3 || c >= 0xf900 && c <= 0xfaff ||
		c >= 0xfe30 && c <= 0xfe6f || c >= 0xff00 && c <= 0xff60 || c >= 0xffe0 && c <= 0xffe6 || c >= 0x1f300 && c <= 0x1faff || c >= 0x20000 && c <= 0x3fffd):
		return 2
	}
	return 1
}
