// Package finding is what every pillar ends in and every renderer starts from.
//
// In: findings as rules emit them. Out: the same in one order, stamped with
// fingerprints that survive edits elsewhere in the file, without those that a
// comment in the source allows or a baseline knows; and the coverage that says
// what was looked at. Nothing here drops a finding silently: what is held back
// is returned as Suppressed, with the reason.
package finding
