package outofbounds_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/outofbounds"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, outofbounds.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
