# Everything starts from here. `make setup` runs by itself before what needs it.
VENV := .venv
BIN := $(VENV)/bin
UV_VENV := var/setup/uv
CODE := $(wildcard gateway streams workers schemas runtime loadgen infra migrations tests)

.DEFAULT_GOAL := help
.PHONY: help setup run test test-faults chaos simulate abuse lint format capacity spike gate soak sweep lock audit sbom reset bench-loadgen

help: ## Show this list
	@sed -n 's/^\([a-z%-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16
	@echo 'Benches:        make bench-streams, bench-restart, bench-gateway, bench-routing, bench-match, bench-sockets, bench-overload, bench-connect, bench-history, bench-persist, bench-locks, bench-channels, bench-overhead, bench-scale, bench-loadgen'

setup: ## Install what is missing: system packages, the Python environment, Kafka's jars
	@sh infra/bootstrap.sh

run: setup ## Start the platform and drive a short stream through it; ARGS=--once stops after the table
	@exec $(BIN)/aicc-run $(ARGS)

test: lint ## Run all checks and tests; ARGS='tests/infra -x' chooses among the tests
	@exec $(BIN)/python -m pytest $(or $(ARGS),-n 2 --dist loadscope)

simulate: setup ## Run 1,000 seeds of the simulation (docs/simulation.md); ARGS='--first 5000'
	@exec $(BIN)/python -m tests.simulation --seeds 1000 $(ARGS)

test-faults: setup ## Run the fault suite in full: 20 kills of each kind, pauses, network cuts, full disks
	@exec $(BIN)/python -m pytest -m 'faults or not faults' tests/faults tests/chaos tests/simulation tests/workers tests/loadgen/recovery tests/loadgen/sweep tests/web tests/bench/test_locks.py tests/infra/database/test_moving.py tests/loadgen/command/test_command.py $(ARGS)

chaos: setup ## Break one thing after another under load and write docs/resilience.md; ARGS='--only redis', --pairs 10
	@sh infra/bootstrap.sh faketime nft || echo 'clocks or packets can not be meddled with here: those faults fail' >&2
	@exec $(BIN)/python -m tests.chaos $(ARGS)

abuse: setup ## Send the gateway what nobody should: 100,000 malformed requests, 10,000 connections
	@AICC_ABUSE=long exec $(BIN)/python -m pytest -s tests/gateway/test_abuse.py $(ARGS)

lint: setup ## Check style, types and the import rules
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports

format: setup ## Rewrite the code in the common style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench-loadgen: setup
	@sh infra/bootstrap.sh wrk || echo 'wrk can not be installed here: going on without it' >&2
	@exec $(BIN)/python -m tests.bench.loadgen $(ARGS)

capacity: setup ## Find the most requests a second that the platform sustains; ARGS='--duration 5 --precision 0.2'
	@exec $(BIN)/python -m tests.bench.capacity $(ARGS)

bench-%: setup
	@exec $(BIN)/python -m tests.bench.$* $(ARGS)

spike: setup ## Measure recovery from a spike of twice the capacity; REPEAT=5 for an interval, ARGS=--quick
	@exec $(BIN)/python -m tests.bench.spike $(ARGS)

gate: setup ## Compare this checkout with its baselines by load tests; RUNS=3, PROMOTE=1 keeps them, ARGS=--quick
	@exec $(BIN)/python -m tests.bench.gate $(ARGS)

soak: setup ## Watch memory under steady load for 30 minutes; MINUTES=120 for more, ARGS=--quick
	@exec $(BIN)/python -m tests.bench.soak $(ARGS)

sweep: setup ## Measure what settings do and write docs/tuning.md (hours; goes on where it stopped); ARGS=--quick
	@exec $(BIN)/python -m tests.bench.sweep $(ARGS)

lock: setup ## Resolve requirements.lock anew from pyproject.toml
	@test -x $(UV_VENV)/bin/uv || { $(BIN)/python -m venv $(UV_VENV) && $(UV_VENV)/bin/pip install --quiet uv; }
	$(UV_VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --extra dev \
	    --output-file requirements.lock pyproject.toml infra/build-tools.in
	$(UV_VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --constraint requirements.lock \
	    --output-file infra/deploy/docker/requirements.lock pyproject.toml infra/build-tools.in

audit: setup ## Ask PyPI's vulnerability service about what requirements.lock pins
	@sh infra/audit.sh $(ARGS)

sbom: setup ## Write what the image and this checkout are made of to var/sbom, as CycloneDX
	@sh infra/deploy/sbom.sh var/sbom

reset: ## Remove all local data (Kafka's log, the database, logs); what setup installed stays
	@sh infra/reset.sh
