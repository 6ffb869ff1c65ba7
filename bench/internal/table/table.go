// Package table holds what a benchmark measured beside what must hold.
package table

import (
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
)

// Table is the result of a benchmark.
type Table struct{ rows []row }

type row struct {
	what, figure, must string
	good               bool
}

// Add notes a figure and what it must be, in words ("" when nothing is asked of it),
// and tells of it on standard error at once.
func (t *Table) Add(what, figure, must string, good bool) {
	t.rows = append(t.rows, row{what, figure, must, good})
	fmt.Fprintf(os.Stderr, "%s: %s\n", what, figure)
}

// Skip tells of something that could not be measured. It is no failure.
func (t *Table) Skip(what, why string) { t.Add(what, "not measured: "+why, "", true) }

// Write prints the table and the load of the machine, and reports whether all
// figures are as they must be.
func (t *Table) Write(w io.Writer) bool {
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Fprintf(w, "load at the end: %s", load)
	columns := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, r := range t.rows {
		mark := "ok"
		if !r.good {
			mark = "NOT"
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\n", mark, r.what, r.figure, r.must)
	}
	columns.Flush()
	return !slices.ContainsFunc(t.rows, func(r row) bool { return !r.good })
}
