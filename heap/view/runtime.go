package view

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed runtime.toml
var runtimeText string

// RuntimeBlock is a block that a runtime keeps until the end, with the reason.
type RuntimeBlock struct {
	Name      string   `toml:"name" json:"name"`
	Reason    string   `toml:"reason" json:"reason"`
	Functions []string `toml:"functions" json:"functions"` // globs; one that matches is enough
}

// RuntimeBlocks is the built-in list.
var RuntimeBlocks = sync.OnceValue(func() []RuntimeBlock {
	var file struct {
		Block []RuntimeBlock `toml:"block"`
	}
	meta, err := toml.Decode(runtimeText, &file)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("the key %s is not known", meta.Undecoded()[0])
	}
	if err != nil {
		panic("heap/view/runtime.toml: " + err.Error())
	}
	return file.Block
})

// runtimeOf returns the index of the block whose functions match the name, -1 for none.
func runtimeOf(function string) int {
	for i, b := range RuntimeBlocks() {
		for _, glob := range b.Functions {
			if matches(glob, function) {
				return i
			}
		}
	}
	return -1
}

// matches reports whether the whole of s is what the glob says; `*` stands for
// any letters, also for none.
func matches(glob, s string) bool {
	star, mark := -1, 0
	g, i := 0, 0
	for i < len(s) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, mark = g, i
			g++
		case g < len(glob) && glob[g] == s[i]:
			g++
			i++
		case star >= 0:
			mark++
			g, i = star+1, mark
		default:
			return false
		}
	}
	for g < len(glob) && glob[g] == '*' {
		g++
	}
	return g == len(glob)
}
