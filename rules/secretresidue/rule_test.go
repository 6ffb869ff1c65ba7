package secretresidue_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/secretresidue"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, secretresidue.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
