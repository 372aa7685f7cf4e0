# Two commands: `make demo` and `make test`. Each makes .venv first where it is missing or old.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
READY := $(VENV)/.ready
SAMPLE := sample_project
# Plugins run when somebody approved them, by name.
SAMPLE_PLUGINS := rest_api business_rules landing_path masking plugins/text_filters.py
ENVIRONMENT := dev
# Tables of the sample project that `make run` shows.
GOLD := gold.daily_sales gold.customer_value
SERVER_READY := .cache/yaml-language-server/.ready
SERVER_LOCK := tests/editor/server/package-lock.json
SPARK_CLASSES := .cache/spark.jsa

SAMPLE_PACKAGES := $(patsubst %/pyproject.toml,%,$(wildcard $(SAMPLE)/packages/*/pyproject.toml))
SAMPLE_SOURCES := $(if $(SAMPLE_PACKAGES),$(shell find $(SAMPLE_PACKAGES) -type f \
	-not -path '*/__pycache__/*' -not -path '*/dist/*'))

export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
# Tests start Python hundreds of times, and so do people.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: demo run test lint types schemas docs lock clean help

demo: $(READY) ## validate and generate sample_project
	$(BIN)/lhp --project $(SAMPLE) plugins trust $(SAMPLE_PLUGINS) --yes
	$(BIN)/lhp --project $(SAMPLE) validate --env $(ENVIRONMENT)
	$(BIN)/lhp --project $(SAMPLE) generate --env $(ENVIRONMENT)
	@echo
	@echo "Made for $(ENVIRONMENT):"
	@find $(SAMPLE)/generated/$(ENVIRONMENT) -name '*.py' | LC_ALL=C sort | sed 's/^/  /'
	@echo
	@echo "Look next:"
	@echo "  $(SAMPLE)/lhp.yaml         the project, and the plugins of its own"
	@echo "  $(SAMPLE)/pipelines/       the flowgroups that these files were made from"
	@echo "  $(SAMPLE)/local_plugins/   a load generator and a validator of the project"
	@echo "  $(BIN)/lhp --project $(SAMPLE) plugins list"
	@echo "  $(BIN)/lhp init my_project"
	@echo "  make run                        all of it on Apache Spark, on this machine"

run: $(READY) ## run sample_project on a Spark of this machine; its files are in sample_project/landing
	$(BIN)/lhp --project $(SAMPLE) plugins trust $(SAMPLE_PLUGINS) --yes
	$(BIN)/lhp --project $(SAMPLE) run --env local $(addprefix --show ,$(GOLD))

# Java takes half the time to start Spark with the archive, and passes over one that does not fit.
test: export SPARK_SUBMIT_OPTS := -XX:SharedArchiveFile=$(CURDIR)/$(SPARK_CLASSES) -Xlog:cds*=off
test: $(READY) $(SERVER_READY) $(SPARK_CLASSES) ## run all tests with coverage
	$(BIN)/python -m pytest --numprocesses auto --cov --cov-report=term-missing:skip-covered --cov-fail-under=97

lint: $(READY) ## check style and layout of the code
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY) ## check types
	$(BIN)/mypy

schemas: $(READY) ## rebuild the schemas that come from models
	$(BIN)/python -m pytest --quiet --regen tests/test_schemas.py

docs: $(READY) ## build the documentation as a site in .cache/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

lock: $(UV) ## rewrite uv.lock after a change in pyproject.toml (UPGRADE=--upgrade takes the newest)
	env -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
		$(UV) lock --no-config --default-index https://pypi.org/simple $(UPGRADE)

clean: ## remove .venv and everything that can be made again
	rm -rf $(VENV) .cache .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache dist \
		$(SAMPLE)/generated
	find src tests $(SAMPLE) -type d \( -name __pycache__ -o -name .ruff_cache \) -prune -exec rm -rf {} +

help: ## show this
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1|\2/p' $(firstword $(MAKEFILE_LIST)) \
		| awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
		echo "lhp needs Python 3.10 or newer; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)"; \
		echo "name another one:  make PYTHON=python3.12 $(MAKECMDGOALS)"; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8,<1'
	@touch $@

# --no-deps: the packages need lhp itself, and that is this folder.
$(READY): $(UV) pyproject.toml uv.lock $(SAMPLE_SOURCES)
	$(UV) sync --quiet --locked --python $(BIN)/python
	$(if $(SAMPLE_PACKAGES),$(UV) pip install --quiet --python $(BIN)/python --no-deps --reinstall \
		$(addprefix ./,$(SAMPLE_PACKAGES)))
	@touch $@

# The stamp is the lock it was made from, as tests ask. Without npm they are skipped: no failure here.
$(SERVER_READY): tests/editor/server/package.json $(SERVER_LOCK)
	@mkdir -p $(@D)
	@rm -f $@
	@cp $^ $(@D)
	@if ! command -v node >/dev/null || ! command -v npm >/dev/null; then \
		echo "node with npm is not installed: no tests with the YAML server of editors"; \
	elif npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error \
			--fetch-retries=1 --fetch-retry-mintimeout=1000 >/dev/null; then \
		cp $(SERVER_LOCK) $@; \
	else \
		echo "npm cannot install the YAML server of editors: no tests with it"; \
	fi

$(SPARK_CLASSES): $(READY)
	@mkdir -p $(@D)
	@$(BIN)/python tests/run/archive.py $@ 2>/dev/null || \
		echo "Spark does not start here: no archive of its classes"
