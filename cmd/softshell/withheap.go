package main

import (
	"softshell/finding"
	"softshell/heap/evidence"
	"softshell/heap/profile"
	"softshell/heap/view"
)

// weighByHeap joins recorded profiles to the findings of `softshell check`; nil
// when there are none.
func weighByHeap(files []string) (func([]finding.Finding) []string, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var views []*view.View
	for _, file := range files {
		p, err := profile.ReadFile(file)
		if err != nil {
			return nil, err
		}
		views = append(views, view.New(p, view.Options{}))
	}
	return func(fs []finding.Finding) []string {
		var notes []string
		for i, v := range views {
			notes = append(notes, evidence.Join(fs, v, files[i])...)
		}
		return notes
	}, nil
}
