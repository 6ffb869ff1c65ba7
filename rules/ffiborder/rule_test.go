package ffiborder_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/ffiborder"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, ffiborder.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
