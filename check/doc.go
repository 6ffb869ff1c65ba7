// Package check drives the pipeline for one project: capture, then the
// analysis, then the user's configuration, comments and baseline.
//
// In: Options. Out: a Result that a renderer can show as it is. The same input
// gives the same Result at any number of jobs.
package check
