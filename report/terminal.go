package report

import "bytes"

// Style is how a text is shown on a terminal.
type Style string

// The styles, in rustc's colours.
const (
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "1;31"
	Yellow Style = "1;33"
	Green  Style = "1;32"
	Blue   Style = "1;34"
	Cyan   Style = "1;36"
)

// Terminal collects text for people.
type Terminal struct {
	bytes.Buffer
	Color bool // else every style is plain
}

// Paint is a text in a style.
func (t *Terminal) Paint(style Style, s string) string {
	if !t.Color || s == "" {
		return s
	}
	return "\x1b[" + string(style) + "m" + s + "\x1b[0m"
}

// Line adds a line that is made of parts.
func (t *Terminal) Line(parts ...string) {
	for _, p := range parts {
		t.WriteString(p)
	}
	t.WriteByte('\n')
}
