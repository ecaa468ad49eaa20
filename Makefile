# The project's only door. Needs Python 3.11 or newer and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
PEERS := .venv-bench
SERVERS := .venv-servers
FUZZ ?= 500
KERNELS := hatch_build.py $(wildcard audiencevault/*/*.pyx)
SIZES ?= 1000 20000 100000 1000000
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 10 --timeout 60 -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test fuzz lint bench goldens docs samples format clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/' | expand -t 20

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "AudienceVault needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run: $(VENV)/made pyproject.toml constraints.txt $(KERNELS)
	$(PIP) -e '.[xlsx]'
	@touch $@

$(VENV)/test: $(VENV)/made pyproject.toml constraints.txt $(KERNELS)
	$(PIP) -e '.[xlsx,test]'
	@touch $@ $(VENV)/run

$(VENV)/lint: $(VENV)/made pyproject.toml constraints.txt $(KERNELS)
	$(PIP) -e '.[xlsx,test,lint]'
	@touch $@ $(VENV)/run $(VENV)/test

$(VENV)/services: $(VENV)/made pyproject.toml constraints.txt $(KERNELS)
	$(PIP) -e '.[xlsx,test,services]'
	@touch $@ $(VENV)/run $(VENV)/test

# Servers that tests of delivery start on loopback; without npm, those that need it are left out.
$(SERVERS)/made: tests/services/servers/requirements.txt tests/services/servers/package.json
	$(PYTHON) -m venv $(SERVERS)
	$(SERVERS)/bin/python -m pip install --quiet --disable-pip-version-check --retries 10 --timeout 60 -r $<
	@if command -v npm > /dev/null; then \
	  cp tests/services/servers/package.json $(SERVERS)/ && \
	  npm install --prefix $(SERVERS) --no-audit --no-fund --no-package-lock --loglevel=error --fetch-retries=5; \
	fi
	@touch $@

demo: $(VENV)/run  ## the main job on the sample exports, into ./demo
	@rm -rf demo && mkdir demo
	@# Exit code 3 is part of the story: the samples hold rows that nobody could use.
	@AUDIENCEVAULT_HOME=demo $(BIN)/audiencevault migrate sample_exports --into demo/my.vault --to mailchimp --out demo/import-ready --region US \
	  || [ $$? -eq 3 ]

test: $(VENV)/test  ## the whole test suite, on all cores
	$(BIN)/python -m pytest -n auto $(ARGS)

fuzz: $(VENV)/test  ## break every sample in FUZZ ways, and run the property tests long: make fuzz FUZZ=500
	AUDIENCEVAULT_FUZZ=$(FUZZ) $(BIN)/python -m pytest -n auto tests/conformance/test_fuzz.py
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n auto tests/properties

lint: $(VENV)/lint  ## ruff, mypy strict, import contracts, stale pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/make_reference.py --check

format: $(VENV)/lint  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(PEERS)/made: benchmarks/identity/peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --retries 10 --timeout 60 --no-deps -r $<
	@touch $@

bench: $(VENV)/run $(PEERS)/made  ## measure accuracy, time and memory, beside other tools: make bench SIZES="20000 1000000"
	$(BIN)/python -m benchmarks.identity $(addprefix --size ,$(SIZES)) --peers $(PEERS)/bin/python
	$(BIN)/python -m benchmarks.end_to_end $(SIZES)
	$(BIN)/python -m benchmarks.large_inputs

goldens: $(VENV)/test  ## rewrite the expected results; read the diff before you commit it
	$(BIN)/python -m pytest -p no:randomly --rewrite-goldens tests

docs: $(VENV)/run  ## rewrite the generated reference pages
	$(BIN)/python docs/make_reference.py

samples: $(VENV)/run  ## rewrite the sample exports
	$(BIN)/python sample_exports/make_story.py

clean:  ## remove what make made
	rm -rf $(VENV) $(PEERS) $(SERVERS) demo bench-data build dist
