// Package rules lists every rule. The list is written by hand in alphabetical
// order; TestEveryRuleIsListed compares it with the folders.
package rules

import (
	"softshell/rule"
	"softshell/rules/danglingreturn"
	"softshell/rules/doublefree"
	"softshell/rules/dropuninit"
	"softshell/rules/ffiborder"
	"softshell/rules/ffiownership"
	"softshell/rules/invalidcast"
	"softshell/rules/lifetimesignature"
	"softshell/rules/memforget"
	"softshell/rules/orphanobject"
	"softshell/rules/outofbounds"
	"softshell/rules/panicsafety"
	"softshell/rules/proxyfield"
	"softshell/rules/quadratic"
	"softshell/rules/rccycle"
	"softshell/rules/recursivedrop"
	"softshell/rules/secretresidue"
	"softshell/rules/sendsync"
	"softshell/rules/unboundedgrowth"
	"softshell/rules/uninitexposure"
	"softshell/rules/useafterfree"
)

// All returns the rules, sorted by id.
func All() []*rule.Rule {
	return []*rule.Rule{
		danglingreturn.Rule,
		doublefree.Rule,
		dropuninit.Rule,
		ffiborder.Rule,
		ffiownership.Rule,
		invalidcast.Rule,
		lifetimesignature.Rule,
		memforget.Rule,
		orphanobject.Rule,
		outofbounds.Rule,
		panicsafety.Rule,
		proxyfield.Rule,
		quadratic.Rule,
		rccycle.Rule,
		recursivedrop.Rule,
		secretresidue.Rule,
		sendsync.Rule,
		unboundedgrowth.Rule,
		uninitexposure.Rule,
		useafterfree.Rule,
	}
}
