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

// Severities are the words, the weakest first.
var Severities = []string{"none", "low", "medium", "high", "critical"}

func severity(score float64) string {
	switch {
	case score >= 9:
		return "critical"
	case score >= 7:
		return "high"
	case score >= 4:
		return "medium"
	case score > 0:
		return "low"
	}
	return "none"
}
