# Everything a person types. `make` alone prints this list.
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8010
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check -q

.PHONY: migration help demo run test check format lock table pictures bench kills clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: .venv/run ## Start a practice Telegram and the bot with a made-up institute, and print the address of the chat page
	$(BIN)/staffhome demo --port $(PORT)

run: .venv/run ## Start the bot with config.yaml
	$(BIN)/staffhome run

test: .venv/dev ## Run all tests
	$(BIN)/pytest -n 2 --dist worksteal

check: .venv/dev ## Lint, types, import contracts, dependencies: what the machine can see
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

format: .venv/dev ## Put the code into the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra postgres pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra postgres --group dev --group clients pyproject.toml -o requirements-dev.lock

migration: .venv/dev ## Write the next migration from what changed in the tables: make migration name=proposals
	$(BIN)/python -m models.schema $(name)
	$(BIN)/ruff format -q models/migrations/versions

table: .venv/dev ## Write the tables of docs/ that are taken from the code: rights, what is stored
	$(BIN)/python -m docs.tables

pictures: .venv/dev ## Take the handbook's pictures anew (needs Chromium and a Chinese font)
	$(BIN)/python -m docs.cards
	$(BIN)/python -m docs.pictures

bench: .venv/run ## Measure what things cost (several minutes): a tap, the transport, the practice Telegram, a card, answers during a broadcast
	$(BIN)/python bench/taps.py
	$(BIN)/python bench/transport.py
	$(BIN)/python bench/pictures.py
	$(BIN)/python -m bench.sandbox
	$(BIN)/python -m bench.answers

kills: .venv/dev ## Kill a broadcast to 2,000 twenty-five times, without and with the probe, and count (a quarter of an hour)
	$(BIN)/python -m tests.kills

clean: ## Remove what the tools made (not data/)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist

# Two steps so that the demo does not wait for the developers' tools.
.venv/run: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps -e .
	touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(PIP) install --require-hashes -r requirements-dev.lock
	touch $@
