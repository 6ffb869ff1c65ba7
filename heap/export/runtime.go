package export

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"softshell/heap/view"
)

// RuntimeList writes the built-in list of blocks that runtimes keep.
func RuntimeList(w io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(view.RuntimeBlocks())
	}
	var b strings.Builder
	for _, k := range view.RuntimeBlocks() {
		fmt.Fprintf(&b, "%s\n    %s\n", k.Name, k.Reason)
		for _, f := range k.Functions {
			fmt.Fprintf(&b, "      made in %s\n", f)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
