package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"softshell/heap/export"
	"softshell/heap/profile"
	"softshell/heap/view"
)

func heapDiffCommand() *cobra.Command {
	var format, output, cost, color string
	var top int
	var unfold bool
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Compare two heap profiles stack by stack",
		Long: `diff shows what changed from one recorded run to another. Stacks are matched by
the names of their functions: addresses, lines and other builds do not matter.
Frames of the standard library count only with --unfold, so that two toolchains
can be compared.`,
		Example: `  softshell heap diff before.profile after.profile
  softshell heap diff before.profile after.profile --cost leaked
  softshell heap diff before.profile after.profile --format json -o change.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("name two files: softshell heap diff BEFORE AFTER")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			out := cmd.OutOrStdout()
			o := export.Options{Version: version, Top: top, Color: output == "" && wantColor(color, out), Width: columns(out)}
			o.Root, _ = os.Getwd()
			var err error
			if o.Cost, err = view.ParseCost(cost); err != nil {
				return fmt.Errorf("--cost: %w", err)
			}
			if err := checkColor(color); err != nil {
				return err
			}
			write := export.DiffText
			switch format {
			case "text":
			case "json":
				write = export.DiffJSON
			default:
				return fmt.Errorf("--format: %q is none of text, json", format)
			}
			a, err := profile.ReadFile(args[0])
			if err != nil {
				return err
			}
			b, err := profile.ReadFile(args[1])
			if err != nil {
				return err
			}
			var buf bytes.Buffer
			if err := write(&buf, export.Diff(a, b, unfold), o); err != nil {
				return err
			}
			return emit(out, output, buf.Bytes())
		},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&format, "format", "text", "text or json")
	fl.StringVarP(&output, "output", "o", "", "write to this file")
	fl.StringVar(&cost, "cost", "bytes", strings.Join(view.CostWords(), ", ")+": what is compared")
	fl.IntVar(&top, "top", 10, "entries of the list")
	fl.BoolVar(&unfold, "unfold", false, "match and show frames of std, alloc and the C library too")
	fl.StringVar(&color, "color", "auto", "auto, always or never")
	for flag, words := range map[string][]string{"format": {"text", "json"}, "cost": view.CostWords(), "color": {"auto", "always", "never"}} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}
