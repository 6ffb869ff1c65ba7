package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"softshell/audit/advisory"
	"softshell/capture"
)

// auditUpdateCommand fetches the database of advisories.
func auditUpdateCommand(code *int) *cobra.Command {
	var url, cache string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Fetch the newest advisories by git",
		Long: `Fetches the newest advisories of a git repository (RustSec's, when none is named) into
softshell's cache. No other command of the audit asks for advisories over the network.

The new advisories count when they are there as a whole; until then, and when the
update is stopped or fails, those before do. A database that cannot be read in
parts is used, and the files are named (exit code 3).`,
		Example: `  softshell audit update
  softshell audit update --url https://git.example.org/mirror/advisory-db.git
  softshell audit --max-age 7      # fail when the last update is older than a week`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if cache, err = capture.CacheDir(cache); err != nil {
				return fmt.Errorf("find the cache folder: %w; name one by --cache-dir or SOFTSHELL_CACHE", err)
			}
			*code, err = auditUpdate(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), advisory.UpdateOptions{Cache: cache, URL: url}, quiet)
			return err
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&url, "url", "", "git repository (default "+advisory.RustSecURL+")")
	fl.StringVar(&cache, "cache-dir", os.Getenv("SOFTSHELL_CACHE"), "cache folder")
	fl.BoolVarP(&quiet, "quiet", "q", false, "no progress")
	return cmd
}

func auditUpdate(ctx context.Context, out, notes io.Writer, o advisory.UpdateOptions, quiet bool) (int, error) {
	show := newProgress(notes, !quiet)
	o.Now = time.Now()
	stop := showSteps(show, &o)
	u, err := advisory.Update(ctx, o)
	stop()
	if err != nil {
		return exitError, err
	}
	now := u.After.Sources[0]
	day, _, _ := strings.Cut(now.Date, "T")
	switch {
	case !u.Changed:
		fmt.Fprintf(out, "The advisories are up to date: %d, commit %.12s of %s.\n", u.After.Len(), now.Commit, day)
	case u.Before == nil:
		fmt.Fprintf(out, "Fetched %d advisories, commit %.12s of %s, from %s.\n", u.After.Len(), now.Commit, day, now.URL)
	default:
		fmt.Fprintf(out, "Fetched %d advisories (%d before), commit %.12s of %s, from %s.\n", u.After.Len(), u.Before.Len(), now.Commit, day, now.URL)
	}
	for _, n := range u.After.Notes {
		fmt.Fprintln(notes, "note: "+n)
	}
	for _, p := range u.After.Problems {
		fmt.Fprintf(notes, "warning: %s: %s\n", p.File, p.Err)
	}
	if len(u.After.Problems) > 0 {
		return exitIncomplete, nil
	}
	return exitClean, nil
}

// showSteps shows what is being done until stop is called. A step that takes long is
// shown even if it is the first.
func showSteps(show *progress, o *advisory.UpdateOptions) (stop func()) {
	var step atomic.Value
	o.Step = func(what string) { step.Store(what) }
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		tick := time.NewTicker(rate)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if what, ok := step.Load().(string); ok {
					show.step(what)
				}
			}
		}
	})
	return func() {
		close(done)
		wait.Wait()
		show.clear()
	}
}
