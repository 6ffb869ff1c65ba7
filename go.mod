module softshell

go 1.26
