# The commands of this project. `make` alone lists them.
#
# PYTHON=…   the interpreter for .venv, instead of the newest working one of Python 3.13, 3.12 and 3.11

SHELL = /bin/sh
.DEFAULT_GOAL = help
BIN = .venv/bin
PYTEST_ARGS ?=
MESSAGES ?= 1000000
CITUS_DSN ?=
export CITUS_STOP CITUS_START
CLINICS ?= 20
ROUNDS ?= 30
SERVER ?= uvicorn
BENCH_ARGS ?= --peer
LOAD_ARGS ?=
export PYTHON

.PHONY: help demo test coverage test-a11y test-firefox test-portals test-debian test-citus bench load messages openapi lint format docs clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## serve the demo portal on http://localhost:8000/ (PORT, DATABASE_URL, DEMO_DATA_DIR, MESSAGES_SENDS_PER_MINUTE)
	@.ci/ensure-venv demo
	@exec $(BIN)/python -m example_project.demo

test: ## run all tests, browser tests included (PYTEST_ARGS)
	@.ci/ensure-programs
	@.ci/ensure-venv demo,test
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

coverage: ## run all tests and fail below the coverage that setup.cfg asks for
	@$(MAKE) --no-print-directory test PYTEST_ARGS="--cov $(PYTEST_ARGS)"

test-a11y: ## look at every state of every page in every look with axe; make test looks at a part (PYTEST_ARGS)
	@.ci/ensure-programs
	@.ci/ensure-venv demo,test
	A11Y=full $(BIN)/python -m pytest -n 2 tests/browser/test_accessibility.py $(PYTEST_ARGS)

test-portals: ## install the wheel into small portals of other kinds and use each (PYTEST_ARGS)
	@.ci/ensure-programs nginx caddy systemd
	@.ci/ensure-venv demo,test
	$(BIN)/python -m pytest tests/portals $(PYTEST_ARGS)

test-firefox: ## send one message and its answer in Firefox, which must be installed (firefox-esr on Debian)
	@.ci/ensure-programs
	@.ci/ensure-venv demo,test
	$(BIN)/python -m pytest tests/firefox $(PYTEST_ARGS)

test-debian: ## run what the database has to guarantee on Debian's own PostgreSQL (POSTGRES=17, PYTEST_ARGS)
	@.ci/ensure-venv demo,test
	.ci/with-debian-postgres $(BIN)/python -m pytest -n 2 --dist worksteal tests/isolation tests/faults tests/models \
		tests/plans $(PYTEST_ARGS)

test-citus: ## run the tests of a portal on a Citus cluster (CITUS_DSN, CITUS_STOP, CITUS_START, PYTEST_ARGS)
	@test -n "$(CITUS_DSN)" || { echo "CITUS_DSN is missing: see docs/how-to/many-servers.md"; exit 1; }
	@.ci/ensure-venv demo,test
	DATABASE_URL="$(CITUS_DSN)" $(BIN)/python -m pytest --ds example_project.citus.settings tests/citus $(PYTEST_ARGS)

bench: ## measure what Messages costs (MESSAGES, CLINICS, ROUNDS, SERVER=uvicorn|granian, BENCH_ARGS); docs/performance.md
	@.ci/ensure-venv demo,test
	$(BIN)/python -m example_project.bench --messages $(MESSAGES) --clinics $(CLINICS) --rounds $(ROUNDS) \
		--server $(SERVER) $(BENCH_ARGS)

messages: ## list new texts in the catalogues of all languages, and compile them (needs gettext)
	@.ci/ensure-programs
	@.ci/ensure-venv demo,test
	$(BIN)/python -m example_project.translations

load: ## measure one web process under load with wrk, and a restart of PostgreSQL (SERVER, LOAD_ARGS)
	@.ci/ensure-venv demo,test
	$(BIN)/python -m example_project.bench.load --server $(SERVER) $(LOAD_ARGS)

lint: ## ruff, the directions of imports, and mypy
	@.ci/ensure-venv demo,test,lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

format: ## let ruff put imports and layout in order
	@.ci/ensure-venv demo,test,lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: ## write the OpenAPI document of the API into the documentation
	@.ci/ensure-venv demo,test
	$(BIN)/python -m docs.generate_openapi

docs: ## build the documentation into site/, warnings are errors
	@.ci/ensure-venv demo,docs
	$(BIN)/python -m docs.generate_settings
	$(BIN)/python -m docs.generate_reference
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean: ## remove .venv, caches and what was built; the demo's data in .demo/ stays
	rm -rf .venv .tox .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist site htmlcov .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
