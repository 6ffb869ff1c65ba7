// Package evidence joins what a run showed to what the rules of `softshell check`
// found in the code.
//
// In: findings of every grade, and a recorded profile. Out: the same findings;
// those that the run bears out are confirmed, with what it showed. Always: a run
// makes no finding weaker, since another run may take another way.
package evidence
