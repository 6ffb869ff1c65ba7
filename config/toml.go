package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
)

// Bounds of a TOML file that anybody may have written. The decoder calls itself for each
// level, so a file of brackets alone would end the program.
const (
	maxTOML   = 32 << 20 // bytes; the largest lock files that are known have one megabyte
	maxLevels = 200
)

// DecodeTOML reads TOML that anybody may have written. The error names the line.
func DecodeTOML(text string, to any) error {
	_, err := DecodeAllTOML(text, to)
	return err
}

// DecodeAllTOML is DecodeTOML that also gives the keys that nothing in to is for.
func DecodeAllTOML(text string, to any) (unknown []toml.Key, err error) {
	if len(text) > maxTOML {
		return nil, fmt.Errorf("%d bytes are more than such a file can have", len(text))
	}
	if line := tooDeep(text); line > 0 {
		return nil, fmt.Errorf("line %d: nested deeper than %d levels", line, maxLevels)
	}
	meta, err := toml.Decode(text, to)
	var at toml.ParseError
	if errors.As(err, &at) {
		return nil, fmt.Errorf("line %d: %s", at.Position.Line, at.Message)
	}
	return meta.Undecoded(), err
}

// DecodeTOMLFile is DecodeTOML of a file.
func DecodeTOMLFile(file string, to any) error {
	if info, err := os.Stat(file); err != nil {
		return err
	} else if !info.Mode().IsRegular() { // opening a pipe waits
		return fmt.Errorf("read %s: it is no file", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTOML+1))
	if err == nil {
		err = DecodeTOML(string(text), to)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

// tooDeep is the line on which brackets, or the parts of a key, get deeper than maxLevels; 0 is none.
func tooDeep(text string) (line int) {
	line = 1
	depth, dots := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			line++
			dots = 0
		case '#':
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return 0
			}
			i += end - 1
		case '"', '\'':
			end := stringEnd(text, i)
			for ; i < end-1; i++ {
				if text[i] == '\n' {
					line++
				}
			}
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '.':
			dots++
		case ',':
			dots = 0
		}
		if depth > maxLevels || dots > maxLevels {
			return line
		}
	}
	return 0
}

// stringEnd is where the string that begins at i ends; one of a single line ends there.
func stringEnd(text string, i int) int {
	quote := text[i : i+1]
	if long := quote + quote + quote; len(text) >= i+3 && text[i:i+3] == long {
		quote = long
	}
	for at := i + len(quote); at < len(text); at++ {
		switch {
		case text[at] == '\\' && quote[0] == '"':
			at++
		case text[at] == '\n' && len(quote) == 1:
			return at
		case len(text)-at >= len(quote) && text[at:at+len(quote)] == quote:
			return at + len(quote)
		}
	}
	return len(text)
}
