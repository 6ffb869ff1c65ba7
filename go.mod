module softshell

go 1.26

require (
	github.com/BurntSushi/toml v1.6.0 // indirect
	github.com/go-air/gini v1.0.4 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)
