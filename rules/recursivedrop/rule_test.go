package recursivedrop_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/recursivedrop"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, recursivedrop.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
