package sendsync_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/sendsync"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, sendsync.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
