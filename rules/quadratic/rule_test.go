package quadratic_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/quadratic"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, quadratic.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
