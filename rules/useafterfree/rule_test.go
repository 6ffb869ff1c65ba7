package useafterfree_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/useafterfree"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, useafterfree.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
