# Two commands do everything: `make demo` shows the main job, `make test` runs the tests.
# Both set up what they need in .venv.
PYTHON ?= python3
BIN := .venv/bin

# Which tests `make cover` runs.
SELECT ?= -m "not lab"

.PHONY: demo test check lint types cover lab bench fuzz mutants man pages clean

demo: .venv/installed
	@$(BIN)/emr-diagnose demo

# A test that needs root, namespaces or a Debian package is skipped if that is absent. The last line of each
# run says what was absent. Some tests of the lab measure times, so they run one after the other.
SIDE_BY_SIDE := -n logical --dist loadgroup -m "lab and not alone"
ALONE := -m "lab and alone"

test: .venv/ready
	$(BIN)/pytest -n logical -m "not lab"
	$(BIN)/pytest $(SIDE_BY_SIDE)
	$(BIN)/pytest $(ALONE)

# Install what the lab needs, then run its tests and let none of them skip.
lab: .venv/ready
	.ci/install
	EMR_DIAGNOSE_LAB=required $(BIN)/pytest $(SIDE_BY_SIDE)
	EMR_DIAGNOSE_LAB=required $(BIN)/pytest $(ALONE)

check: lint types cover

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready
	$(BIN)/mypy

cover: .venv/ready
	$(BIN)/pytest -q -n logical --cov --cov-report=term $(SELECT)

bench: .venv/ready
	$(BIN)/python -m benchmarks

# Mutate a million answers and 100,000 files, and print what the readers made of them.
fuzz: .venv/ready
	$(BIN)/python -m tests.fuzz

# Make small wrong changes to the modules that decide, and count those that the tests notice. The first run
# measures for 15 minutes which test runs which line, and keeps it in .mutants.
mutants: .venv/ready
	$(BIN)/python -m tests.mutants

# Write the pages that are made from data: one of each finding in both languages, the inference table,
# which rule checks which sentence of the registration page, and what each service is asked. Beside
# them, the copies of tables that are read quickly. Tests compare them.
pages: .venv/ready
	$(BIN)/python -m diagnose.report.catalogue_pages docs/findings
	$(BIN)/python -m diagnose.report.inference_page > docs/inference.md
	$(BIN)/python -m diagnose.report.registration_page > docs/registration.md
	$(BIN)/python -m diagnose.report.services_page > docs/services.md
	$(BIN)/python -m diagnose.data.parse

# Write the manual pages into build/man: `man -M build/man emr-diagnose-check`.
man: .venv/ready
	.ci/man build/man/man1

# What the program itself needs, and no more.
.venv/installed: pyproject.toml
	@echo "Step 1 of 2: make a Python environment in .venv"
	@$(PYTHON) -m venv .venv
	@echo "Step 2 of 2: install emr-diagnose and its libraries (about a minute, once)"
	@$(BIN)/pip --disable-pip-version-check install --editable .
	@touch $@

# Beside that, what developers need.
.venv/ready: .venv/installed
	@echo "Install the developer tools into .venv (once)"
	@$(BIN)/pip --disable-pip-version-check install --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv build .mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* dist
