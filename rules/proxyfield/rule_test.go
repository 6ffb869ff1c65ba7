package proxyfield_test

import (
	"testing"

	"softshell/rule/ruletest"
	"softshell/rules/proxyfield"
)

func TestPrograms(t *testing.T) { ruletest.Run(t, proxyfield.Rule) }

func TestMain(m *testing.M) { ruletest.Main(m) }
