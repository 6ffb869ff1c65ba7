package finding

import "testing"

func TestCode(t *testing.T) {
	src := "a /* b\nc */ d // e\nf(\"g\\\"h\", r#\"i\"#, 'j', '\\'', b\"k\") 'l: \"\" m"
	want := "a     \n     d     \nf(      ,       ,    ,     , b   ) 'l:    m"
	if got := Code(src); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
