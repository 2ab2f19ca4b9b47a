# One target per intent; `make help` lists them. Paths are relative, so a folder with a space in its name works.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
PY := .venv/bin/python
DEMO ?= multi_layer
MINUTES ?= 60
OCI ?= $(if $(shell command -v podman),podman,docker)
FUZZ := tests/autograder/test_fuzz.py tests/engine/test_engine_fuzz.py
# Tests often wait for a time limit to pass, so there is one worker more than cores for every two of them.
WORKERS ?= $(shell expr $$(nproc) + $$(nproc) / 2)
# Several threads of BLAS for each of several processes spend their time waiting for each other.
ONE_THREAD := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
PYTEST = $(ONE_THREAD) $(PY) -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder
BOOK_SOURCES := _config.yml _toc.yml $(shell find book -type f -not -path '*/__pycache__/*' -not -path 'book/lite/*') \
	$(wildcard bank/misconceptions/*.py source/digits.* source/checks/* source/*/*.ipynb release/*/*.ipynb autograder/*.py autograder/*/*.py autograder/offline/*)

# The notebooks in the browser are built with the book where the files of Pyodide are at hand.
PYODIDE_LOCK := _build/pyodide/pyodide-lock.json
LITE_SOURCES := $(shell find book/lite -type f -not -path '*/__pycache__/*') $(wildcard release/*/*)

.PHONY: help demo test test-all check book lite pdf release data bench soak fuzz pictures image lab clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

demo: .venv/.book-ready ## release, grade a sample class, write feedback and a report, build the book
	@$(call need,bwrap,bubblewrap)
	@$(MAKE) --no-print-directory book
	@$(PY) -m autograder demo $(DEMO)

test: .venv/.test-ready ## run the tests, without those that only say at length what others say; TESTS=... names some
	@$(tools)
	$(PYTEST) -m 'not long' $(TESTS)

test-all: .venv/.test-ready .venv/.lite-ready ## run all tests, the long ones too
	@$(tools)
	@$(PY) -m book.lite fetch || echo "Without them, the tests that need them are skipped." >&2
	$(PYTEST) $(TESTS)

check: .venv/.test-ready ## lint, check the format and the types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

book: _build/html/.complete $(if $(wildcard $(PYODIDE_LOCK)),_build/html/lite/.complete) ## build the book into _build/html; with TORCH=1, PyTorch runs in its appendix

_build/html/.complete: $(BOOK_SOURCES) $(if $(filter 1,$(TORCH)),.venv/.torch-ready) | .venv/.book-ready
	@rm -rf _build/html _build/.doctrees _build/.jupyter_cache
	@env -u DIGITS_DATA -u MPLBACKEND $(ONE_THREAD) XDG_CACHE_HOME="$$PWD/_build/cache" \
	  .venv/bin/jupyter-book build . --path-output . --all -W --keep-going
	@touch $@

lite: .venv/.lite-ready ## build the book and, in _build/html/lite, the assignments as notebooks that run in the browser; PYODIDE=... names a folder or an archive with Pyodide, which is fetched otherwise
	@$(PY) -m book.lite fetch $(if $(PYODIDE),"$(PYODIDE)")
	@$(MAKE) --no-print-directory book
	@echo "The notebooks are in the book. To try them, type:  $(PY) -m http.server --bind localhost --directory _build/html"
	@echo "and open http://localhost:8000"

_build/html/lite/.complete: _build/html/.complete $(PYODIDE_LOCK) $(LITE_SOURCES) | .venv/.lite-ready
	@$(PY) -m book.lite build
	@touch $@

pdf: .venv/.pdf-ready ## print the book to _build/backprop-by-hand.pdf, which goes beside the built pages too
	@$(call need,chromium,chromium)
	@$(MAKE) --no-print-directory book
	@$(PY) book/pdf.py

release: .venv/.book-ready ## generate release/ and dist/*.zip from source/; the zips bring the book's pages, whole if it is built
	@$(PY) -m autograder release

data: .venv/.book-ready ## download the real data sets into your cache
	@cd source && for name in mnist notmnist fashion_mnist; do ../$(PY) -m digits fetch $$name || exit 1; done

bench: .venv/.test-ready ## measure the reference, and grading beside stock nbgrader: speed, cheats, oddities, what a mistake costs and whether it is named, what passes between notebooks (two hours); KEEP=1 measures what each mistake does to a training, too, and keeps all that the book prints
	@$(call need,bwrap,bubblewrap)
	@$(PY) -m bank.bench $(if $(KEEP),--keep)
	@PYTHONPATH=tests:tests/source $(PY) tests/bench_points.py
	@PYTHONPATH=tests:tests/source $(PY) tests/bench_diagnosis.py
	@PYTHONPATH=tests:tests/cheats:tests/oddities $(PY) tests/bench_corpora.py
	@PYTHONPATH=tests:tests/engine $(PY) tests/bench_channels.py

soak: .venv/.test-ready ## grade ten thousand submissions in one run and look what grows (ten minutes)
	@$(call need,bwrap,bubblewrap)
	@$(PY) -m bank.bench.soak

fuzz: .venv/.test-ready ## hand in random notebooks, answers and HTML, and write random frames into the engine's lines, a new seed each round, for MINUTES=60
	@mkdir -p _build; end=$$((SECONDS + 60 * $(MINUTES))); seed=$$RANDOM; rounds=0; \
	while [ $$SECONDS -lt $$end ]; do \
	  $(PY) -m pytest -q -p no:cacheprovider --hypothesis-seed=$$seed $(FUZZ) >_build/fuzz.log 2>&1 || \
	    { cat _build/fuzz.log; echo "Found with --hypothesis-seed=$$seed."; exit 1; }; \
	  seed=$$((seed + 1)); rounds=$$((rounds + 1)); \
	  printf '\r%d rounds, nothing found, %d minutes left ' $$rounds $$(((end - SECONDS) / 60 + 1)); \
	done; echo

pictures: demo .venv/.test-ready ## take the pictures of the README, of the book and of the sample class
	@PYTHONPATH=tests $(PY) tests/pictures.py

image: ## build a container image of course and grader, with podman or docker (OCI=...); IMAGE_OPTIONS=... go to its build
	@command -v $(OCI) >/dev/null || { echo "$(OCI) is missing. Type:  sudo apt-get install podman" >&2; exit 1; }
	$(OCI) build $(IMAGE_OPTIONS) --file Containerfile --tag backprop-by-hand .

lab: .venv/.book-ready ## open JupyterLab on a copy of the release, in lab/; links lead to the built book
	@[ -e _build/html/book/index.html ] || $(MAKE) --no-print-directory book
	@$(PY) -m autograder.doors.lab $(LAB_OPTIONS)

clean: ## remove what the other targets made; submissions, grades and lab/ stay
	rm -rf .venv _build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find autograder book source tests -name __pycache__ -prune -exec rm -rf {} +

# What the tests need beside Python.
define tools
$(call need,bwrap,bubblewrap)
$(call need,chromium,chromium)
$(call wish,/usr/lib/postgresql/*/bin/postgres,postgresql)
$(call wish,java,default-jre-headless)
endef

# $(call need,PROGRAM,PACKAGE): a system program, installed when we may, asked for when we may not.
define need
command -v $(1) >/dev/null || { \
  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then $(call install,$(2)); \
  else echo "$(1) is missing. Type this, then run make again:  sudo apt-get install $(2)" >&2; exit 1; fi; }
endef

# $(call wish,PROGRAM,PACKAGE): a program without which some tests are skipped, installed when we may.
define wish
command -v $(1) >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { $(call install,$(2)); }; } || \
  echo "Without $(2), the tests that need it are skipped." >&2
endef

define install
echo "Installing $(1) ..."; \
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null
endef

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.11" >&2; exit 1; }
	@rm -rf .venv && $(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "Python cannot make environments. Type:  sudo apt-get install python3-venv" >&2; exit 1; }
	@touch $@

.venv/.book-ready: constraints.txt pyproject.toml | .venv/.made
	@echo "Installing what the course needs (once, one to three minutes) ..."
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[book]'
	@touch $@

.venv/.pdf-ready: constraints.txt pyproject.toml | .venv/.book-ready
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[pdf]'
	@touch $@

.venv/.lite-ready: constraints.txt pyproject.toml | .venv/.book-ready
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[lite]'
	@touch $@

# Name an index of builds without a graphics card in PIP_EXTRA_INDEX_URL: they are a tenth of the size.
.venv/.torch-ready: constraints.txt pyproject.toml | .venv/.book-ready
	@echo "Installing PyTorch (once, some minutes) ..."
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[torch]'
	@touch $@

.venv/.test-ready: constraints.txt pyproject.toml | .venv/.made
	@echo "Installing what the tests need (once, one to three minutes) ..."
	@$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[book,test]'
	@touch .venv/.book-ready .venv/.pdf-ready $@
