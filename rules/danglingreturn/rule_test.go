package danglingreturn_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/danglingreturn"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, danglingreturn.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
