// Package profiletest makes profiles without a run, for tests.
//
// Out: the profile of examples/leaky as a recorder would give it, one of a large
// program with as many stacks as asked for, and generators of random ones.
// Always: the same arguments give the same profile, and Check accepts it.
package profiletest
