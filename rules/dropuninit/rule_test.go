package dropuninit_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/dropuninit"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, dropuninit.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
