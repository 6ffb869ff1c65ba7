package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"softshell/finding"
	"softshell/heap/export"
	"softshell/heap/profile"
	"softshell/heap/view"
	"softshell/report"
)

// heapReportFlags are the flags of `softshell heap report`.
type heapReportFlags struct {
	format, output string
	cost           string
	top            int
	by             []string
	calls          string
	filter         string
	unfold         bool
	suppressions   string
	failOnLeak     int64
	listRuntime    bool
	color          string
}

// addHeapReports adds the commands that read profiles to `softshell heap`.
func addHeapReports(heap *cobra.Command, code *int) {
	heap.AddCommand(heapReportCommand(code), heapDiffCommand())
}

var heapFormats = []string{"text", "html", "json", "sarif", "heaptrack", "pprof", "collapsed", "speedscope"}

func heapReportCommand(code *int) *cobra.Command {
	f := &heapReportFlags{}
	cmd := &cobra.Command{
		Use:   "report FILE",
		Short: "Show a recorded heap profile, or write it in the format of another tool",
		Long: `report reads a profile that softshell heap wrote, on this or another machine.

Stacks are shown from the function that allocated; frames of the standard library
and the C library are left out (--unfold shows them). Blocks that the runtime keeps
until the end are counted apart: --list-runtime names them, with reasons.

--suppressions FILE holds leaks back, one line each:

    allow(heap-leak) my_app::table::fill: filled once, never dropped
    allow(heap-leak, heap-cycle) libold.so: not ours until=2027-01-31

A comment at the line that allocates does the same:

    // softshell:allow(heap-leak): reason

Formats: text; html (one page: flame graph, chart, cycles, lists); json; sarif;
heaptrack (what heaptrack_print prints); pprof (go tool pprof FILE); collapsed
(flame graph tools); speedscope. Without --format the name given to -o decides:
.html, .json, .sarif, .pb.gz, .folded, .speedscope.json.`,
		Example: `  softshell heap report softshell-heap.server.4711.profile
  softshell heap report run.profile --cost peak --top 20 --filter my_crate
  softshell heap report run.profile --by function --cost temporary
  softshell heap report run.profile --calls parse_value
  softshell heap report run.profile -o run.html
  softshell heap report run.profile -o run.pb.gz && go tool pprof -http=: run.pb.gz
  softshell heap report run.profile --format collapsed --cost leaked | flamegraph.pl > leaked.svg`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.listRuntime {
				return cobra.NoArgs(cmd, args)
			}
			if len(args) != 1 {
				return errors.New("name one file: softshell heap report FILE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.listRuntime {
				return export.RuntimeList(cmd.OutOrStdout(), f.format == "json")
			}
			c, err := f.run(cmd, args[0])
			*code = c
			return err
		},
	}
	f.flags(cmd)
	return cmd
}

func (f *heapReportFlags) flags(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.format, "format", "", strings.Join(heapFormats, ", ")+" (default text)")
	fl.StringVarP(&f.output, "output", "o", "", "write to this file")
	fl.StringVar(&f.cost, "cost", "", strings.Join(view.CostWords(), ", ")+": what lists are sorted by (default bytes)")
	fl.IntVar(&f.top, "top", 10, "entries of each list")
	fl.StringSliceVar(&f.by, "by", nil, "lists to show: "+strings.Join(export.Lists(), ", ")+" (default stack,type)")
	fl.StringVar(&f.calls, "calls", "", "show callers and callees of functions with this in their names")
	fl.StringVar(&f.filter, "filter", "", "only stacks in which a function, file or type has this text")
	fl.BoolVar(&f.unfold, "unfold", false, "show frames of std, alloc and the C library too")
	fl.StringVar(&f.suppressions, "suppressions", "", "hold back the leaks that this file allows")
	fl.Int64Var(&f.failOnLeak, "fail-on-leak", -1, "exit with 1 when more bytes than this leaked")
	fl.BoolVar(&f.listRuntime, "list-runtime", false, "list the blocks that count as the runtime's own, with reasons, and end")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	for flag, words := range map[string][]string{"format": heapFormats, "cost": view.CostWords(), "by": export.Lists(), "color": {"auto", "always", "never"}} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
}

// formatOf is the format that the name of the output asks for.
func formatOf(output string) string {
	for _, x := range [][2]string{{".html", "html"}, {".htm", "html"}, {".speedscope.json", "speedscope"}, {".json", "json"}, {".sarif", "sarif"}, {".pb.gz", "pprof"}, {".pprof", "pprof"}, {".folded", "collapsed"}, {".collapsed", "collapsed"}} {
		if strings.HasSuffix(output, x[0]) {
			return x[1]
		}
	}
	return "text"
}

// prepare checks the flags and gives what they choose.
func (f *heapReportFlags) prepare(w io.Writer) (view.Options, export.Options, error) {
	if f.format == "" {
		f.format = formatOf(f.output)
	}
	vo := view.Options{Unfold: f.unfold, Filter: f.filter}
	eo := export.Options{Version: version, Top: f.top, By: f.by, Calls: f.calls, Cost: view.Bytes, Sources: finding.NewSources()}
	if !slices.Contains(heapFormats, f.format) {
		return vo, eo, fmt.Errorf("--format: %q is none of %s", f.format, strings.Join(heapFormats, ", "))
	}
	for _, by := range f.by {
		if !slices.Contains(export.Lists(), by) {
			return vo, eo, fmt.Errorf("--by: %q is none of %s", by, strings.Join(export.Lists(), ", "))
		}
	}
	if f.top < 1 {
		return vo, eo, errors.New("--top must be 1 at least")
	}
	if f.cost != "" {
		c, err := view.ParseCost(f.cost)
		if err != nil {
			return vo, eo, fmt.Errorf("--cost: %w", err)
		}
		eo.Cost = c
	}
	if err := checkColor(f.color); err != nil {
		return vo, eo, err
	}
	if f.format == "pprof" && f.output == "" && isTerminal(w) {
		return vo, eo, errors.New("pprof is not for a terminal: name a file with -o")
	}
	eo.Color = f.output == "" && wantColor(f.color, w)
	eo.Width = columns(w)
	eo.Root, _ = os.Getwd()
	return vo, eo, nil
}

func (f *heapReportFlags) run(cmd *cobra.Command, file string) (int, error) {
	out := cmd.OutOrStdout()
	vo, eo, err := f.prepare(out)
	if err != nil {
		return exitError, err
	}
	p, err := profile.ReadFile(file)
	if err != nil {
		return exitError, err
	}
	today := time.Now()
	var ended []finding.Remark
	if f.suppressions != "" {
		if vo.Suppressions, ended, err = view.ReadSuppressions(f.suppressions, today); err != nil {
			return exitError, err
		}
	}
	s := export.Judge(view.New(p, vo), eo, today)
	s.Remarks = append(ended, s.Remarks...)
	var b bytes.Buffer
	if err := writeHeap(&b, s, f.format, eo); err != nil {
		return exitError, err
	}
	if err := emit(out, f.output, b.Bytes()); err != nil {
		return exitError, err
	}
	if f.output != "" && f.format == "html" {
		abs, _ := filepath.Abs(f.output)
		fmt.Fprintln(cmd.ErrOrStderr(), "open file://"+filepath.ToSlash(abs))
	}
	if f.failOnLeak >= 0 && s.Lost() > f.failOnLeak {
		return exitFindings, nil
	}
	return exitClean, nil
}

// writeHeap writes a profile in one of heapFormats.
func writeHeap(w io.Writer, s *export.Shown, format string, o export.Options) error {
	switch format {
	case "html":
		return export.HTML(w, s, o)
	case "json":
		return export.JSON(w, s, o)
	case "sarif":
		finding.Sort(s.Findings)
		return report.SARIF(w, export.Report(s, o))
	case "heaptrack":
		return export.HeaptrackText(w, s.View, o)
	case "pprof":
		return export.PProf(w, s.View)
	case "collapsed":
		return export.Collapsed(w, s.View, o.Cost)
	case "speedscope":
		return export.Speedscope(w, s.View, o)
	}
	return export.Text(w, s, o)
}
