# Two commands: `make audit` and `make test`. Everything lives in .venv and .build; `make clean` removes both.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SITE := .build/site
RUN := runs/digits-resnet
SOURCES := $(shell find audit attacks bounds reports configs -type f -not -path '*/__pycache__/*' 2>/dev/null)

.PHONY: audit setup test lint types layers readme readme-block unit test-thorough test-other-cpu test-cpus test-versions bench clean

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

# Whether README's block has the figures of `make audit` here: intervals that overlap, counts that chance explains.
readme-block: audit
	$(BIN)/python tests/check_readme.py $(RUN)

# Everything: BENCH="--only mlp-dp growth" runs some, BENCH=--quick is for a look.
BENCH ?= --json .build/benchmarks.json
bench: setup
	mkdir -p .build
	$(BIN)/python -m benchmarks $(BENCH)

# The tests see the built wheel and nothing of the checkout's packages; two processes on two cores need no more threads.
PYTEST := OMP_NUM_THREADS=1 AUDIT_TEST_SITE=$(SITE) PYTHONPATH=$(SITE) $(BIN)/python -P -m pytest --numprocesses 2 --dist loadfile
unit: setup $(SITE)/.built
	$(PYTEST)

# All tests, and every simulation in full; `make test` skips the dear ones and repeats a third.
test-thorough: setup $(SITE)/.built
	AUDIT_TEST_THOROUGH=1 $(PYTEST)

# Other CPUs on this one: what each library is told to do without changes how it rounds (tests/rounding.py prints it).
# OPENBLAS_CORETYPE stays as it is on a machine that needs one of its own.
OLD_CPU := ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41 MKL_CBWR=COMPATIBLE MKL_ENABLE_INSTRUCTIONS=SSE4_2 \
	OPENBLAS_CORETYPE=$${OPENBLAS_CORETYPE:-Nehalem}
AVX_CPU := ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX MKL_ENABLE_INSTRUCTIONS=AVX2 \
	OPENBLAS_CORETYPE=$${OPENBLAS_CORETYPE:-Sandybridge}
MIXED_CPU := ONEDNN_MAX_CPU_ISA=SSE41 MKL_CBWR=COMPATIBLE

# Quick tests that train, in another order (RANDOM_ORDER=2 is one more) and on an older CPU.
RANDOM_ORDER ?= 1
test-other-cpu: setup $(SITE)/.built
	$(OLD_CPU) $(PYTEST) -m 'trains and not slow' -p randomly --randomly-seed=$(RANDOM_ORDER) tests/audit tests/epsilon

# All tests that train, on three CPUs that are not this one.
test-cpus: setup $(SITE)/.built
	$(BIN)/python tests/rounding.py
	$(OLD_CPU) $(BIN)/python tests/rounding.py
	$(OLD_CPU) $(PYTEST) -m trains
	$(AVX_CPU) $(BIN)/python tests/rounding.py
	$(AVX_CPU) $(PYTEST) -m trains
	$(MIXED_CPU) $(BIN)/python tests/rounding.py
	$(MIXED_CPU) $(PYTEST) -m trains

# A small audit and the quick tests on every Python, with the lowest versions that pyproject.toml admits and the newest.
VERSIONS ?=
test-versions: setup
	$(BIN)/python tests/versions.py $(VERSIONS)

$(SITE)/.built: $(SOURCES) pyproject.toml README.md
	rm -rf .build
	$(BIN)/python -m build --wheel --no-isolation --outdir .build/dist . > /dev/null
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(SITE) .build/dist/*.whl
	touch $@

clean:
	rm -rf $(VENV) .build
