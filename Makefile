# Two commands: `make demo` shows the main job, `make test` proves it. Both need only Python 3.11+, venv and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
WORKERS ?= auto

.PHONY: help demo test lint check soak schedules mistakes mutants removal replay copies bench lock clean

help:
	@echo "make demo    the whole path against pretend services, on this machine only"
	@echo "make test    all tests"
	@echo "make lint    ruff and mypy --strict"
	@echo "make check   lint and test"
	@echo "make soak    the long tests: ten thousand SIGKILLs, slow hostile documents, every canary"
	@echo "make schedules  a million drawn schedules of faults and crashes; N=1000 for fewer, FROM=SEED to go on"
	@echo "make mistakes  design mistakes, seeded one at a time; each must be caught (also in make soak)"
	@echo "make mutants   mutation testing; docs/mutation.md explains it"
	@echo "make removal the whole suite without each connector in turn"
	@echo "make replay  histories of real feeds through the real path; needs the corpus ($$SYNDICATOR_CORPUS)"
	@echo "make copies  the reviewed copies of the example posts, written anew; then read the diff"
	@echo "make bench   instruction counts, memory and bytes; docs/performance.md explains them"
	@echo "make lock    resolve the dependencies anew (needs uv)"

# pip checks every file against the hashes in the lock; the project itself goes in without asking the network again.
$(READY): requirements.txt requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("syndicator needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	$(BIN)/syndicate demo

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not slow" </dev/null

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

soak: $(READY)
	SYNDICATOR_EXAMPLES=search $(BIN)/python -m pytest -m "not slow" tests/property
	$(BIN)/python -m pytest -m slow --timeout 7200 --ignore tests/project tests

schedules: $(READY)
	PYTHONPATH=. $(BIN)/python -m tests.proof.million $(or $(N),1000000) --from $(or $(FROM),0)

mistakes: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) tests/mistakes

mutants: $(READY)
	PYTHONPATH=. $(BIN)/python -m tests.mistakes.mutants $(MODULES)

removal: $(READY)
	$(BIN)/python -m pytest -m slow --timeout 7200 tests/project/test_removal.py

replay: $(READY)
	PYTHONPATH=. $(BIN)/python tests/feeds/replaying.py

copies: $(READY)
	$(BIN)/python tests/copies/writing.py

bench: $(READY)
	$(BIN)/python bench/bench.py

# Names, versions and hashes only: no address of an index is written down.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --extra postgres --extra tumblr pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --extra postgres --extra tumblr --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
