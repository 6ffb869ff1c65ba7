package main

import (
	"github.com/rogpeppe/go-internal/testscript"

	"softshell/heap/profile"
	"softshell/heap/profile/profiletest"
)

// heapProfile writes a profile without a run.
func heapProfile(ts *testscript.TestScript, neg bool, args []string) {
	made := map[string]func() *profile.Profile{
		"leaky": profiletest.Leaky,
		"large": func() *profile.Profile { return profiletest.Large(1, 17500) },
	}
	if neg || len(args) != 2 || made[args[0]] == nil {
		ts.Fatalf("usage: heapprofile leaky|large file")
	}
	ts.Check(profile.WriteFile(ts.MkAbs(args[1]), made[args[0]]()))
}
