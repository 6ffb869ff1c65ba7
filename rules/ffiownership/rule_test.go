package ffiownership_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/ffiownership"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, ffiownership.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
