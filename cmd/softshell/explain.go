package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"softshell/finding"
	"softshell/rule"
	"softshell/rules"
)

func ruleIDs() []string {
	var out []string
	for _, r := range rules.All() {
		out = append(out, r.ID)
	}
	return out
}

func explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain RULE",
		Short: "Explain a rule: what it is, how it works, its limits, attack and prevention",
		Args:  cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return ruleIDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, r := range rules.All() {
				if r.ID == strings.TrimPrefix(args[0], "softshell::") {
					return explain(cmd.OutOrStdout(), r)
				}
			}
			if near := finding.Nearest(args[0], ruleIDs()); near != "" {
				return fmt.Errorf("no rule is called %q: did you mean %q?", args[0], near)
			}
			return fmt.Errorf("no rule is called %q: there are %s", args[0], strings.Join(ruleIDs(), ", "))
		},
	}
}

// explain prints a rule's page: as it is into a pipe, with headings and code
// set apart on a terminal.
func explain(w io.Writer, r *rule.Rule) error {
	if !isTerminal(w) || os.Getenv("NO_COLOR") != "" {
		_, err := fmt.Fprintln(w, strings.TrimSpace(r.Doc))
		return err
	}
	var b strings.Builder
	code := false
	for line := range strings.SplitSeq(strings.TrimSpace(r.Doc), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			code = !code
			continue
		case code:
			line = "    \x1b[36m" + line + "\x1b[0m"
		case strings.HasPrefix(line, "#"):
			line = "\x1b[1m" + strings.TrimSpace(strings.TrimLeft(line, "#")) + "\x1b[0m"
		}
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func rulesCommand() *cobra.Command {
	format := "text"
	cmd := &cobra.Command{
		Use: "rules", Short: "List the rules", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch format {
			case "json":
				return rulesJSON(cmd.OutOrStdout())
			case "text":
				return rulesText(cmd.OutOrStdout())
			}
			return fmt.Errorf("--format: %q is none of text, json", format)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "text or json")
	return cmd
}

func rulesText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RULE\tSEVERITY\tDEFAULT\tCWE\tWHAT IT FINDS")
	for _, r := range rules.All() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Severity, onOff(r.Default), cwes(r.CWE), r.Title)
	}
	return t.Flush()
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func cwes(list []int) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
}

func rulesJSON(w io.Writer) error {
	type entry struct {
		ID       string           `json:"id"`
		Title    string           `json:"title"`
		Severity finding.Severity `json:"severity"`
		Default  bool             `json:"default"`
		CWE      []int            `json:"cwe"`
	}
	out := []entry{}
	for _, r := range rules.All() {
		out = append(out, entry{r.ID, r.Title, r.Severity, r.Default, append([]int{}, r.CWE...)})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
