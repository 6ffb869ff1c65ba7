package export

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"softshell/heap/view"
)

// Collapsed writes one line for each stack, `root;..;leaf number`, as flame graph
// tools read it.
func Collapsed(w io.Writer, v *view.View, cost view.Cost) error {
	sums := map[string]int64{}
	for i := range v.Stacks {
		s := &v.Stacks[i]
		n := cost.Of(s)
		if n == 0 {
			continue
		}
		var parts []string
		for _, c := range slices.Backward(s.Calls) {
			parts = append(parts, strings.ReplaceAll(clean(v.Name(c.Frame)), ";", ":"))
		}
		sums[strings.Join(parts, ";")] += n
	}
	b := bufio.NewWriter(w)
	for _, stack := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(b, "%s %d\n", stack, sums[stack])
	}
	return b.Flush()
}
