package items

import (
	"reflect"
	"strings"
	"testing"
)

func TestCompact(t *testing.T) {
	c, err := Decode(strings.NewReader(small), "")
	if err != nil {
		t.Fatal(err)
	}
	data := c.Compact()
	back, err := FromCompact(data)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, back) {
		t.Errorf("read back:\n%+v\nwritten:\n%+v", back, c)
	}
	for n := range data {
		if _, err := FromCompact(data[:n]); err == nil {
			t.Errorf("%d of %d bytes are read without an error", n, len(data))
		}
	}
}

// TestCompactFields sets each field of each type to a value of its own, so that
// a field that Compact leaves out is found.
func TestCompactFields(t *testing.T) {
	n := 0
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		n++
		switch v.Kind() {
		case reflect.String:
			v.SetString(strings.Repeat("x", n))
		case reflect.Int:
			v.SetInt(int64(n))
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem())
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			fill(v.Index(0))
			fill(v.Index(1))
		case reflect.Map:
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(k)
			fill(e)
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(k, e)
		case reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		default:
			t.Fatalf("a field of kind %s", v.Kind())
		}
	}
	c := &Crate{}
	fill(reflect.ValueOf(c).Elem())
	back, err := FromCompact(c.Compact())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, back) {
		t.Errorf("read back:\n%+v\nwritten:\n%+v", back, c)
	}
}

func FuzzFromCompact(f *testing.F) {
	c, err := Decode(strings.NewReader(small), "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(c.Compact())
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := FromCompact(data); err == nil {
			c.Compact()
		}
	})
}
