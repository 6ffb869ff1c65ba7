package rccycle_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/rccycle"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, rccycle.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
