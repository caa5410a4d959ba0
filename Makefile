# Everything happens in .venv at the root. `make serve` and `make test` do all set-up themselves.
PYTHON ?= python3
PORT ?= 8000
STORE ?= store
BIN := .venv/bin
STAMPS := .venv/stamps

.DEFAULT_GOAL := help
.PHONY: help serve setup assets test lint check bench proof docs lock lodz texts wheel pictures clean

help:  ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

serve: $(STAMPS)/run $(STAMPS)/assets  ## Show Łódź in the browser (PORT=8000, STORE=store)
	@$(BIN)/rewir serve --store "$(STORE)" --port "$(PORT)"

setup: $(STAMPS)/run $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/axe  ## Set up everything that developers need

assets: $(STAMPS)/assets  ## Install Leaflet from npm

test: setup  ## Run every test, on two cores (NO_SKIPS=1 forbids leaving any out)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: setup  ## Lint, format, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check: lint  ## Lint, types, import direction, documents
	@$(BIN)/python -m pytest -q tests/docs

bench: setup $(STAMPS)/bench  ## Measure joins, a release, the feed and the map; write docs/benchmarks.md
	@$(BIN)/python tests/bench/bench_join.py --output docs/benchmarks.md
	@$(BIN)/python tests/bench/bench_build.py --output docs/benchmarks.md
	@$(BIN)/python tests/bench/load_feed.py --output docs/benchmarks.md
	@$(BIN)/python tests/bench/bench_feed.py --output docs/benchmarks.md
	@$(BIN)/python tests/bench/bench_map.py --output docs/benchmarks.md

proof: setup  ## Try every promise of the methods, write docs/proof.md (MAPS=1000)
	@$(BIN)/python tests/proof/run.py --output docs/proof.md --maps $(or $(MAPS),1000)

lodz: setup  ## Make the boundaries of Łódź again (SOURCE=../shared/data/lodz)
	@$(BIN)/python data/boundaries/build_lodz.py --source "$(or $(SOURCE),../shared/data/lodz)"

lock:  ## Resolve the dependencies anew into requirements*.lock
	@rm -rf build/lock && $(PYTHON) -m venv build/lock && build/lock/bin/pip install -q -U pip
	@build/lock/bin/pip install -q hatchling editables . && build/lock/bin/pip freeze --exclude rewir > build/lock/run
	@build/lock/bin/pip install -q --group dev && build/lock/bin/pip freeze --exclude rewir > build/lock/dev
	@{ echo "# What Rewir runs with, and what an editable install is built with. Made by make lock."; \
	  cat build/lock/run; } > requirements.lock
	@{ echo "# What tests, checks and notebooks need on top of requirements.lock."; \
	  grep -vxFf build/lock/run build/lock/dev; } > requirements-dev.lock

wheel: setup  ## Build the wheel, with data and assets, into dist/
	@rm -rf dist
	@$(BIN)/python -m build --wheel --no-isolation

docs: setup  ## Make the generated documents again
	@$(BIN)/python docs/generate.py

texts: setup  ## Bring the gettext catalogues in step with the texts in the sources
	@$(BIN)/python docs/update_catalogues.py

pictures: setup  ## Take the pictures of the documents again
	@$(BIN)/python docs/take_pictures.py

clean:  ## Remove what make has made, but no store
	@rm -rf .venv node_modules dist build geo/maps/assets/vendor .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Rewir needs Python 3.11 or newer; choose one with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv \
	  || { echo "Python's venv module is missing: apt-get install python3-venv"; rm -rf .venv; exit 1; }

$(STAMPS)/run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing Rewir and what it needs (about 350 MB, once)"
	@$(BIN)/pip install --disable-pip-version-check -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/run
	@echo "Installing what the tests and checks need"
	@$(BIN)/pip install --disable-pip-version-check -r requirements-dev.lock
	@touch $@

$(STAMPS)/bench: requirements-bench.lock $(STAMPS)/dev
	@echo "Installing the peers to measure beside"
	@$(BIN)/pip install --disable-pip-version-check -r requirements-bench.lock
	@touch $@

# npm comes from the machine, or else from the Python package that ships Node.
$(STAMPS)/assets: package-lock.json requirements-node.lock | $(STAMPS)/run
	@echo "Installing Leaflet"
	@command -v npm >/dev/null || test -x $(BIN)/npm \
	  || $(BIN)/pip install --quiet --disable-pip-version-check -r requirements-node.lock
	@PATH="$$PATH:$$PWD/$(BIN)" npm ci --omit=dev --silent --no-audit --no-fund --ignore-scripts
	@$(BIN)/python -m geo.maps.vendor node_modules
	@mkdir -p $(STAMPS) && touch $@

# axe checks pages in the tests; it is never served, so it never leaves node_modules.
$(STAMPS)/axe: package-lock.json $(STAMPS)/assets
	@echo "Installing axe"
	@PATH="$$PATH:$$PWD/$(BIN)" npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@
