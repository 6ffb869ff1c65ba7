package orphanobject_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/orphanobject"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, orphanobject.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
