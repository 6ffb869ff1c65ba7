package export

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// count writes 1234567 as 1,234,567.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	digits, sign := strings.TrimPrefix(s, "-"), ""
	if len(digits) < len(s) {
		sign = "-"
	}
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return sign + b.String()
}

// of is "1 block" or "2 blocks".
func of(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return count(n) + " " + what + "s"
}

// size writes bytes as a person says them: all digits as long as they are few.
func size(n int64) string {
	f, sign := float64(n), ""
	if n < 0 {
		f, sign = -f, "-"
	}
	if f < 10_000 {
		return sign + of(int64(f), "byte")
	}
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		if f /= 1000; f < 1000 || unit == "TB" {
			return sign + digits(f) + " " + unit
		}
	}
	return ""
}

// digits writes three of them at least where there is a fraction.
func digits(f float64) string {
	switch {
	case f >= 99.95:
		return strconv.FormatFloat(f, 'f', 0, 64)
	case f >= 9.995:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}

func percent(n, whole int64) string {
	if whole == 0 {
		return "0 %"
	}
	p := 100 * float64(n) / float64(whole)
	if p > 0 && p < 0.1 {
		return "under 0.1 %"
	}
	return strconv.FormatFloat(p, 'f', 1, 64) + " %"
}

// duration writes a time with three digits.
func duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return digits(float64(d)/1e3) + " us"
	case d < time.Second:
		return digits(float64(d)/1e6) + " ms"
	case d < time.Minute:
		return digits(d.Seconds()) + " s"
	}
	return fmt.Sprintf("%d min %02.0f s", int(d.Minutes()), math.Floor(math.Mod(d.Seconds(), 60)))
}

// perSecond is a rate; "" when the time is too short to give one.
func perSecond(n int64, d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return count(int64(math.Round(float64(n)/d.Seconds()))) + " per second"
}

// clean makes control characters of names visible, so that no name moves the
// cursor of a terminal or ends a line.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0x2029 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return '?'
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
}
