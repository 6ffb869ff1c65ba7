package unboundedgrowth_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/unboundedgrowth"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, unboundedgrowth.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
