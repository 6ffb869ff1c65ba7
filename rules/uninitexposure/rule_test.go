package uninitexposure_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/uninitexposure"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, uninitexposure.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
