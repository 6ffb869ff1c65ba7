package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"softshell/capture"
)

func doctorCommand(code *int) *cobra.Command {
	format := "text"
	cmd := &cobra.Command{
		Use: "doctor", Short: "Show what this machine's toolchain supports", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := capture.Probe(cmd.Context())
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			d.Abilities = append(d.Abilities, heapAbilities(cmd.Context())...)
			if !d.Works() {
				*code = exitError
			}
			w := cmd.OutOrStdout()
			switch format {
			case "json":
				_, err := fmt.Fprintln(w, d)
				return err
			case "text":
			default:
				return fmt.Errorf("--format: %q is none of text, json", format)
			}
			t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			for _, a := range d.Abilities {
				fmt.Fprintf(t, "%s\t%s\t%s\n", a.Name, a.State, a.Detail)
				if a.Do != "" {
					fmt.Fprintf(t, "\t\t-> %s\n", a.Do)
				}
			}
			if err := t.Flush(); err != nil {
				return err
			}
			word := "softshell check works here"
			if !d.Works() {
				word = "softshell check does not work here: mend what is missing above"
			}
			_, err := fmt.Fprintln(w, "\n"+word)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "text or json")
	return cmd
}
