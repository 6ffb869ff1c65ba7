package capture

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// What a crate's sources say before rustc runs: whether the crate can contain
// unsafe code at all, and which of its macros expand to some where they are called.
// All of this only saves work: the word in a comment costs time, no more.

// sourceWords is what a look at the words of a crate's sources gives.
type sourceWords struct {
	bodies   []string // parts of the paths of the bodies that can contain unsafe code
	whole    bool     // each body can
	declares bool     // it calls a macro of another crate that declares something unsafe
	calls    []string // the macros of other crates that it calls and that expand to unsafe code
	unions   []string // "crate:name", its own and those of the crates below
}

// left is what a crate leaves for the crates above it.
type left struct {
	Macros providers `json:"macros"`
	Unions []string  `json:"unions"`
}

// providers are macros by name; true are those that declare something unsafe, an
// impl, a trait, a function: the others only do something unsafe.
type providers map[string]bool

const (
	leftEnding = ".left"
	quoteMark  = "quote!" // in a crate's providers: it makes code for procedural macros
)

var (
	unionDecl    = regexp.MustCompile(`\bunion\s+([A-Za-z_]\w*)\s*(?:<[^{;]*)?(?:where[^{;]*)?\{`)
	bodyName     = regexp.MustCompile(`\b(?:fn|static\s+mut|static|const(?:\s+(?:unsafe|async|extern(?:\s*"[^"]*")?))*\s+fn|const)\s+([A-Za-z_]\w*)`)
	macroDecl    = regexp.MustCompile(`\bmacro_rules!\s*([A-Za-z_]\w*)\s*[{(\[]`)
	quoteCall    = regexp.MustCompile(`\b\w*quote\w*!\s*[{(\[]`)
	procMacro    = regexp.MustCompile(`#\[\s*proc_macro(?:_attribute)?\s*\](?:\s*#\[[^\]]*\])*\s*pub\s+fn\s+(\w+)`)
	procDerive   = regexp.MustCompile(`#\[\s*proc_macro_derive\s*\(\s*(\w+)`)
	renaming     = regexp.MustCompile(`\b([A-Za-z_]\w*) as ([A-Za-z_]\w*)`)
	declaresText = regexp.MustCompile(`\bunsafe\s+(?:impl|trait|extern|fn)\b|\b(?:no_mangle|export_name|link_section)\b`)
)

// scan reads the sources, and leaves for the crates above what they need to know.
// It must be done before rustc is: they may start before it ends.
func (w *wrapped) scan(base string) sourceWords {
	from := w.leftBelow()
	below, own := from.Macros, providers{}
	words := sourceWords{unions: from.Unions}
	isProc := slices.Contains(w.call.CrateTypes, "proc-macro")
	var procNames []string
	var macros []macro
	for _, file := range w.sourceFiles() {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		text := withoutLineComments(string(raw))
		hasUnsafe := hasUnsafe(text)
		if hasUnsafe {
			words.look(text)
		}
		for _, name := range calledFrom(text, below) {
			words.whole = true // nobody knows what they name
			words.declares = words.declares || below[name]
			words.calls = append(words.calls, name)
		}
		if strings.Contains(text, "union ") {
			for _, m := range unionDecl.FindAllStringSubmatch(text, -1) {
				words.unions = append(words.unions, w.call.Crate+":"+m[1])
			}
		}
		macros = append(macros, exportedMacros(text)...)
		renamed(text, below, own)
		words.unions = append(words.unions, w.reexported(text, from.Unions)...)
		quotes(text, own)
		if isProc {
			if hasUnsafe || strings.Contains(text, `"unsafe"`) { // the word alone is a token made by hand
				own[quoteMark] = own[quoteMark] || !hasUnsafe || declaresText.MatchString(text)
			}
			for _, re := range []*regexp.Regexp{procMacro, procDerive} {
				for _, m := range re.FindAllStringSubmatch(text, -1) {
					procNames = append(procNames, m[1])
				}
			}
		}
	}
	expanding(macros, below, own)
	if isProc {
		own = procProviders(procNames, own, below)
	}
	slices.Sort(words.unions)
	words.unions = slices.Compact(words.unions)
	slices.Sort(words.calls)
	words.calls = slices.Compact(words.calls)
	for name, declares := range below {
		if name != quoteMark || !isProc {
			own[name] = own[name] || declares
		}
	}
	_ = writeJSON(base+leftEnding, left{own, words.unions}) // without it the crates above are looked at by their own words
	return words
}

// look notes which bodies of a file have unsafe code: those of the functions and
// constants whose names stand next to the word, before it or in its declaration.
// What a macro makes may have any name.
func (w *sourceWords) look(text string) {
	if strings.Contains(text, "macro_rules!") {
		for _, m := range macroDecl.FindAllStringIndex(text, -1) {
			w.whole = w.whole || hasUnsafe(balanced(text, m[1]-1))
		}
	}
	if w.whole {
		return
	}
	names := bodyName.FindAllStringSubmatchIndex(text, -1)
	next := 0
	for at := range unsafeWords(text) {
		for next < len(names) && names[next][0] < at {
			next++
		}
		// The nearest may be an inner function that has ended; what is then missed is
		// seen by the blocks that no body shows.
		end := next
		if end < len(names) && declaresAt(text[at:names[end][0]]) {
			end++
		}
		for _, m := range names[max(0, next-2):end] {
			w.bodies = append(w.bodies, text[m[2]:m[3]])
		}
	}
}

// declaresAt reports whether all that stands between the word unsafe and a name's
// keyword belongs to the same declaration: `unsafe extern "C"`.
func declaresAt(text string) bool {
	return len(text) < 60 && !strings.ContainsAny(text, "{}();=")
}

// filterLimit bounds the length of one argument; systems have a limit too.
const filterLimit = 60_000

// filter is what rustc is told of the bodies to dump; "" is none.
func (w *sourceWords) filter() string {
	if w.whole {
		return bodyPass
	}
	slices.Sort(w.bodies)
	var parts []string
	for _, name := range slices.Compact(w.bodies) {
		if strings.ContainsAny(name, "|&") {
			return bodyPass
		}
		parts = append(parts, bodyPass+"&"+name)
	}
	if f := strings.Join(parts, "|"); len(f) < filterLimit {
		return f
	}
	return bodyPass
}

// procProviders are the macros of a crate of procedural macros, if it or what it
// is built of makes unsafe code.
func procProviders(names []string, own, below providers) providers {
	declares, ok := own[quoteMark]
	if d, also := below[quoteMark]; also {
		declares, ok = declares || d, true
	}
	out := providers{}
	if ok {
		for _, n := range names {
			out[n] = declares
		}
	}
	return out
}

// leftBelow joins what the crates left that this one names.
func (w *wrapped) leftBelow() left {
	out := left{Macros: providers{}}
	for _, e := range w.call.Externs {
		if e.Path == "" {
			continue
		}
		var l left
		artifact := artifactStem(absolute(w.rec.Dir, e.Path))
		if readJSON(filepath.Join(w.session.Units, recordName(artifact)+leftEnding), &l) != nil {
			continue
		}
		for name, declares := range l.Macros {
			out.Macros[name] = out.Macros[name] || declares
		}
		out.Unions = append(out.Unions, l.Unions...)
	}
	return out
}

// sourceFiles are the files that may belong to the crate: those of its package and
// what its build script made.
func (w *wrapped) sourceFiles() []string {
	root := absolute(w.rec.Dir, w.call.Root)
	dirs := []string{w.rec.Manifest}
	if out, ok := lookEnv(w.env, "OUT_DIR"); ok {
		dirs = append(dirs, out)
	}
	if w.rec.Manifest == "" {
		return []string{root}
	}
	if !within(root, w.rec.Manifest) {
		dirs = append(dirs, filepath.Dir(root))
	}
	var files []string
	for i, dir := range dirs {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil
			case d.IsDir():
				if path != dir && i == 0 && !within(root, path) && notSources(d.Name()) {
					return filepath.SkipDir
				}
			case strings.HasSuffix(path, ".rs"):
				files = append(files, path)
			}
			return nil
		})
	}
	return files
}

// notSources reports whether a folder of a package holds nothing of its other targets.
func notSources(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains([]string{"target", "tests", "benches", "examples", "fuzz"}, name)
}

// macro is a macro that other crates can call.
type macro struct{ name, body string }

// exportedMacros are the macros of the text that others can call.
func exportedMacros(text string) []macro {
	if !strings.Contains(text, "macro_export") {
		return nil
	}
	var out []macro
	for _, m := range macroDecl.FindAllStringSubmatchIndex(text, -1) {
		head := text[max(0, m[0]-400):m[0]]
		if !strings.Contains(head, "macro_export") {
			continue
		}
		out = append(out, macro{name: text[m[2]:m[3]], body: balanced(text, m[1]-1)})
	}
	return out
}

// expanding adds the macros that expand to unsafe code, themselves or through another.
func expanding(macros []macro, below, own providers) {
	for again := true; again; {
		again = false
		for _, m := range macros {
			was, had := own[m.name]
			declares, ok := was, had
			if hasUnsafe(m.body) {
				declares, ok = declares || declaresText.MatchString(m.body), true
			}
			for _, p := range []providers{below, own} {
				for _, inner := range calledFrom(m.body, p) {
					declares, ok = declares || p[inner], true
				}
			}
			if ok && (!had || declares != was) {
				own[m.name], again = declares, true
			}
		}
	}
}

// renamed adds the macros that the text gives another name, so that those who
// import that name are seen as well.
func renamed(text string, below, own providers) {
	if len(below) == 0 || !strings.Contains(text, " as ") {
		return
	}
	for _, m := range renaming.FindAllStringSubmatch(text, -1) {
		if declares, ok := below[m[1]]; ok {
			own[m[2]] = own[m[2]] || declares
		}
	}
}

// quotes notes that the text makes unsafe code for procedural macros.
func quotes(text string, own providers) {
	if !strings.Contains(text, "quote") {
		return
	}
	for _, m := range quoteCall.FindAllStringIndex(text, -1) {
		if body := balanced(text, m[1]-1); hasUnsafe(body) {
			own[quoteMark] = own[quoteMark] || declaresText.MatchString(body)
		}
	}
}

// balanced is the text from the bracket at i to the one that closes it. Brackets
// in strings count too; the worst of it is a little too much or too little text.
func balanced(text string, i int) string {
	depth := 0
	for j := i; j < len(text); j++ {
		switch text[j] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return text[i : j+1]
			}
		}
	}
	return text[i:]
}

var globUse = regexp.MustCompile(`\bpub\s+use\s[^;]*\*`)

// reexported are the unions of the crates below that the text may pass on, under the
// crate's own name: rustc names a type by the path that the crate above can see.
func (w *wrapped) reexported(text string, below []string) []string {
	if len(below) == 0 || !strings.Contains(text, "pub use") {
		return nil
	}
	names := map[string][]string{} // as they are passed on
	for _, m := range renaming.FindAllStringSubmatch(text, -1) {
		names[m[1]] = append(names[m[1]], m[2])
	}
	glob := globUse.MatchString(text)
	var out []string
	for _, u := range below {
		_, name, _ := strings.Cut(u, ":")
		if glob || strings.Contains(text, name) {
			out = append(out, w.call.Crate+":"+name)
		}
		for _, other := range names[name] {
			out = append(out, w.call.Crate+":"+other)
		}
	}
	return out
}

// calledFrom are the names of p that occur in the text where a macro, a derive or
// an attribute can stand, or where they get another name.
func calledFrom(text string, p providers) []string {
	if len(p) == 0 {
		return nil
	}
	var out []string
	for i := 0; i < len(text); {
		if !wordStart(text[i]) {
			i++
			continue
		}
		j := i + 1
		for j < len(text) && wordByte(text[j]) {
			j++
		}
		if _, ok := p[text[i:j]]; ok && (j < len(text) && text[j] == '!' || strings.HasPrefix(text[j:], " as ") || inAttribute(text, i)) {
			out = append(out, text[i:j])
		}
		i = j
	}
	return out
}

// inAttribute reports whether an attribute or a list of derives is open at i.
func inAttribute(text string, i int) bool {
	head := text[max(0, i-300):i]
	open := strings.LastIndex(head, "#[")
	return open >= 0 && !strings.Contains(head[open:], "]")
}

func wordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func wordByte(c byte) bool { return wordStart(c) || c >= '0' && c <= '9' }

// hasUnsafe reports whether the word unsafe stands in the text where code can begin
// with it.
func hasUnsafe(text string) bool {
	for range unsafeWords(text) {
		return true
	}
	return false
}

// unsafeWords are the places of the word unsafe before a block, an item, an
// attribute's list or a macro's variable.
func unsafeWords(text string) iter.Seq[int] {
	const word = "unsafe"
	return func(yield func(int) bool) {
		for at := 0; ; {
			i := strings.Index(text[at:], word)
			if i < 0 {
				return
			}
			start := at + i
			at = start + len(word)
			next := strings.TrimLeft(text[at:], " \t\r\n")
			if start > 0 && wordByte(text[start-1]) || next == "" || wordByte(text[at]) || !begins(next) {
				continue
			}
			if !yield(start) {
				return
			}
		}
	}
}

// begins reports whether the text can stand behind the word unsafe.
func begins(text string) bool {
	if strings.IndexByte("{($#/", text[0]) >= 0 {
		return true
	}
	for _, item := range []string{"impl", "fn", "trait", "extern", "auto", "mod", "async", "const"} {
		if strings.HasPrefix(text, item) {
			return true
		}
	}
	return false
}

// withoutLineComments drops the lines that are nothing but a comment.
func withoutLineComments(text string) string {
	if !strings.Contains(text, "//") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimLeft(line, " \t"), "//") {
			b.WriteString(line)
		}
	}
	return b.String()
}
