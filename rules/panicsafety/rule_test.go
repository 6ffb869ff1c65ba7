package panicsafety_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/panicsafety"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, panicsafety.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
