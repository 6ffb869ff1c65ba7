package items

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// small is a crate as rustdoc prints it, cut down to what shows the format.
const small = `{"root":9,"crate_version":null,"includes_private":true,"index":{
"9":{"id":9,"crate_id":0,"name":"small","span":{"filename":"é\"\\.rs","begin":[1,1],"end":[9,2]},"visibility":"public","docs":"a \\ \" }{","links":{},"attrs":[],"deprecation":null,
 "inner":{"module":{"is_crate":true,"items":[1,2,3,4,5,6,8,null,10],"is_stripped":false}}},
"1":{"id":1,"crate_id":0,"name":"Node","span":{"filename":"a.rs","begin":[2,1],"end":[3,2]},"visibility":"public","docs":null,"attrs":[{"repr":{"kind":"c","align":8,"packed":null,"int":null}},"non_exhaustive"],
 "inner":{"struct":{"kind":{"plain":{"fields":[7],"has_stripped_fields":false}},"generics":{"params":[{"name":"T","kind":{"type":{"bounds":[{"trait_bound":{"trait":{"path":"Clone","id":20,"args":null},"generic_params":[],"modifier":"maybe"}},{"outlives":"'a"}],"default":{"primitive":"u8"},"is_synthetic":false}}},{"name":"N","kind":{"const":{"type":{"primitive":"usize"},"default":"3"}}}],"where_predicates":[{"bound_predicate":{"type":{"generic":"T"},"bounds":[{"trait_bound":{"trait":{"path":"Iterator","id":22,"args":{"angle_bracketed":{"args":[],"constraints":[{"name":"Item","args":null,"binding":{"equality":{"type":{"generic":"T"}}}}]}}},"generic_params":[],"modifier":"none"}}],"generic_params":[]}}]},"impls":[4]}}},
"7":{"id":7,"crate_id":0,"name":"next","span":null,"visibility":"default","attrs":[],
 "inner":{"struct_field":{"resolved_path":{"path":"Option","id":21,"args":{"angle_bracketed":{"args":[{"type":{"borrowed_ref":{"lifetime":"'a","is_mutable":true,"type":{"dyn_trait":{"traits":[{"trait":{"path":"Fn","id":23,"args":{"parenthesized":{"inputs":[{"tuple":[{"slice":{"primitive":"u8"}}]}],"output":{"array":{"type":{"raw_pointer":{"is_mutable":true,"type":{"primitive":"never"}}},"len":"N"}}}}},"generic_params":[{"name":"'b","kind":{"lifetime":{"outlives":[]}}}]}],"lifetime":"'a"}}}}},{"const":{"expr":"N","value":null,"is_literal":false}},"infer"],"constraints":[]}}}}}},
"2":{"id":2,"crate_id":0,"name":"Kind","span":{"filename":"a.rs","begin":[4,1],"end":[4,9]},"visibility":{"restricted":{"parent":9,"path":"::small"}},"attrs":[],
 "inner":{"enum":{"generics":{"params":[],"where_predicates":[]},"has_stripped_variants":false,"variants":[11,12],"impls":[]}}},
"11":{"id":11,"crate_id":0,"name":"A","span":null,"visibility":"default","attrs":[],"inner":{"variant":{"kind":"plain","discriminant":{"expr":"1 + 1","value":"2"}}}},
"12":{"id":12,"crate_id":0,"name":"B","span":null,"visibility":"default","attrs":[],"inner":{"variant":{"kind":{"tuple":[7,null]},"discriminant":null}}},
"3":{"id":3,"crate_id":0,"name":null,"span":{"filename":"a.rs","begin":[5,1],"end":[5,9]},"visibility":"public","attrs":[],"inner":{"use":{"source":"std::x","name":"y","id":21,"is_glob":false}}},
"5":{"id":5,"crate_id":0,"name":null,"span":null,"visibility":"public","attrs":[],"inner":{"use":{"source":"std::x","name":"x","id":24,"is_glob":true}}},
"6":{"id":6,"crate_id":0,"name":null,"span":null,"visibility":"public","attrs":[],"inner":{"use":{"source":"self","name":"small","id":9,"is_glob":true}}},
"4":{"id":4,"crate_id":0,"name":null,"span":{"filename":"a.rs","begin":[6,1],"end":[6,9]},"visibility":"default","attrs":["automatically_derived"],
 "inner":{"impl":{"is_unsafe":false,"generics":{"params":[],"where_predicates":[{"eq_predicate":{"lhs":{"qualified_path":{"name":"Item","args":null,"self_type":{"generic":"T"},"trait":{"path":"Iterator","id":22,"args":null}}},"rhs":{"constant":{"expr":"1","value":null,"is_literal":true}}}},{"lifetime_predicate":{"lifetime":"'a","outlives":["'b"]}}]},"provided_trait_methods":[],"trait":{"path":"Clone","id":20,"args":null},"for":{"resolved_path":{"path":"Node","id":1,"args":null}},"items":[13,14],"is_negative":false,"is_synthetic":false,"blanket_impl":null}}},
"13":{"id":13,"crate_id":0,"name":"f","span":null,"visibility":"default","attrs":[],"inner":{"function":{"sig":{"inputs":[["self",{"generic":"Self"}],["g",{"function_pointer":{"sig":{"inputs":[["_",{"pat":{"type":{"primitive":"u32"}}}]],"output":null,"is_c_variadic":true},"generic_params":[],"header":{"is_const":false,"is_unsafe":true,"is_async":false,"abi":{"C":{"unwind":true}}}}}]],"output":{"impl_trait":[{"use":["'a"]}]},"is_c_variadic":false},"generics":{"params":[],"where_predicates":[]},"header":{"is_const":false,"is_unsafe":false,"is_async":true,"abi":"Rust"},"has_body":true}}},
"14":{"id":14,"crate_id":0,"name":"Out","span":null,"visibility":"default","attrs":[],"inner":{"assoc_type":{"generics":{"params":[],"where_predicates":[]},"bounds":[],"type":{"resolved_path":{"path":"$crate::Gone","id":99,"args":null}}}}},
"8":{"id":8,"crate_id":0,"name":"COUNT","span":null,"visibility":"public","attrs":[],"inner":{"static":{"type":{"primitive":"u8"},"is_mutable":true,"expr":"0","is_unsafe":false}}},
"10":{"id":10,"crate_id":0,"name":"Tr","span":null,"visibility":"public","attrs":[],"inner":{"trait":{"is_auto":false,"is_unsafe":true,"is_dyn_compatible":true,"items":[13],"generics":{"params":[],"where_predicates":[]},"bounds":[],"implementations":[4]}}},
"15":{"id":15,"crate_id":0,"name":"S","span":null,"visibility":"public","attrs":[],"inner":{"type_alias":{"type":{"tuple":[]},"generics":{"params":[],"where_predicates":[]}}}},
"16":{"id":16,"crate_id":2,"name":"into","span":null,"visibility":"default","attrs":[],"inner":{"function":{}}}},
"paths":{"20":{"crate_id":2,"path":["core","clone","Clone"],"kind":"trait"},"21":{"crate_id":2,"path":["core","option","Option"],"kind":"enum"},"22":{"crate_id":2,"path":["core","iter","Iterator"],"kind":"trait"},
"23":{"crate_id":2,"path":["core","ops","Fn"],"kind":"trait"},"24":{"crate_id":1,"path":["std","x"],"kind":"module"},"15":{"crate_id":0,"path":["small","S"],"kind":"type_alias"},"1":{"crate_id":0,"path":["small","Node"],"kind":"struct"}},
"external_crates":{},"target":{"triple":"x","target_features":[]},"format_version":57}
`

// nested repeats the opening and closing of a JSON text around a core.
func nested(n int, open, core, closing string) string {
	return strings.Repeat(open, n) + core + strings.Repeat(closing, n)
}

// withType is a crate with a static of the type given as JSON.
func withType(ty string) string {
	return `{"root":1,"index":{"1":{"crate_id":0,"name":"c","inner":{"module":{"items":[2]}}},"2":{"crate_id":0,"name":"S","inner":{"static":{"type":` + ty + `}}}},"paths":{},"format_version":57}`
}

// modules is a crate of n modules, each with the items that f gives it besides the next.
func modules(n int, f func(i int) string) string {
	var b strings.Builder
	b.WriteString(`{"root":0,"index":{`)
	for i := range n {
		fmt.Fprintf(&b, `"%d":{"crate_id":0,"name":"m%d","inner":{"module":{"items":[%s]}}},`, i, i, f(i))
	}
	b.WriteString(`"999999":{"crate_id":2}},"format_version":57}`)
	return b.String()
}

// hostile are texts that ask for more than they should get.
var hostile = map[string]string{
	"nothing":             ``,
	"no object":           `[1,2]`,
	"a zero byte":         "{\"root\":0,\x00" + strings.Repeat(" ", 1<<20),
	"a huge id":           `{"root":9999999,"index":{"9999999":{"crate_id":0,"name":"c","inner":{"module":{"items":[1234567]}}}},"paths":{"9999998":{"path":["a"],"kind":"struct"}}}`,
	"huge ids":            `{"root":9999999999999999999999,"index":{"18446744073709551616":{"crate_id":0,"name":"c","inner":{"module":{"items":[-1,1e9,16777216,167772159]}}}}}`,
	"brackets open":       strings.Repeat(`{"index":`, 1<<18),
	"arrays open":         `{"root":` + strings.Repeat(`[`, 1<<20),
	"a value without end": `{"root":"` + strings.Repeat(`\"`, 1<<20),
	"closing first":       `}{]`,
	"half a surrogate":    strings.Replace(small, "é", `\ud800`, 1),
	"deep references":     withType(nested(1<<13, `{"borrowed_ref":{"type":`, `{"primitive":"u8"}`, `}}`)),
	"deep tuples":         withType(nested(1<<15, `{"tuple":[`, ``, `]}`)),
	"deep bounds": withType(`{"impl_trait":` + nested(1<<13,
		`[{"trait_bound":{"trait":{"path":"T","args":{"angle_bracketed":{"constraints":[{"name":"A","binding":{"constraint":`, `[]`, `}}]}}}}}]`) + `}`),
	"deep constraints": withType(`{"resolved_path":{"path":"T","args":` + nested(1<<14,
		`{"angle_bracketed":{"constraints":[{"name":"A","args":`, `null`, `}]}}`) + `}}`),
	"a module in itself": modules(1, func(int) string { return "0,0,0" }),
	"modules in a chain": modules(1<<9, func(i int) string { return fmt.Sprint(i + 1) }),
	"modules in each other": modules(1<<6, func(int) string {
		var ids []string
		for j := range 1 << 6 {
			ids = append(ids, fmt.Sprint(j))
		}
		return strings.Join(ids, ",")
	}),
}

// decodeWithin decodes and fails the test when that panics, takes long or much memory.
func decodeWithin(t testing.TB, name, data string, memory uint64) (c *Crate, err error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		c, err = Decode(strings.NewReader(data), "")
	}()
	select {
	case p := <-done:
		if p != nil {
			t.Fatalf("%s: panic: %v", name, p)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: not done after 20 s", name)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > memory {
		t.Errorf("%s: %d bytes of text took %d of memory, %d are allowed", name, len(data), used, memory)
	}
	if (c == nil) == (err == nil) {
		t.Fatalf("%s: Decode returned %v and %v", name, c, err)
	}
	return c, err
}

// memoryFor is what a text that is rustdoc's, or nearly so, may take.
func memoryFor(data string) uint64 { return 4<<20 + 16*uint64(len(data)) }

func TestSmall(t *testing.T) {
	c, err := Decode(strings.NewReader(small), "renamed")
	if err != nil {
		t.Fatal(err)
	}
	const want = `crate renamed

== types

enum renamed::Kind  @a.rs4:1-4:9
    A = 2
    B
        pub next: core::option::Option<&'a mut (dyn for<'b> core::ops::Fn(([u8],)) -> [*mut !; N] + 'a), N, _>  @0:0-0:0

#[repr(C, align(8))]
#[non_exhaustive]
pub struct renamed::Node<T: ?core::clone::Clone + 'a = u8, const N = 3> where T: core::iter::Iterator<Item = T>  @a.rs2:1-3:2
    Node
        pub next: core::option::Option<&'a mut (dyn for<'b> core::ops::Fn(([u8],)) -> [*mut !; N] + 'a), N, _>  @0:0-0:0

== type aliases
type renamed::S = ()

== traits
unsafe trait renamed::Tr { f }

== impls

0: derived impl core::clone::Clone for renamed::Node where <T as core::iter::Iterator>::Item = 1, 'a: 'b  @a.rs6:1-6:9
    type Out = Gone
    fn f

== functions
pub async fn renamed::Node::f(self: Self, unsafe extern "C-unwind" fn(u32, ...)) -> impl use<..>  (impl 0)  @0:0-0:0
pub async fn renamed::Tr::f(self: Self, unsafe extern "C-unwind" fn(u32, ...)) -> impl use<..>  @0:0-0:0

== statics
static mut renamed::COUNT: u8  @0:0-0:0

== other names
renamed::y -> core::option::Option
renamed::* -> std::x::*
`
	if got := text(c); got != want {
		t.Errorf("%s\nall of it:\n%s", difference(want, got), got)
	}
}

// TestReaders decodes from readers that give little, much, or fail.
func TestReaders(t *testing.T) {
	want, err := Decode(strings.NewReader(small), "")
	if err != nil {
		t.Fatal(err)
	}
	padded := strings.Replace(small, `"a \\`, `"`+strings.Repeat("long ", windowSize/2), 1) // an entry of several windows
	for name, r := range map[string]io.Reader{
		"byte by byte":    iotest.OneByteReader(strings.NewReader(small)),
		"by halves":       iotest.HalfReader(strings.NewReader(small)),
		"end with data":   iotest.DataErrReader(strings.NewReader(small)),
		"an entry grows":  strings.NewReader(padded),
		"grows by halves": iotest.HalfReader(strings.NewReader(padded)),
	} {
		if got, err := Decode(r, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: not the same:\n%s", name, difference(text(want), text(got)))
		}
	}
	broken := errors.New("broken disk")
	for _, at := range []int{0, 100, len(small) / 2, len(small) - 3} {
		r := io.MultiReader(strings.NewReader(small[:at]), iotest.ErrReader(broken))
		if _, err := Decode(r, ""); !errors.Is(err, broken) {
			t.Errorf("a reader that fails after %d bytes: %v", at, err)
		}
	}
}

// TestFormatVersion: text of another version is read if it can be; if not, the error tells the version.
func TestFormatVersion(t *testing.T) {
	next := strings.Replace(small, `"format_version":57`, `"format_version":4711`, 1)
	c, err := Decode(strings.NewReader(next), "")
	if err != nil || c.Tested() || c.Format != 4711 {
		t.Errorf("another version: %v, %v", c, err)
	}
	for name, data := range map[string]string{
		"no root":            strings.Replace(next, `"root":9`, `"top":9`, 1),
		"root is no module":  strings.Replace(next, `"root":9`, `"root":1`, 1),
		"version before cut": strings.Replace(next, `{"root"`, `{"format_version":4711,"root"`, 1)[:900],
		"index is a list":    `{"format_version":4711,"index":[]}`,
	} {
		_, err := Decode(strings.NewReader(data), "")
		var f *FormatError
		if !errors.As(err, &f) || f.Version != 4711 || !strings.Contains(err.Error(), "format_version 4711") || !strings.Contains(err.Error(), fmt.Sprint(FormatMax)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = Decode(strings.NewReader(small[:900]), "")
	if !errors.Is(err, errTruncated) || errors.As(err, new(*FormatError)) {
		t.Errorf("text that ends before its version: %v", err)
	}
}

func TestHostile(t *testing.T) {
	for name, data := range hostile {
		decodeWithin(t, name, data, 64<<20+8*uint64(len(data)))
	}
}

// TestWindowIsBounded: a value that never ends is not gathered for ever.
func TestWindowIsBounded(t *testing.T) {
	r := io.MultiReader(strings.NewReader(`{"index":{"1":{"docs":"`), &forever{})
	if _, err := Decode(r, ""); err == nil {
		t.Error("an endless string was decoded")
	}
	r = io.MultiReader(strings.NewReader(`{"index"`), &forever{space: true})
	if _, err := Decode(io.LimitReader(r, 1<<28), ""); !errors.Is(err, errTruncated) {
		t.Errorf("endless space: %v", err)
	}
}

type forever struct{ space bool }

func (f *forever) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
		if f.space {
			p[i] = ' '
		}
	}
	return len(p), nil
}

// TestCut ends the text at every 200th byte, and the small one at every byte.
func TestCut(t *testing.T) {
	for name, data := range samples(t) {
		step := 200
		if name == "small" {
			step = 1
		}
		end := len(strings.TrimSpace(data))
		for n := 0; n < end; n += step {
			if _, err := decodeWithin(t, fmt.Sprintf("%s cut at %d", name, n), data[:n], memoryFor(data)); err == nil {
				t.Fatalf("%s cut at %d of %d is no error", name, n, end)
			}
		}
	}
}

// TestFlips changes bytes at random.
func TestFlips(t *testing.T) {
	const signs = "{}[]\",:\\0159 \x00\xffntx"
	for name, data := range samples(t) {
		rnd := rand.New(rand.NewPCG(1, 2))
		decoded := 0
		for range 700 {
			b := []byte(data)
			var at []string
			for range 1 + rnd.IntN(3) {
				i := rnd.IntN(len(b))
				if rnd.IntN(2) == 0 {
					b[i] ^= 1 << rnd.IntN(8)
				} else {
					b[i] = signs[rnd.IntN(len(signs))]
				}
				at = append(at, fmt.Sprintf("%q at %d", b[i], i))
			}
			if c, _ := decodeWithin(t, fmt.Sprint(name, " with ", at), string(b), memoryFor(data)); c != nil {
				decoded++
			}
		}
		if decoded == 0 {
			t.Errorf("%s: none of the changed texts could be decoded", name)
		}
	}
}

// samples are texts of rustdoc: the small one, and testdata/shapes.rs when there is a toolchain.
func samples(t *testing.T) map[string]string {
	out := map[string]string{"small": small}
	if all := toolchains(t); len(all) > 0 {
		out["shapes"] = pruned(t, document(t, all[0]))
	}
	return out
}

// pruned drops what Decode does not look at, the bulk of the text, and sorts
// the rest, which rustdoc prints in another order each time.
func pruned(t *testing.T, data []byte) string {
	var doc map[string]any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	index := doc["index"].(map[string]any)
	for id, v := range index {
		item := v.(map[string]any)
		im, _ := item["inner"].(map[string]any)["impl"].(map[string]any)
		if fmt.Sprint(item["crate_id"]) != "0" || im != nil && (im["is_synthetic"] == true || im["blanket_impl"] != nil) {
			delete(index, id)
		}
	}
	used, err := json.Marshal(index)
	if err != nil {
		t.Fatal(err)
	}
	paths := doc["paths"].(map[string]any)
	for id := range paths {
		if index[id] == nil && !bytes.Contains(used, []byte(`"id":`+id+`,`)) {
			delete(paths, id)
		}
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	whole, err1 := Decode(bytes.NewReader(data), "")
	less, err2 := Decode(bytes.NewReader(out), "")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if text(whole) != text(less) {
		t.Fatalf("pruned, the text says something else:\n%s", difference(text(whole), text(less)))
	}
	return string(out)
}

// FuzzDecode feeds anything: an error or a Crate, the same for any reader.
func FuzzDecode(f *testing.F) {
	f.Add(small)
	f.Add(withType(`{"borrowed_ref":{"lifetime":null,"is_mutable":false,"type":{"dyn_trait":{"traits":[{"trait":{"path":"T","id":3,"args":null},"generic_params":[]}],"lifetime":"'a"}}}}`))
	f.Add(modules(3, func(i int) string { return fmt.Sprint(i + 1) }))
	for _, data := range hostile {
		if len(data) < 1<<10 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data string) {
		if len(data) > 1<<14 {
			return
		}
		c, err := Decode(strings.NewReader(data), "")
		again, err2 := Decode(iotest.HalfReader(strings.NewReader(data)), "")
		if (err == nil) != (err2 == nil) || (c == nil) == (err == nil) {
			t.Fatalf("%v, then %v", err, err2)
		}
		if !reflect.DeepEqual(c, again) {
			t.Fatal("read again it is another crate")
		}
	})
}
