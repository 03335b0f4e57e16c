# Everything by one word on a machine that has only make and Python 3.11 or newer: `make demo`, `make test`.
#
#   PYTHON=python3.12   the Python to start from       VENV=.venv   where the environment lies
#   STEPS=2400          how long the demo trains       OUT=DIR      where the demo's run lies
#   BUDGET=60m          how long `results` or `mutate` may begin new runs; both go on where they stopped

PYTHON ?= python3
VENV ?= .venv
STEPS ?= 2400
BIN := $(VENV)/bin
# One thread a worker: two workers on two cores, and sums that do not depend on the machine.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lint format types docs pytest unit verify results mutate bench parity lock dist clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##\(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | column -t -s @ 2>/dev/null \
	  || sed -n 's/^\([a-z]*\):.*##\(.*\)/  make \1 -\2/p' $(MAKEFILE_LIST)

$(VENV)/.runtime: pyproject.toml requirements-dev.txt tools/environment.py
	@$(PYTHON) tools/environment.py $(VENV) runtime

$(VENV)/.dev: pyproject.toml requirements-dev.txt tools/environment.py
	@$(PYTHON) tools/environment.py $(VENV) dev

demo: $(VENV)/.runtime  ## train DCGAN on real images: about three minutes on two CPU cores
	@out='$(OUT)'; n=1; \
	if [ -z "$$out" ]; then out=runs/demo; while [ -e "$$out" ]; do n=$$((n + 1)); out=runs/demo-$$n; done; fi; \
	echo "Fashion-MNIST, $(STEPS) steps. Watch $$out/samples.png: the first grid is of an untrained generator."; \
	$(BIN)/rivalry train dcgan --out "$$out" --set train.steps=$(STEPS) --set train.sample_every=100

test: lint types docs pytest  ## all checks: style, types, documentation, every test (at most 12 minutes)

lint: $(VENV)/.dev  ## ruff: faults and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev  ## let ruff repair what it can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

types: $(VENV)/.dev  ## mypy, strict, over the core
	$(BIN)/mypy

docs: $(VENV)/.dev  ## the documentation, every warning an error: docs/_build/index.html
	@if [ -f docs/conf.py ]; then set -x; $(BIN)/sphinx-build -q -E -W --keep-going docs docs/_build; fi

pytest: $(VENV)/.dev  ## every test
	$(PYTEST)

unit: $(VENV)/.dev  ## the tests that build and install nothing
	$(PYTEST) -m 'not install and not verify'

verify: $(VENV)/.dev  ## every shipped spec at full size, killed and resumed (by hand: half an hour)
	$(PYTEST) -m verify tests/verify

results: $(VENV)/.dev  ## the long runs behind docs/results (by hand: hours); BUDGET=60m: only the objectives' table
	@if [ -n '$(BUDGET)' ]; then set -x; $(BIN)/python benchmarks/objectives.py --budget '$(BUDGET)'; else set -ex; \
	  $(BIN)/python benchmarks/results.py all; \
	  $(BIN)/python benchmarks/games.py run all --seeds 5; \
	  $(BIN)/python benchmarks/games.py page; \
	  $(BIN)/python benchmarks/objectives.py --budget 24h; \
	fi

mutate: $(VENV)/.dev  ## would the tests notice a wrong formula? BUDGET=30m, resumes; docs/results/mutation.md
	$(BIN)/python tools/mutate.py --budget $(or $(BUDGET),30m)

bench: $(VENV)/.dev  ## ratios against plain loops
	@for program in benchmarks/*.py; do \
	  case $$program in */results.py | */games.py | */objectives.py | */parity.py | */plain_loops.py | */ranking.py) continue ;; esac; \
	  echo "== $$program"; $(BIN)/python $$program || exit; \
	done

# The reference packages see the project's own environment, and it does not see them.
$(VENV)/parity/.made: $(VENV)/.dev benchmarks/parity.txt
	$(BIN)/python -m venv $(VENV)/parity
	@where='import sysconfig; print(sysconfig.get_path("purelib"))'; \
	own=$$($(VENV)/parity/bin/python -c "$$where") && seen=$$($(BIN)/python -c "$$where") && \
	echo "import site; site.addsitedir('$$seen')" > "$$own/borrowed.pth"
	$(VENV)/parity/bin/python -m pip --disable-pip-version-check install --quiet --no-deps -r benchmarks/parity.txt
	@touch $@

parity: $(VENV)/parity/.made  ## the metrics beside the reference packages, on the same numbers; docs/results/parity.md
	OMP_NUM_THREADS=1 $(VENV)/parity/bin/python benchmarks/parity.py

lock: $(VENV)/.dev  ## rewrite requirements-dev.txt from the environment's versions
	$(BIN)/python tools/lock.py

dist: $(VENV)/.dev  ## wheel and sdist, in dist/
	$(BIN)/python -m build --no-isolation

clean:  ## remove what was built; .venv and runs stay
	rm -rf build dist docs/_build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find core plugins specs tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
