package invalidcast_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/invalidcast"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, invalidcast.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
