package advisory

import (
	"fmt"
	"strings"

	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"
)

// CVSS is a score of version 3.0, 3.1 or 4.0. The zero value is no score.
type CVSS struct {
	Vector   string
	Score    float64
	Severity string // none, low, medium, high, critical; alone when only a word is given
}

// ParseCVSS computes the base score of a vector; for version 4.0 the score of all
// that the vector has.
func ParseCVSS(vector string) (CVSS, error) {
	var score float64
	switch {
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		v, err := gocvss30.ParseVector(vector)
		if err != nil {
			return CVSS{}, fmt.Errorf("read CVSS %q: %w", vector, err)
		}
		score = v.BaseScore()
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		v, err := gocvss31.ParseVector(vector)
		if err != nil {
			return CVSS{}, fmt.Errorf("read CVSS %q: %w", vector, err)
		}
		score = v.BaseScore()
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		v, err := gocvss40.ParseVector(vector)
		if err != nil {
			return CVSS{}, fmt.Errorf("read CVSS %q: %w", vector, err)
		}
		score = v.Score()
	default:
		return CVSS{}, fmt.Errorf("read CVSS %q: only versions 3.0, 3.1 and 4.0 are known", vector)
	}
	return CVSS{Vector: vector, Score: score, Severity: severity(score)}, nil
}

// severities are the words with the lowest score of each.
var severities = []struct {
	word string
	from float64
}{{"critical", 9}, {"high", 7}, {"medium", 4}, {"low", 0.1}}

func severity(score float64) string {
	for _, s := range severities {
		if score >= s.from {
			return s.word
		}
	}
	return "none"
}

// Least is the score, or the lowest that a word alone stands for.
func (c CVSS) Least() float64 {
	if c.Vector == "" {
		for _, s := range severities {
			if s.word == c.Severity {
				return s.from
			}
		}
	}
	return c.Score
}
