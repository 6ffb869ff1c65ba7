package main

import (
	"context"
	"os"
	"strings"
	"time"

	"softshell/capture"
	"softshell/heap/graph"
	"softshell/heap/inject"
	"softshell/heap/process"
	"softshell/heap/record"
)

// heapAbilities tells what softshell heap can do here.
func heapAbilities(ctx context.Context) []capture.Ability {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return []capture.Ability{heapRecords(ctx), heapCycles(ctx), heapAttaches()}
}

// heapRecords runs a small program with the collector in it.
func heapRecords(ctx context.Context) capture.Ability {
	a := capture.Ability{Name: "heap recording", State: capture.StateOK, Detail: "the collector loads, and memory is read at the end"}
	r, err := recordTrue(ctx)
	switch {
	case err != nil:
		a.State, a.Detail = capture.StateMissing, err.Error()
	case len(r.Profiles) == 0:
		a.State, a.Detail = capture.StateMissing, strings.Join(r.Notes, "; ")
	case !r.Profiles[0].Run.Memory:
		a.State, a.Detail = capture.StatePartial, "allocations are counted; "+strings.Join(r.Profiles[0].Notes, "; ")
		a.Do = "allow process_vm_readv: in a container, --cap-add=SYS_PTRACE"
	}
	a.Detail, _, _ = strings.Cut(a.Detail, "\n")
	return a
}

func recordTrue(ctx context.Context) (*record.Result, error) {
	argv := []string{"true"}
	target, err := inject.Aim(argv)
	if err != nil {
		return nil, err
	}
	library, err := (&heapFlags{}).collector(ctx, target)
	if err != nil {
		return nil, err
	}
	nothing, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer nothing.Close()
	return record.Run(record.Options{Command: argv, Env: os.Environ(), Stdin: nothing, Stdout: nothing, Stderr: nothing, Target: target, Library: library})
}

// heapCycles tries how the compiler lays out Rc and Arc.
func heapCycles(ctx context.Context) capture.Ability {
	a := capture.Ability{Name: "heap cycles", State: capture.StateOK, Detail: "this compiler lays out Rc and Arc as softshell takes them to be"}
	l, err := graph.SelfTest(ctx, "rustc")
	switch {
	case err != nil:
		a.State, a.Detail = capture.StateMissing, err.Error()
	case !l.Counts():
		a.State, a.Detail = capture.StateMissing, "this compiler keeps the counts of Rc and Arc at other places: no cycles will be named"
	case len(l.Differs) > 0:
		a.State, a.Detail = capture.StatePartial, "laid out in another way: "+strings.Join(l.Differs, ", ")
	}
	a.Detail, _, _ = strings.Cut(a.Detail, "\n")
	return a
}

// heapAttaches reads whom the kernel lets look into a process that it did not start.
func heapAttaches() capture.Ability {
	a := capture.Ability{Name: "heap -p", State: capture.StateOK, Detail: "processes of the same user can be looked into"}
	if s := process.TraceScope(); s != "0" && (os.Geteuid() != 0 || s == "3") {
		a.State, a.Detail = capture.StatePartial, "kernel.yama.ptrace_scope is "+s+": only what softshell started can be looked into"
		if s != "3" {
			a.Do = "run softshell heap -p as root"
		}
	}
	return a
}
