# `make` alone prints what there is. Everything works from a bare checkout with nothing
# but make, python3 and python3-venv, and in an environment with nothing but PATH.

PYTHON ?= python3
DESK ?= var/desk
LISTEN ?= 127.0.0.1:8025
VENV ?= .venv
PYTEST_ARGS ?=
FUZZ_SECONDS ?= 600
FUZZ_ARGS ?=
CRASH_KILLS ?= 100

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PROSE := $(wildcard README.md CONTRIBUTING.md CHANGELOG.md docs templates systemd/README.md)
UNIT := systemd/ticket-gateway.service

# An empty environment has no LANG; then what is printed must be UTF-8 all the same.
export LC_ALL := C.UTF-8

.DEFAULT_GOAL := help
.PHONY: help run test quick check fmt bench fuzz crash docs clean servers

help: ## print this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## run the daemon on a sample desk (DESK=var/desk, made when missing, on LISTEN=127.0.0.1:8025)
	@test -e '$(DESK)/gateway.toml' || $(BIN)/ticket-gateway init '$(DESK)' --listen '$(LISTEN)'
	@# exec: Ctrl-C and `kill` reach the daemon itself, which drains and exits with 0
	@exec $(BIN)/ticket-gateway --desk '$(DESK)' run --hints

test: check servers ## run every check and every test, servers included; what CI runs
	$(BIN)/pytest -q -n 2 --dist worksteal $(PYTEST_ARGS)

quick: $(VENV)/.installed-dev ## run the tests that need no server: a few seconds
	$(BIN)/pytest -q $(wildcard tests/unit tests/golden) gateway $(PYTEST_ARGS)

check: $(VENV)/.installed-dev ## lint, types, import contracts, spelling, hardening of the unit
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell $(PROSE)
	@if command -v systemd-analyze >/dev/null; then \
	    systemd-analyze security --no-pager --offline=true --threshold=20 $(UNIT) >/dev/null \
	        && echo "$(UNIT): exposure at most 2.0" \
	        || { systemd-analyze security --no-pager --offline=true $(UNIT); exit 1; }; \
	else echo "$(UNIT): not scored, no systemd-analyze here"; fi

fmt: $(VENV)/.installed-dev ## format the code and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.installed-dev ## measure again what the decisions on record rest on
	$(BIN)/python bench/reading.py
	$(BIN)/python bench/accepting.py
	$(BIN)/python bench/accepting.py --postgres
	$(BIN)/python bench/one_file_or_two.py
	$(BIN)/python bench/raw_mail.py
	$(BIN)/python bench/end_to_end.py

fuzz: $(VENV)/.installed-dev ## damage golden mails for FUZZ_SECONDS=600 and look for a promise of the reading that breaks
	@# follows the branches where it can be installed, and is left out where it cannot
	@$(PIP) install --only-binary :all: atheris 2>/dev/null || true
	$(BIN)/python tests/fuzz/reading.py --seconds $(FUZZ_SECONDS) $(FUZZ_ARGS)

crash: $(VENV)/.installed-dev servers ## kill -9 the daemon's processes CRASH_KILLS=100 times under load, on both databases
	CRASH_KILLS=$(CRASH_KILLS) $(BIN)/pytest -q -s tests/acceptance/test_crash_campaign.py

docs: $(VENV)/.installed-dev ## print anew the pages of docs/ that come from the code
	$(BIN)/python -m gateway.cli.manual --write docs

clean: ## remove what was made; never var/, where the sample desk has its data
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis

servers: $(VENV)/.installed-dev
	tests/install-servers

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV) || { \
	    echo "make: $(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; \
	    rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the gateway into $(VENV) ..."
	@$(PIP) install -c constraints.txt -e .
	@touch $@

# `--group` came with pip 25.1; Python 3.11 brings an older one.
$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the gateway and its tests into $(VENV) ..."
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install -c constraints.txt -e . --group dev
	@touch $@ $(VENV)/.installed
