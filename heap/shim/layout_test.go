package shim

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// records pairs the structs of proto.h with ours.
var records = []struct {
	c  string
	of any
}{
	{"heap_header", Header{}},
	{"heap_node", Node{}},
	{"heap_site", Site{}},
	{"heap_counter", Counter{}},
	{"heap_slot", Slot{}},
	{"heap_thread", Thread{}},
	{"heap_module", Module{}},
	{"heap_hello", Hello{}},
	{"heap_answer", Answer{}},
	{"heap_frozen", Frozen{}},
}

var numbers = []struct {
	c  string
	of uint64
}{
	{"HEAP_MAGIC", Magic}, {"HEAP_VERSION", Version},
	{"HEAP_HEADER_SIZE", HeaderSize}, {"HEAP_TICK_MS", TickMS}, {"HEAP_TICKS", Ticks}, {"HEAP_TABLES", Tables},
	{"HEAP_CHUNK_SHIFT", ChunkShift}, {"HEAP_CHUNK", Chunk},
	{"HEAP_ADDRESS_BITS", AddressBits}, {"HEAP_LEAF_SHIFT", LeafShift}, {"HEAP_SHADOW_DIR", ShadowDir},
	{"HEAP_SIZE_FAR", SizeFar}, {"HEAP_PAGE_SHIFT", PageShift}, {"HEAP_REGS", Regs},
	{"HEAP_CHILDREN", Children},
	{"HEAP_PC_CUT", PCCut}, {"HEAP_PC_GENERATION", PCGeneration}, {"HEAP_PC_COLLECTOR", PCCollector},
	{"HEAP_NONE", None}, {"HEAP_LIVE", Live}, {"HEAP_FREED", Freed},
	{"HEAP_HELLO", MsgHello}, {"HEAP_ACCEPT", MsgAccept}, {"HEAP_REFUSE", MsgRefuse}, {"HEAP_FROZEN", MsgFrozen}, {"HEAP_RESUME", MsgResume},
	{"HEAP_PRELOAD", Preload}, {"HEAP_LINKED", Linked},
	{"HEAP_RETURNED", Returned}, {"HEAP_EXIT", Exit}, {"HEAP_QUICK", Quick}, {"HEAP_SIGNAL", Signal}, {"HEAP_EXEC", Exec},
}

// TestLayout has the C compiler say where each field of proto.h lies.
func TestLayout(t *testing.T) {
	var src, want strings.Builder
	src.WriteString("#include \"proto.h\"\n#include <stddef.h>\n#include <stdio.h>\nint main(void) {\n")
	for _, r := range records {
		typ := reflect.TypeOf(r.of)
		fmt.Fprintf(&src, "printf(\"%s %%zu\\n\", sizeof(struct %s));\n", r.c, r.c)
		fmt.Fprintf(&want, "%s %d\n", r.c, typ.Size())
		for i := range typ.NumField() {
			f := typ.Field(i)
			fmt.Fprintf(&src, "printf(\"%s.%s %%zu %%zu\\n\", offsetof(struct %s, %s), sizeof(((struct %s *)0)->%s));\n",
				r.c, snake(f.Name), r.c, snake(f.Name), r.c, snake(f.Name))
			fmt.Fprintf(&want, "%s.%s %d %d\n", r.c, snake(f.Name), f.Offset, f.Type.Size())
		}
	}
	for _, n := range numbers {
		fmt.Fprintf(&src, "printf(\"%s %%llu\\n\", (unsigned long long)%s);\n", n.c, n.c)
		fmt.Fprintf(&want, "%s %d\n", n.c, n.of)
	}
	fmt.Fprintf(&src, "puts(HEAP_ENV);\nreturn 0;\n}\n")
	fmt.Fprintf(&want, "%s\n", Env)

	dir := t.TempDir()
	file := filepath.Join(dir, "layout.c")
	if err := os.WriteFile(file, []byte(src.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "layout")
	if out, err := exec.Command("cc", "-Ic", "-Wall", "-Werror", "-o", bin, file).CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
	got, err := exec.Command(bin).Output()
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Errorf("proto.h:\n%s\nlayout.go:\n%s", got, want.String())
	}
}

var (
	word    = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	acronym = regexp.MustCompile(`([A-Z])([A-Z][a-z])`)
)

// snake turns the Go name of a field into the C name.
func snake(name string) string {
	return strings.ToLower(word.ReplaceAllString(acronym.ReplaceAllString(name, "${1}_${2}"), "${1}_${2}"))
}
