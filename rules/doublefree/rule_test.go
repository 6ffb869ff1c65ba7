package doublefree_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/doublefree"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, doublefree.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
