package patch

import (
	"regexp"
	"slices"
	"strings"

	"softshell/audit/advisory"
)

var (
	// offers are the words of a sentence that names what to take instead.
	offers = regexp.MustCompile(`(?i)\b(alternativ\w*|replace[sd]?|replacements?|recommend\w*|instead|switch(ing)?|migrat\w+|fork\w*|renamed|successors?|supersede\w*|in favou?r of|continued (as|in|by)|moved to|use the|consider using)\b`)
	// ofCrates are words without which a name in a sentence may be anything.
	ofCrates = regexp.MustCompile(`(?i)\b(crates?|alternativ\w*|forks?|replacements?|successor|maintained)\b`)
	// asks is a heading above a list of such names.
	asks = regexp.MustCompile(`(?i)alternativ|replac|recommend|migrat|fork|instead`)
	// crateLink is the page of a crate.
	crateLink = regexp.MustCompile(`https?://(?:www\.)?(?:crates\.io/crates|lib\.rs/crates|docs\.rs)/([A-Za-z][A-Za-z0-9_-]*)`)
	// code is a name that stands between backticks.
	code = regexp.MustCompile("`([a-z][a-z0-9_-]{1,63})`+( (feature|function|method|flag|macro|type|module|trait|attribute|branch|option|repository)s?\\b)?")
	// definition is a link's address behind the text.
	definition = regexp.MustCompile(`(?m)^\[([^\]\n]+)\]:\s*(\S+)\s*$`)
	// listed is the first word of an item of a list.
	listed = regexp.MustCompile("^\\s*[-*+] \\[?`?([a-z][a-z0-9_-]{1,63})`?\\]?")
)

// replacements are the crates that an advisory's own words offer in place of its
// package, in their order. They are quoted, not judged.
func replacements(a *advisory.Advisory) []string {
	links := map[string]string{} // the short names of links
	for _, m := range definition.FindAllStringSubmatch(a.Description, -1) {
		links[m[1]] = m[2]
	}
	text := definition.ReplaceAllString(a.Description, "")
	var out []string
	add := func(name string) {
		name = strings.ToLower(name)
		if !same(name, a.Package) && !slices.ContainsFunc(out, func(o string) bool { return same(o, name) }) && !slices.Contains(never, name) {
			out = append(out, name)
		}
	}
	under := false
	for _, part := range paragraphs(text) {
		if heading := strings.HasPrefix(part, "#"); heading {
			under = asks.MatchString(part)
			if !offers.MatchString(part) {
				continue
			}
		}
		first := strings.TrimSpace(part)
		item := strings.HasPrefix(first, "- ") || strings.HasPrefix(first, "* ") || strings.HasPrefix(first, "+ ")
		intro := strings.HasSuffix(first, ":") && offers.MatchString(part)
		if !under && !offers.MatchString(part) {
			continue
		}
		if under && item {
			if m := listed.FindStringSubmatch(part); m != nil {
				add(m[1])
			}
		}
		for _, sentence := range sentences(part, under) {
			for short, url := range links {
				if strings.Contains(sentence, "["+short+"]") {
					sentence += " " + url
				}
			}
			for _, m := range crateLink.FindAllStringSubmatch(sentence, -1) {
				add(m[1])
			}
			for _, m := range code.FindAllStringSubmatch(sentence, -1) {
				if m[2] == "" && (under || a.Kind == advisory.Unmaintained || ofCrates.MatchString(sentence)) {
					add(m[1])
				}
			}
		}
		under = under || intro
	}
	if len(out) > most {
		out = out[:most]
	}
	return out
}

// most is how many replacements are passed on.
const most = 8

// never are words between backticks that are no crates.
var never = []string{"unsafe", "std", "core", "alloc", "main", "master", "cargo", "rustc", "no_std", "true", "false", "none", "some", "drop", "default", "default-features", "features", "crate", "crates", "dependencies"}

func same(a, b string) bool {
	return strings.ReplaceAll(a, "-", "_") == strings.ReplaceAll(b, "-", "_")
}

// paragraphs are the parts of a Markdown text: headings, items of lists, and what
// stands between blank lines.
func paragraphs(text string) []string {
	var out []string
	open, fenced := false, false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "```") {
			fenced, open = !fenced, false
			continue
		}
		switch {
		case fenced:
		case trimmed == "":
			open = false
		case strings.HasPrefix(trimmed, "#"), strings.HasPrefix(trimmed, "- "), strings.HasPrefix(trimmed, "* "), strings.HasPrefix(trimmed, "+ "):
			out = append(out, trimmed)
			open = !strings.HasPrefix(trimmed, "#")
		case open:
			out[len(out)-1] += " " + trimmed
		default:
			out, open = append(out, trimmed), true
		}
	}
	return out
}

// sentences are those of a paragraph that offer something; all of it below a heading
// that does.
func sentences(part string, under bool) []string {
	if under {
		return []string{part}
	}
	var out []string
	for _, s := range strings.Split(part, ". ") {
		if offers.MatchString(s) {
			out = append(out, s)
		}
	}
	return out
}
