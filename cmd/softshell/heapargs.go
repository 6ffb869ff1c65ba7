package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// heapArguments lets flags of cargo stand among those of `softshell heap` when
// cargo builds: each that is not ours becomes a --cargo flag.
func heapArguments(args []string) []string {
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	if len(args) == 0 || args[0] != "heap" || !slices.ContainsFunc(args[:end], func(a string) bool { return a == "--tests" || a == "--build" }) {
		return args
	}
	own := &cobra.Command{}
	(&heapFlags{}).flags(own)
	out := []string{"heap"}
	for i := 1; i < end; i++ {
		a := args[i]
		name, long := strings.CutPrefix(a, "--")
		name, _, given := strings.Cut(name, "=")
		flag := own.Flags().Lookup(name)
		if a == "-o" { // all other short ones are cargo's
			flag, long = own.Flags().Lookup("output"), true
		}
		switch {
		case a == "--help" || a == "-h":
			out = append(out, a)
		case flag == nil || !long:
			out = append(out, "--cargo="+a)
		case flag.NoOptDefVal == "" && !given && i+1 < end:
			i++
			out = append(out, a, args[i])
		default:
			out = append(out, a)
		}
	}
	return append(out, args[end:]...)
}
