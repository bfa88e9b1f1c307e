# make ask            answers the question below; make ask Q="…" asks another
# make test           runs all tests, three files at a time: many of them wait
# make quick          runs those that need no model
# make check          lints and checks the types
# make fix            corrects what the linter can correct

Q ?= Vilka myndigheter deltog 12 april?
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet
VENV := .venv/made
INSTALLED := .venv/installed
DEVELOPING := .venv/developing
# Only training and other models than the bundled one need torch. On Linux the registry's is for
# graphics cards, with 4 GB of their libraries; this one is for processors. Who has told pip where
# packages are has one there.
PIP_SOURCES = $(shell $(PYTHON) -m pip config list 2>/dev/null | grep -E "find-links|index-url")
TORCH_INDEX ?= $(if $(PIP_SOURCES),,https://download.pytorch.org/whl/cpu)
# An index of its own, so that one that you made of your documents stays as it is.
export KALLBOT_INDEX ?= .kallbot/index
export Q

.PHONY: ask test quick check fix clean

ask: $(KALLBOT_INDEX)/manifest.json
	@$(BIN)/kallbot ask "$$Q"

test: $(DEVELOPING)
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

quick: $(DEVELOPING)
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not model"

check: $(DEVELOPING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(DEVELOPING)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .kallbot

# A newer pip than Python's own resolves three times as fast.
$(VENV): requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) --constraint requirements.txt --upgrade pip
	@touch $@

$(INSTALLED): $(VENV)
	$(PIP) --constraint requirements.txt --editable .
	@touch $@

$(DEVELOPING): $(VENV)
	$(PIP) --constraint requirements.txt --no-deps $(TORCH_INDEX:%=--index-url %) torch
	$(PIP) --constraint requirements.txt --editable ".[dev,train]"
	@touch $(INSTALLED) $@

$(KALLBOT_INDEX)/manifest.json: $(INSTALLED) $(wildcard seeds/*) $(wildcard embeddings/*.py embeddings/*/* embeddings/*/*/*)
	@$(BIN)/kallbot rebuild seeds
	@touch $@
