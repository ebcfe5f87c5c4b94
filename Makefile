# Two commands: `make audit` and `make test`. Everything lives in .venv and .build; `make clean` removes both.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SITE := .build/site
RUN := runs/digits-resnet
SOURCES := $(shell find audit attacks bounds reports configs -type f -not -path '*/__pycache__/*' 2>/dev/null)

.PHONY: audit setup test lint types layers readme unit bench clean

audit: setup
	$(BIN)/audit run --model resnet --dp-eps 8 --stack 8 --out $(RUN)

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Python 3.11 to 3.13 is needed (PYTHON=... make)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch==2.13.0 --editable '.[dev,pdf]'
	touch $@

test: setup lint types layers readme unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy
	$(BIN)/mypy --strict -p attacks -p bounds -p reports

layers: setup
	$(BIN)/lint-imports

readme: setup
	$(BIN)/python tests/check_readme.py

# Everything: BENCH="--only mlp-dp growth" runs some, BENCH=--quick is for a look.
BENCH ?= --json .build/benchmarks.json
bench: setup
	mkdir -p .build
	$(BIN)/python -m benchmarks $(BENCH)

# The tests see the built wheel and nothing of the checkout's packages.
unit: setup $(SITE)/.built
	AUDIT_TEST_SITE=$(SITE) PYTHONPATH=$(SITE) $(BIN)/python -P -m pytest --numprocesses 2 --dist loadfile

$(SITE)/.built: $(SOURCES) pyproject.toml README.md
	rm -rf .build
	$(BIN)/python -m build --wheel --no-isolation --outdir .build/dist . > /dev/null
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(SITE) .build/dist/*.whl
	touch $@

clean:
	rm -rf $(VENV) .build
