# make ask            answers the question below; make ask Q="…" asks another
# make test           runs all tests
# make check          lints and checks the types
# make fix            mends what the linter can mend

Q ?= Vilka myndigheter deltog 12 april?
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALLED := .venv/installed
# An index of its own, so that one that you made of your documents stays as it is.
export KALLBOT_INDEX ?= .kallbot/index
export Q

.PHONY: ask test check fix clean

ask: $(KALLBOT_INDEX)/manifest.json
	@$(BIN)/kallbot ask "$$Q"

test: $(INSTALLED)
	$(BIN)/pytest

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .kallbot

$(INSTALLED): requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(KALLBOT_INDEX)/manifest.json: $(INSTALLED) $(wildcard seeds/*) $(wildcard embeddings/*.py embeddings/*/* embeddings/*/*/*)
	@$(BIN)/kallbot rebuild seeds
	@touch $@
