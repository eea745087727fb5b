# `make demo` runs the main job, `make test` passes the tests. Both set everything up on a bare Debian with Python 3.11, git and make.
# `make test` tries a part of the longest families (every fault at one place, not at all of them), `make test-rest` what it leaves out, as CI does after it.
# `make test-all` is both in one, with the many examples of each property.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-rest test-all check setup lock clean

demo: $(VENV)/.ready
	$(BIN)/equilibre demo

test: $(VENV)/.ready-dev
	$(BIN)/pytest

test-rest: $(VENV)/.ready-dev
	EQUILIBRE_TESTS=all $(BIN)/pytest -m exhaustive --dist worksteal

test-all: $(VENV)/.ready-dev
	EQUILIBRE_TESTS=all $(BIN)/pytest --dist worksteal

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: $(VENV)/.ready-dev

# Debian's python3 comes without ensurepip: install python3-venv where we may, say what to do where we may not.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
	  rm -rf $(VENV); \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; \
	  else echo "python3-venv is missing: sudo apt-get install python3-venv"; exit 1; fi; \
	  $(PYTHON) -m venv $(VENV); }

$(VENV)/.ready: $(BIN)/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

lock: ## after a change of pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --extra postgres --extra metrics pyproject.toml requirements-build.in -o requirements.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --group dev --extra postgres --extra metrics pyproject.toml requirements-build.in -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) dist build demo
