PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup demo test test-containers check format bench docs chaos soak clean

help: ## show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## create .venv with everything that demo and tests need

$(VENV)/.ready: pyproject.toml constraints.txt constraints-dev.txt scripts/setup
	PYTHON=$(PYTHON) scripts/setup
	@touch $@

demo: setup ## start a stack, generate 1,000,000 rows, load and query both warehouses
	$(BIN)/dw-sim demo

test: setup check ## every check and every test
	scripts/test-tools
	$(BIN)/python -m pytest --cov --cov-report=term

test-containers: setup ## the composed stack, in the container engine that is here: COMPOSE="docker compose"
	COMPOSE="$(or $(COMPOSE),docker compose)" $(BIN)/python -m pytest -q tests/containers

check: setup ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## run the benchmarks; each prints ratios against a peer of the same run
	$(BIN)/python -m bench

docs: setup ## build the user guide into site/
	$(BIN)/python -m sphinx --fail-on-warning --keep-going -b html docs site

chaos: setup ## kill services while clients write: CHAOS_SECONDS=600 CHAOS_SEED=7
	CHAOS_SECONDS=$(or $(CHAOS_SECONDS),600) CHAOS_SEED=$(or $(CHAOS_SEED),$(shell date +%s)) \
		$(BIN)/python -m pytest -q -s tests/e2e/test_chaos.py

soak: setup ## mixed load for long, watched for leaks: SOAK_SECONDS=3600
	SOAK_SECONDS=$(or $(SOAK_SECONDS),3600) $(BIN)/python -m pytest -q -s tests/e2e/test_soak.py

clean: ## remove what setup and tests made
	rm -rf $(VENV) .venvs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage site
