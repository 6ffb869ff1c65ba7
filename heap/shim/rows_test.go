package shim_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"softshell/testenv"
)

// Kinds of rows, as ehframe.h has them.
const (
	rowNone = iota
	rowEnd
	rowSP
	rowFP
	rowPLT
	rowRealigned
	rowSignal
	rowBad
)

// row is what the collector says from a pc on.
type row struct {
	pc      uint64
	kind    int
	cfa     int64
	fp, ret int64 // 0 where it is not saved
}

// TestRows compares the rows of libraries and of a Rust program with what readelf
// says of the same files, function by function.
func TestRows(t *testing.T) {
	if _, err := exec.LookPath("readelf"); err != nil {
		testenv.Lacks(t, "there is no readelf (binutils) to compare with")
	}
	bin := compiled(t, "rows", "-Ic")
	for _, file := range elfFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			out, err := exec.Command(bin, file).Output()
			if err != nil {
				t.Fatal(err)
			}
			var rows []row
			for line := range strings.Lines(string(out)) {
				var r row
				if _, err := fmt.Sscanf(line, "%x %d %d %d %d", &r.pc, &r.kind, &r.cfa, &r.fp, &r.ret); err != nil {
					t.Fatal(err)
				}
				rows = append(rows, r)
			}
			compareRows(t, file, rows)
		})
	}
}

// elfFiles are those that programs here are made of.
func elfFiles(t *testing.T) []string {
	dir := t.TempDir()
	src := filepath.Join(dir, "hello.rs")
	if err := os.WriteFile(src, []byte("fn main() { println!(\"{:?}\", std::env::args().collect::<Vec<_>>()) }"), 0o666); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "hello")
	if out, err := exec.Command("rustc", "-O", "-o", bin, src).CombinedOutput(); err != nil {
		t.Fatalf("rustc: %v\n%s", err, out)
	}
	files := []string{bin}
	out, err := exec.Command("ldd", bin).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range strings.Fields(string(out)) {
		if strings.HasPrefix(word, "/") {
			files = append(files, word)
		}
	}
	if out, err := exec.Command("rustc", "--print", "sysroot").Output(); err == nil {
		more, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "lib", "rustlib", "*", "lib", "libstd-*.so"))
		files = append(files, more...)
	}
	return files
}

// compareRows runs through what readelf prints:
//
//	... FDE cie=... pc=START..END
//	   LOC           CFA      rbp   ra
//	START            rsp+16   c-16  c-8
//
// A function that has only its CIE's rules has no lines of its own.
func compareRows(t *testing.T, file string, rows []row) {
	cmd := exec.Command("readelf", "--debug-dump=frames-interp", "--wide", file)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var columns []string
	var starts, compared, bad, wrong int
	frames, inside := false, false // of the section, of a function
	scan := bufio.NewScanner(pipe)
	for scan.Scan() {
		words := strings.Fields(scan.Text())
		switch {
		case strings.HasPrefix(scan.Text(), "Contents of the"):
			frames = strings.Contains(scan.Text(), ".eh_frame ")
		case !frames || len(words) == 0:
		case words[0] == "LOC":
			columns = words
		case len(words) > 4 && words[3] == "FDE":
			starts++
			columns, inside = nil, true
		case len(words) > 3 && words[3] == "CIE":
			columns, inside = nil, false
		case inside && len(columns) == len(words):
			pc, err := strconv.ParseUint(words[0], 16, 64)
			if err != nil {
				continue
			}
			i, _ := slices.BinarySearchFunc(rows, pc+1, func(r row, pc uint64) int {
				if r.pc < pc {
					return -1
				}
				return 1
			})
			if i == 0 {
				t.Fatalf("no row for %x", pc)
			}
			compared++
			got := rows[i-1]
			if got.kind == rowBad {
				bad++
			} else if why := differs(got, columns, words); why != "" {
				if wrong++; wrong < 10 {
					t.Errorf("%x: %s: row %+v, readelf %v %v", pc, why, got, columns[1:], words[1:])
				}
			}
		}
	}
	cmd.Wait() // it fails when separate debug information is missing
	t.Logf("%d functions, %d rows compared, %d wrong, %d of a kind that is not walked", starts, compared, wrong, bad)
	if compared < 10 || bad*100 > compared {
		t.Errorf("%d of %d rows are of a kind that is not walked", bad, compared)
	}
}

// differs says what is not the same, "" when all is.
func differs(got row, columns, words []string) string {
	at := func(name string) string {
		if i := slices.Index(columns, name); i >= 0 {
			return words[i]
		}
		return "u"
	}
	cfa, fp, ret := at("CFA"), at("rbp"), at("ra")
	want := row{pc: got.pc, kind: rowSP}
	reg, off, _ := strings.Cut(cfa, "+")
	want.cfa, _ = strconv.ParseInt(off, 10, 64)
	offset := func(rule string) int64 {
		n, _ := strconv.ParseInt(strings.TrimPrefix(rule, "c"), 10, 64)
		return n
	}
	switch {
	case ret == "u":
		want = row{pc: got.pc, kind: rowEnd}
	case cfa == "exp":
		if got.kind != rowPLT && got.kind != rowRealigned && got.kind != rowSignal {
			return "an expression"
		}
		return ""
	case reg == "rbp":
		want.kind = rowFP
	case reg != "rsp":
		return "a CFA of another register"
	}
	if want.kind != rowEnd {
		want.ret, want.fp = offset(ret), offset(fp)
	}
	if got != want {
		return "not the same"
	}
	return ""
}
