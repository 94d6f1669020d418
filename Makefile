# The two commands: `make demo` and `make test`. Everything they need goes into .venv; nothing else is touched.
PYTHON ?= $(firstword $(foreach v,python3.11 python3.12 python3.13 python3,$(shell command -v $(v) 2>/dev/null)))
BIN := .venv/bin
ALL := .venv-all/bin

.PHONY: demo test test-all bench lint clean help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: .venv/core  ## set up and run the main job on the samples in data/
	@$(BIN)/python pipelines/demo.py

test: .venv/dev lint  ## unit, contract, law, golden, journey and house tests; no torch, no Java, no network
	$(BIN)/pytest -m "not extra and not bench"

test-all: test .venv-all/all  ## test, then what needs torch, scispaCy (an environment of its own), Neo4j, a browser
	$(ALL)/pytest -m extra

bench: .venv/dev  ## README code that takes over a minute, and the README's figures
	$(BIN)/pytest -m bench -s

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

.venv/core: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/dev: .venv/core
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

# scispaCy holds numpy below 2, so what needs it lives apart.
.venv-all/all: pyproject.toml
	$(PYTHON) -m venv .venv-all
	$(ALL)/pip install --quiet --upgrade pip
	$(ALL)/pip install --quiet --editable '.[dev,train,scispacy]'
	@touch $@

clean:  ## remove what the targets made
	rm -rf .venv .venv-all demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
