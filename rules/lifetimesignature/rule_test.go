package lifetimesignature_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/lifetimesignature"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, lifetimesignature.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
