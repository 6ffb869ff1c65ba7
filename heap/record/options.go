package record

import (
	"os"
	"time"

	"softshell/heap/inject"
	"softshell/heap/profile"
	"softshell/heap/secret"
)

// Options say what to run and what to look for.
type Options struct {
	Command []string
	Dir     string
	Env     []string
	Stdin   *os.File
	Stdout  *os.File
	Stderr  *os.File

	Target   *inject.Target
	Library  string // to preload; "" when the collector is linked in
	Children bool   // record what the program starts, too
	Secrets  []*secret.Needle

	// Checkpoint is how often Save is called while a process runs; 0 is never.
	Checkpoint time.Duration
	// Save takes a profile of a process, as often as there is a newer one; first
	// says that it is the process that is meant, not a child of it.
	Save func(p *profile.Profile, first bool) error
}

// Result is how the command ended.
type Result struct {
	Code     int // exit code; 128 + the signal's number when one ended it
	Signal   int
	Profiles []*profile.Profile // in the order in which the processes started
	Notes    []string           // what concerns no single process
}
