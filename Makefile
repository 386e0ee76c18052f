# `make run` and `make test` are all that is needed; `make help` lists the rest.
# Needs cargo and python3 with pip; the network only for what is not there yet.

CARGO ?= cargo

# Everything is built into one place, whatever is set outside: the binary is target/release/cuecard.
export CARGO_TARGET_DIR := $(CURDIR)/target

.DEFAULT_GOAL := build
.PHONY: run build binary model test bench load figures growth lint clean help

run: build ## build, and serve content/ on http://127.0.0.1:8080 (ARGS='--listen …' adds flags)
	target/release/cuecard serve $(ARGS)

build: model ## build target/release/cuecard and fetch the model

binary: ## build target/release/cuecard alone
	$(CARGO) build --release --locked

model: binary ## fetch the embedding model and ONNX Runtime into .cache/, once
	@.ci/fetch

test: build ## run every test; those in a browser, with AI agents' clients and by fuzzing where their packages can be had
	$(CARGO) test --release --locked
	.ci/browser
	.ci/agents
	.ci/fuzz

bench: build ## measure search and ingest
	$(CARGO) bench --locked --bench search --bench ingest

load: build ## measure utterance to card with 2,000 open calls (ARGS='--searches 20' adds flags)
	ulimit -n 8192; $(CARGO) bench --locked --bench load -- $(ARGS)

lint: ## check format, clippy and documentation, warnings denied
	$(CARGO) fmt --check
	$(CARGO) clippy --release --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --release --no-deps --locked

figures: build ## measure everything that is aimed at, over HTTP, into benches/FIGURES.md: about ten minutes
	ulimit -n 8192; { $(CARGO) bench --locked --bench figures && $(CARGO) bench --locked --bench load; } >benches/FIGURES.new
	mv benches/FIGURES.new benches/FIGURES.md

growth: build ## measure latency, memory and disk with up to a million passages, into benches/GROWTH.md: about two hours
	$(CARGO) bench --locked --bench figures -- --growth 1000,10000,100000,1000000 >benches/GROWTH.new
	mv benches/GROWTH.new benches/GROWTH.md

clean: ## remove what was built; what was fetched stays in .cache/
	$(CARGO) clean

help: ## list these
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '%-8s %s\n' "$$name" "$$what"; done
