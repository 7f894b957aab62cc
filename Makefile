# Everything starts from Python 3.11 and nothing else. VENV=path uses an environment of your own, as it is.

PYTHON ?= python3
ifndef VENV
VENV := .venv
RUN_ENV := $(VENV)/.local
TEST_ENV := $(VENV)/.dev
endif
BIN := $(VENV)/bin
# each test file stays on one worker: what a module sets up, it sets up once
PYTEST_ARGS ?= -n auto --dist loadfile

.PHONY: help demo test test-external test-long mutants lint lock clean \
	lint-style lint-types lint-templates lint-migrations lint-production
.DEFAULT_GOAL := help

help:
	@echo "make demo           start everything, with a lively pilot in it, and print where to sign in"
	@echo "make test           run the test suite"
	@echo "make test-external  run it on the PostgreSQL and Redis that this machine has"
	@echo "make test-long      kill workers, sessions, database and broker KILLS times (600), with every negative control"
	@echo "make mutants        break one rule or defence at a time in a copy, and see that a test notices (takes an hour)"
	@echo "make lint           check style, types, templates, migrations and production settings"
	@echo "make lock           work out the locked requirements anew from requirements/*.in"
	@echo "make clean          remove the virtual environment (data in var/ stays)"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with PYTHON=")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.local: requirements/base.txt requirements/local.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/local.txt
	@touch $@

$(VENV)/.dev: requirements/base.txt requirements/local.txt requirements/dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.local

demo: $(RUN_ENV)
	@exec $(BIN)/python manage.py demo $(DEMO_ARGS)

test: $(TEST_ENV)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-external: $(TEST_ENV)
	.ci/with-external-servers $(BIN)/python -m pytest $(PYTEST_ARGS)

KILLS ?= 600

test-long: $(TEST_ENV)
	BLENDED_PILOT_KILLS=$(KILLS) BLENDED_PILOT_CONTROLS=1 $(BIN)/python -m pytest tests/jobs/test_kills.py

mutants: $(TEST_ENV)
	$(BIN)/python -m tests.mutants

lint: lint-style lint-types lint-templates lint-migrations lint-production

lint-style: $(TEST_ENV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-types: $(TEST_ENV)
	$(BIN)/mypy

lint-templates: $(TEST_ENV)
	$(BIN)/djlint templates --lint --quiet

lint-migrations: $(TEST_ENV)
	$(BIN)/python manage.py makemigrations --check --dry-run

lint-production: $(TEST_ENV)
	BLENDED_PILOT_ENV=production SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
		MFA_ENCRYPTION_KEYS=one-key-for-the-check-of-settings REGISTER_KEYS=another-key-for-the-check ALLOWED_HOSTS=pilot.example DATABASE_URL=postgresql://none/none REDIS_URL=redis://none \
		$(BIN)/python -W error manage.py check --deploy --fail-level WARNING

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --custom-compile-command "make lock"

lock: $(TEST_ENV)
	cd requirements && $(abspath $(BIN))/$(COMPILE) base.in -o base.txt
	cd requirements && $(abspath $(BIN))/$(COMPILE) -c base.txt local.in -o local.txt
	cd requirements && $(abspath $(BIN))/$(COMPILE) -c base.txt dev.in -o dev.txt

clean:
	rm -rf $(VENV)
