package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

var gradeWords = []string{"possible", "likely", "confirmed"}

var severityWords = []string{"note", "warning", "error"}

func (g Grade) String() string    { return gradeWords[g] }
func (s Severity) String() string { return severityWords[s] }

// ParseGrade reads "possible", "likely" or "confirmed"; the error names them.
func ParseGrade(s string) (Grade, error) {
	i, err := oneOf("grade", s, gradeWords)
	return Grade(i), err
}

// ParseSeverity reads "note", "warning" or "error"; the error names them.
func ParseSeverity(s string) (Severity, error) {
	i, err := oneOf("severity", s, severityWords)
	return Severity(i), err
}

func oneOf(what, s string, words []string) (int, error) {
	if i := slices.Index(words, s); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("no %s is called %q: use one of %s", what, s, strings.Join(words, ", "))
}

// MarshalText gives the word, so that JSON has words and no numbers.
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads the word.
func (g *Grade) UnmarshalText(text []byte) (err error) {
	*g, err = ParseGrade(string(text))
	return err
}

// MarshalText gives the word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *Severity) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSeverity(string(text))
	return err
}

// Compare orders findings by place, then by rule, title and crate.
func Compare(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.Primary.File, b.Primary.File),
		cmp.Compare(a.Primary.Line, b.Primary.Line),
		cmp.Compare(a.Primary.Col, b.Primary.Col),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Title, b.Title),
		cmp.Compare(a.Crate, b.Crate),
		cmp.Compare(a.Item, b.Item),
	)
}

// Sort puts findings into the order in which they are shown.
func Sort(fs []Finding) { slices.SortStableFunc(fs, Compare) }

// AtLeast counts the findings of at least that severity.
func AtLeast(fs []Finding, s Severity) int {
	n := 0
	for i := range fs {
		if fs[i].Severity >= s {
			n++
		}
	}
	return n
}

// Nearest returns the word of the list that is most like word, or "" when
// none is near: more than a third of its letters would have to change.
func Nearest(word string, list []string) string {
	best, at := "", len(word)/3+2
	for _, w := range list {
		if d := distance(strings.ToLower(word), strings.ToLower(w)); d < at {
			best, at = w, d
		}
	}
	return best
}

// distance is Levenshtein's, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := diagonal
			if a[i-1] != b[j-1] {
				change++
			}
			diagonal = row[j]
			row[j] = min(change, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
