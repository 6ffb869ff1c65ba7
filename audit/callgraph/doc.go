// Package callgraph says which functions of a dependency tree can run.
package callgraph
