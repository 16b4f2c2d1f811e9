# Two commands do everything: `make demo` shows the main job, `make test` runs the tests. Both set up what they need in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check lint types cover lab bench clean

demo: .venv/ready
	@$(BIN)/emr-diagnose demo

# Tests that need root, network namespaces and Debian packages skip themselves where these are missing; `make lab` insists on them.
test: .venv/ready
	$(BIN)/pytest

lab: .venv/ready
	EMR_DIAGNOSE_LAB=required $(BIN)/pytest -m lab

check: lint types cover

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready
	$(BIN)/mypy

cover: .venv/ready
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -m "not lab" -q
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

bench: .venv/ready
	$(BIN)/python -m benchmarks

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* dist
