package memforget_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/memforget"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, memforget.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
