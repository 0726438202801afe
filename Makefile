PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup ui ui-dev demo test test-containers test-ui check check-types check-format check-imports check-ui \
        test-clients coverage format generate bench docs chaos soak fuzz screenshots clean

help: ## show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## create .venv with everything that demo and tests need

$(VENV)/.ready: pyproject.toml constraints.txt constraints-dev.txt scripts/setup
	PYTHON=$(PYTHON) scripts/setup
	@touch $@

ui: setup ## build the web UI, which the API then serves
	@scripts/ui build

ui-dev: setup ## the web UI at http://127.0.0.1:5173/ as it is edited, over the API of a running stack
	scripts/ui run npm run dev

demo: setup ## start a stack, generate 1,000,000 rows, load and query both warehouses
	@scripts/ui --optional build
	$(BIN)/dw-sim demo

test: setup ## every check and every test, WORKERS=3 files at the same time
	scripts/test-tools
	@$(PARALLEL) check test-clients
	@scripts/ui --optional test
	@scripts/ui --optional build
	@WORKERS=$(or $(WORKERS),3) scripts/run-tests

coverage: setup ## every test, and how much of the code they ran
	@COVERAGE=1 WORKERS=$(or $(WORKERS),3) scripts/run-tests

test-clients: setup
	@$(BIN)/python scripts/client-venvs >/dev/null || echo "make: the tests of these clients are skipped" >&2
	@$(BIN)/python scripts/client-node >/dev/null || echo "make: the tests of these clients are skipped" >&2

test-ui: setup ## the web UI's unit tests
	@scripts/ui --optional test

test-containers: setup ## the composed stack, in the container engine that is here: COMPOSE="docker compose"
	COMPOSE="$(or $(COMPOSE),docker compose)" $(BIN)/python -m pytest -q tests/containers

# Two at a time: each of them has long stretches on one CPU.
PARALLEL = $(MAKE) --no-print-directory -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

check: setup ## format, lint, types, import contracts, of the web UI as well
	@$(PARALLEL) check-types check-ui check-format check-imports

check-types:
	$(BIN)/mypy

check-format:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@! git grep -nE '^(<{7}|>{7}) ' # a merge that nobody finished

check-imports:
	$(BIN)/lint-imports

check-ui:
	scripts/ui --optional check

format: setup ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@scripts/ui --optional run npm run --silent format

generate: setup ## what is made from the code: reference pages, OpenAPI document, the UI's types
	$(BIN)/python scripts/generate_docs.py
	scripts/ui generate

bench: setup ## run the benchmarks; each prints ratios against a peer of the same run
	$(BIN)/python -m bench

docs: setup ## build the user guide into site/
	$(BIN)/python -m sphinx --fail-on-warning --keep-going -b html docs site

chaos: setup ## kill services while clients write: CHAOS_SECONDS=600 CHAOS_SEED=7
	CHAOS_SECONDS=$(or $(CHAOS_SECONDS),600) CHAOS_SEED=$(or $(CHAOS_SEED),$(shell date +%s)) \
		$(BIN)/python -m pytest -q -s tests/e2e/test_chaos.py

soak: setup ## mixed load for long, watched for leaks: SOAK_SECONDS=3600
	SOAK_SECONDS=$(or $(SOAK_SECONDS),3600) $(BIN)/python -m pytest -q -s tests/e2e/test_soak.py

fuzz: setup ## ask the API everything that its OpenAPI document allows: FUZZ_SECONDS=600 FUZZ_SEED=7
	FUZZ_SECONDS=$(or $(FUZZ_SECONDS),600) FUZZ_SEED=$(or $(FUZZ_SEED),$(shell date +%s)) \
		$(BIN)/python -m pytest -q --timeout=0 tests/e2e/test_openapi.py

screenshots: setup ## take the pictures of the user guide: docs/images/ui-*.png
	@scripts/ui build
	SCREENSHOTS=$(CURDIR)/docs/images $(BIN)/python -m pytest -q tests/e2e/test_web_ui.py -k pictures

clean: ## remove what setup, builds and tests made
	rm -rf services/web-ui/node_modules src/dw_simulator/api/ui artifacts $(VENV) .venvs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage site
