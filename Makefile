# make demo: set up, build, and run softshell on its examples
# make test: set up, and run everything that must hold

GO      ?= go
PREFIX  ?= $(HOME)/.local
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 5s
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.7.0
GOTESTSUM = gotest.tools/gotestsum@v1.13.0
BIN = bin/softshell

.DEFAULT_GOAL := help
.PHONY: help setup build shim install demo test vet lint unit race fuzz bench bench-heap bench-audit bench-unsafe corpus detect precision clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## check what is needed, install what can be installed
	@scripts/setup

build: setup ## build bin/softshell, one static file
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/softshell

shim: ## compile the heap collector that is embedded
	$(GO) test ./heap/shim -run '^TestPrebuilt$$' -count=1 -update
	$(GO) test ./heap/shim -run '^TestPrebuilt$$' -count=1

install: build ## install softshell and cargo-softshell into PREFIX/bin (default ~/.local)
	mkdir -p $(PREFIX)/bin
	install -m 755 $(BIN) $(PREFIX)/bin/softshell
	ln -sf softshell $(PREFIX)/bin/cargo-softshell

demo: build ## find the leaks in the example programs
	$(BIN) demo

test: build vet lint unit race fuzz ## build, vet, lint, tests, race detector, fuzzing for some seconds
	@echo "all tests passed; what was skipped stands behind \"=== Skipped\" above (scripts/test-tools installs what those tests need)"

vet: setup
	$(GO) vet ./...
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }

lint: setup
	$(GO) run $(STATICCHECK) ./...

unit: setup # names at its end what was skipped, and why
	$(GO) run $(GOTESTSUM) --format pkgname --format-hide-empty-pkg -- ./...

race: setup
	$(GO) test -race ./check ./finding ./ir/... ./rules/rccycle ./heap/graph ./heap/record

fuzz: setup
	@scripts/fuzz $(FUZZTIME)

bench: build ## ratios against cargo check, analysis speed, memory
	$(GO) run ./bench/ratios

bench-heap: build ## the heap profiler beside heaptrack and valgrind
	SOFTSHELL_TEST_CRATES=$(CURDIR)/bin/crates $(GO) test ./heap/graph -run '^TestCrates$$' -count=1
	$(GO) run ./bench/heap

DB ?=

bench-audit: build ## the audit beside cargo-audit, cargo-geiger and cargo check: make bench-audit DB=ADVISORY-DB
	$(GO) run ./bench/audit -db "$(DB)"

bench-unsafe: build ## the inventory of unsafe code beside rustc's own check, cargo-geiger and clippy
	$(GO) run ./bench/unsafe -softshell $(CURDIR)/bin/softshell

corpus: build ## round trip, parse rate and findings over real crates; writes docs/CORPUS.md
	$(GO) run ./bench/corpus -project bench/corpus/project -o docs/CORPUS.md
	SOFTSHELL_CORPUS=$(CURDIR)/bench/corpus/project $(GO) test ./check -run '^TestCorpusTypes$$' -count=1 -v -timeout 60m

PAIRS  ?= bench/detect/pairs.tsv
CRATES ?= bench/detect/crates.txt

detect: setup ## recall and silence over known bugs: make detect [PAIRS=FILE.tsv]
	$(GO) run ./bench/detect -pairs $(PAIRS)

precision: setup ## findings in widely used crates, to be read and labelled: make precision [CRATES=LIST]
	$(GO) run ./bench/detect -crates $(CRATES)

clean: ## remove what was built
	rm -rf bin
