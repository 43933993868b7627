# Every target sets up what it needs: a virtual environment in .venv, with the versions of uv.lock.
# Needs Python 3.11 or newer, git and make; everything else comes from the package index.
PYTHON ?= python3
UV_VERSION := 0.13.9
DATA ?= rentalwatch-data
SAMPLE ?= rentalwatch-sample
NEW_YORK := examples/data/nyc_hpd_lead_bronx
TORONTO := examples/data/toronto_rentsafe
RW := .venv/bin/rentalwatch
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-full soak clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

run: .venv/ready ## read two cities' real records and a sample district into ledgers, show the three targets
	@RENTALWATCH_DATA="$(DATA)" $(RW) import $(NEW_YORK)/violations.csv.gz --mapping nyc_hpd --once
	@RENTALWATCH_DATA="$(DATA)" $(RW) import $(TORONTO)/registrations.csv.gz --mapping toronto_registrations --once
	@RENTALWATCH_DATA="$(DATA)" $(RW) import $(TORONTO)/evaluations_2025-07-06_first_snapshot.csv.gz --mapping toronto_evaluations --once
	@RENTALWATCH_DATA="$(DATA)" $(RW) import $(TORONTO)/evaluations_change_log.csv.gz --mapping toronto_changes --once
	@echo
	@RENTALWATCH_DATA="$(DATA)" $(RW) targets --area nyc/ --as-of 2026-03-24 --short
	@echo
	@RENTALWATCH_DATA="$(DATA)" $(RW) targets --area toronto/ --from 2025-07-06 --as-of 2026-08-22 --short
	@echo
	@$(RW) sample --data "$(SAMPLE)"
	@echo; echo "The cities lie in $(DATA)/, the sample district in $(SAMPLE)/. The command lies in .venv/bin; to have it at hand:"
	@echo "  . .venv/bin/activate"

# Many tests wait for a broker, a database or a process: two for each core. What is compiled is kept, even where
# the environment says otherwise: every worker would compile all tests, and every process of a test its program.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(8, 2 * (os.cpu_count() or 1)))')
test: .venv/whole ## all tests, side by side
	@echo "Running the tests (unit, integration, end to end, faults) ..."
	@PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n $(WORKERS) --dist worksteal -q

check: .venv/whole ## format, lint, types, import layers
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench: .venv/whole ## measure against the bare libraries, side by side
	@.venv/bin/python -m bench

bench-full: .venv/whole ## the same at the promised sizes: hours, and 40 GB in the temporary folder
	@.venv/bin/python -m bench --dwellings 300000
	@.venv/bin/python -m bench file-p50 file-p95 --dwellings 970000

N ?= 300
soak: .venv/whole ## N rounds of kills, cuts, races, full disks, lost tails and clocks set back
	@.venv/bin/python -m tests.faults.soak --rounds $(N)

clean: ## remove the environment and caches; never data
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Removed the environment and the caches. Data folders were not touched."

.venv/ready: pyproject.toml uv.lock | .tools/bin/uv
	@echo "Installing the versions of uv.lock into .venv ..."
	@.tools/bin/uv sync --quiet --frozen --no-default-groups --inexact --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $@

.venv/whole: .venv/ready
	@echo "Installing the tools, the broker's client and the database's into .venv ..."
	@.tools/bin/uv sync --quiet --frozen --group dev --all-extras
	@touch $@

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "rentalwatch needs Python 3.11 or newer; '$(PYTHON)' is older or missing. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up (once): uv $(UV_VERSION) into .tools ..."
	@$(PYTHON) -m venv .tools || { \
	  echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || { rm -rf .tools; exit 1; }
