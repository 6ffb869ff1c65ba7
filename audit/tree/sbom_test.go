package tree

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

const bomJSON = `{
 "bomFormat": "CycloneDX", "specVersion": "1.5",
 "metadata": {"component": {"type": "application", "bom-ref": "root", "name": "app", "version": "0.1.0", "purl": "pkg:cargo/app@0.1.0?download_url=file://.",
  "components": [{"type": "library", "bom-ref": "root lib", "name": "app", "version": "0.1.0", "purl": "pkg:cargo/app@0.1.0?download_url=file://.#src/lib.rs"}]}},
 "components": [
  {"type": "library", "bom-ref": "b", "name": "b", "version": "1.0.0+x", "scope": "excluded",
   "purl": "pkg:cargo/b@1.0.0%2Bx", "hashes": [{"alg": "SHA-256", "content": "aa"}]},
  {"type": "library", "bom-ref": "a", "name": "a", "version": "1.0.0", "purl": "pkg:cargo/a@1.0.0?repository_url=https://crates.example.org/index"},
  {"type": "library", "bom-ref": "g", "name": "g", "version": "1.0.0", "purl": "pkg:cargo/g@1.0.0?vcs_url=git%2Bhttps://example.org/g%40abc"},
  {"type": "library", "bom-ref": "npm", "name": "left-pad", "version": "1.0.0", "purl": "pkg:npm/left-pad@1.0.0"},
  {"type": "file", "name": "LICENSE"}
 ],
 "dependencies": [{"ref": "root", "dependsOn": ["a", "gone"]}, {"ref": "a", "dependsOn": ["b", "a"]}, {"ref": "gone", "dependsOn": ["a"]}]
}
`

const bomXML = `<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1">
  <components>
    <component type="library" bom-ref="x"><name>x</name><version>1.0.0</version>
      <purl>pkg:cargo/x@1.0.0?a=b&amp;c=d</purl></component>
  </components>
</bom>
`

func TestSBOM(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"JSON": {bomJSON, "8 a 1.0.0 registry+https://crates.example.org/index -> b 1.0.0+x crates.io\n3 app 0.1.0 path -> a 1.0.0 registry+https://crates.example.org/index\n" +
			"7 b 1.0.0+x crates.io #aa\n9 g 1.0.0 git+https://example.org/g#abc\nroot app\nnote 1 components of the bill of materials are no crates\nnote 1 components do not run in the program (scope excluded), and are judged too\n"},
		"XML":                {bomXML, "5 x 1.0.0 crates.io\nroot x\n"},
		"JSON behind a mark": {"\xef\xbb\xbf" + bomJSON, ""},
		"another format":     {`{"bomFormat": "SPDX"}`, "bomFormat is \"SPDX\""},
		"no crates":          {`{"bomFormat": "CycloneDX", "components": [{"type": "library", "purl": "pkg:npm/a@1"}]}`, "names no crate"},
		"nothing":            {`{}`, "names no crate"},
		"cut":                {bomJSON[:200], "unexpected"},
		"cut XML":            {bomXML[:200], "unexpected EOF"},
		"purls that lack a part": {`{"components": [{"purl": "pkg:cargo/a", "version": "1.0.0"}, {"purl": "pkg:cargo/@1", "name": "b"}, {"purl": "pkg:cargo/%zz@1"}, {"purl": "pkg:cargo/d"}]}`,
			"1 %zz 1 crates.io\n1 a 1.0.0 crates.io\n1 b 1 crates.io\n1 d  crates.io\nroot %zz\nroot a\nroot b\nroot d\n"},
		"a plus in a purl":           {`{"components": [{"purl": "pkg:cargo/a@1.0.0+b?vcs_url=git+https://example.org/a"}]}`, "1 a 1.0.0+b git+https://example.org/a\nroot a\n"},
		"wrong types":                {`{"components": 3}`, "cannot unmarshal"},
		"components without an end ": {`{"components": [` + strings.Repeat(`{"components": [`, 20000), ""},
	} {
		file := filepath.Join(t.TempDir(), "bom")
		if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		got := ""
		if tr, err := readFile(file); err != nil {
			got = err.Error()
			if !strings.Contains(got, c.want) {
				t.Errorf("%s: %s, want %q", name, got, c.want)
			}
			continue
		} else {
			got = show(tr)
		}
		if c.want != "" && got != c.want {
			t.Errorf("%s:\n%swant\n%s", name, got, c.want)
		}
	}
}

func FuzzSBOM(f *testing.F) {
	f.Add(bomJSON)
	f.Add(bomXML)
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []cyclonedx.BOMFileFormat{cyclonedx.BOMFileFormatJSON, cyclonedx.BOMFileFormatXML} {
			if tr, err := parseSBOM([]byte(text), format); err == nil {
				tr.Paths()
			}
		}
	})
}
