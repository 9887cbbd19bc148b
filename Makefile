# `make demo` runs the site, `make test` checks it; everything lives in .venv and .local.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Named after what is installed: a change of a requirement, and only that, installs again.
STAMP := $(VENV)/.installed-$(shell cat requirements/*.txt | cksum | cut -d ' ' -f 1)
APT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq
# On Linux PyPI's torch brings CUDA, some gigabytes of no use without a GPU; PyTorch's own index has it without.
CPU_INDEX := https://download.pytorch.org/whl/cpu
ANSWERS := import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=3)
CPU_WHEELS := wheels=; if [ "$$(uname)" = Linux ] && [ ! -e /proc/driver/nvidia ] && [ ! -e /dev/kfd ]; then \
	if timeout 3 $(PYTHON) -c '$(ANSWERS)' $(CPU_INDEX)/torch/ 2>/dev/null; then wheels="--extra-index-url $(CPU_INDEX)"; \
	echo "No GPU here: torch comes without CUDA, from PyTorch's own index."; \
	else echo "PyTorch's own index does not answer: torch comes as pip is set up, which may include CUDA."; fi; fi
SPLINE := node_modules/@splinetool/runtime/build/runtime.standalone.webgl.js
WALL := static/vendor/spline/runtime.standalone.webgl.js static/wall/wall.splinecode
MESSAGES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))
# Test processes side by side, each with its own database (Valkey has room for seven); 0 runs one without xdist.
JOBS ?= 2
# The shell has no windows: a page in it takes a fifth of the processor time. Debian has it, Ubuntu has not.
CHROMIUM_SHELL := command -v chromium-headless-shell
CHROMIUM := command -v chromium || command -v chromium-browser || command -v google-chrome
PRODUCTION := MARQUEE_DEPLOYMENT=production SECRET_KEY=$$(od -An -N 40 -tx1 /dev/urandom | tr -d ' \n') \
	ALLOWED_HOSTS=films.example DATABASE_URL=postgresql:///marquee REDIS_URL=redis://localhost/0 \
	EMAIL_URL=submission://user:password@mail.example:587 TRUSTED_PROXY_COUNT=1

LOCK = $(VENV)/deploy/bin/uv pip compile --quiet --upgrade --generate-hashes --no-annotate --no-header \
	--python-version 3.11.9 --python-platform linux -c requirements/constraints.txt
TESTING := MARQUEE_LOCAL_DIR=$(CURDIR)/.local/tests MARQUEE_LOCAL_FSYNC=off OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# Keep compiled modules: without them each process compiles what it imports. For the site that is 12 s of processor time instead of 4.
unexport PYTHONDONTWRITEBYTECODE
# Pretends that psycopg 3 is not installed, so that Django takes psycopg2.
PSYCOPG2 := 'import sys; sys.modules["psycopg"] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))'

.PHONY: help install wall client demo docs test check tests psycopg2 retry lock format lint migrations-check deploy-check supply-chain licences chromium clean

help:
	@echo "make demo     the whole site on this machine (PORT=8000 HOST=127.0.0.1)"
	@echo "make test     format, lint, types, contracts, migrations, settings and all tests (JOBS=0: one process)"
	@echo "make install  .venv with everything, at the pinned versions"
	@echo "make wall     the home page's wall in three dimensions, where npm is (docs/spline.md)"
	@echo "make client   clients/python from the API's schema"
	@echo "make docs     the documentation as a site in site/, with the API reference of ml"
	@echo "make images   build both container images and walk through a site that runs them"
	@echo "make lock     requirements/locked: what the images install, with hashes, after a change of a requirement"
	@echo "make licences the licence of every package that images and demo install"
	@echo "make format   write the code as the formatters want it"
	@echo "make clean    remove .venv, .local (the demo's data) and caches"

install: $(STAMP)

$(STAMP):
	@$(PYTHON) --version >/dev/null 2>&1 || { $(APT) python3; } \
		|| { echo "Python 3.11 or newer is needed: install it, or say PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed, $(PYTHON) is older; say PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(APT) python3-venv; } \
		|| { echo "Python's venv is missing: apt install python3-venv"; exit 1; }
	@echo "== install: pinned requirements into $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@# Half of the time went into compiling modules that nobody imports: Python compiles what it loads.
	@$(CPU_WHEELS); $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check \
		$$wheels -r requirements/dev.txt -c requirements/constraints.txt
	@rm -f $(VENV)/.installed-*
	@touch $@

# Only what is missing or out of date; a machine without npm or network does without the wall.
wall: install $(WALL)

static/vendor/spline/runtime.standalone.webgl.js: package-lock.json
	@if ! command -v npm >/dev/null; then \
		echo "No npm here: the 3D wall is left out, the grid of posters stays."; \
	elif echo "== wall: the pinned Spline runtime, from npm" && npm ci --ignore-scripts --no-audit \
		--no-fund --loglevel=silent --fetch-retries=1 --fetch-timeout=60000; then \
		mkdir -p $(@D) && cp $(SPLINE) $@ && touch $@; \
	else \
		echo "npm could not fetch it: the 3D wall is left out, the grid of posters stays."; \
	fi

static/wall/wall.splinecode: $(wildcard movies/wall3d/*.py) | install
	@$(BIN)/python manage.py build_wall_scene

locale/%.mo: locale/%.po | install
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale $(firstword $(subst /, ,$*))

demo: install wall $(MESSAGES)
	@MARQUEE_STOP_WITH_PARENT=1 exec $(BIN)/python manage.py demo $(ARGS)

test: check tests psycopg2

# What needs no server and no browser.
check: install wall $(MESSAGES) lint migrations-check deploy-check deploy-files supply-chain docs

tests: install wall $(MESSAGES) chromium
	@echo "== tests"
	@$(TESTING) $(BIN)/pytest -n $(JOBS) --dist worksteal $(ARGS)

psycopg2: install
	@echo "== COPY, import and backup under psycopg2"
	@$(TESTING) $(BIN)/python -c $(PSYCOPG2) -q tests/common/test_copy.py tests/movies/importers/test_movielens.py \
		tests/recsite/operations/test_restore.py::TestBackup tests/recsite/operations/test_restore.py::TestEmpty

# Run the tests that failed last time once more, one after another.
retry: install
	@$(TESTING) $(BIN)/pytest -n 0 --last-failed --last-failed-no-failures none

docs: install
	@$(BIN)/mkdocs build --strict --quiet && echo "Open site/index.html"

client: install
	@$(BIN)/python clients/python/generate.py

format: install
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@$(BIN)/djlint --reformat --quiet templates || true

lint: install
	@echo "== format"
	@$(BIN)/ruff format --check .
	@echo "== lint"
	@$(BIN)/ruff check .
	@echo "== spelling"
	@$(BIN)/codespell
	@echo "== types"
	@$(BIN)/mypy .
	@echo "== import contracts"
	@$(BIN)/lint-imports
	@echo "== templates"
	@$(BIN)/djlint --check --lint templates

migrations-check: install
	@echo "== migrations"
	@$(BIN)/python manage.py makemigrations --check --dry-run

deploy-check: install
	@echo "== production settings"
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

# Chart, compose file, Dockerfile and Azure's templates; the packages that read them have a place of their own.
$(VENV)/deploy/.installed: requirements/deploy.txt | $(STAMP)
	@$(PYTHON) -m venv $(VENV)/deploy && $(VENV)/deploy/bin/pip install --quiet -r $< && touch $@

deploy-files: $(VENV)/deploy/.installed
	@echo "== files of deployment"
	@$(VENV)/deploy/bin/python deploy/check.py

# What the images install, with the hash of each file. The worker's list adds to that of the web, and torch is not in it:
# its wheels for the CPU have other hashes than PyPI's.
lock: $(VENV)/deploy/.installed
	@echo "torch; python_version < '3'" >$(VENV)/deploy/without-torch.txt
	@for name in web worker storages observability; do \
		$(LOCK) --override $(VENV)/deploy/without-torch.txt requirements/$$name.txt -o requirements/locked/$$name.txt \
			$$([ $$name = web ] || sed -n 's/^\([^ ]*\)==.*/--no-emit-package \1/p' requirements/locked/web.txt) || exit 1; \
	done
	@for name in weights messages; do $(LOCK) --no-deps requirements/$$name.txt -o requirements/locked/$$name.txt || exit 1; done

# Build both images and walk through a site that runs them (docs/deploy.md): it needs Docker and 8 GB.
images: install
	@$(BIN)/python tests/journeys/images_check.py $(ARGS)

# Where the database of vulnerabilities cannot be reached, it says so and goes on.
supply-chain: install
	@echo "== licences of dependencies"
	@$(BIN)/python -m recsite.local.supply_chain licences >/dev/null
	@echo "== known vulnerabilities"
	@$(BIN)/python -m recsite.local.supply_chain audit

licences: install
	@$(BIN)/python -m recsite.local.supply_chain licences

chromium:
	@{ $(CHROMIUM_SHELL) || { $(APT) chromium-headless-shell; } 2>&1 || { $(CHROMIUM); }; } >/dev/null || { $(APT) chromium; } \
		|| { echo "No Chromium here: the browser tests are left out."; [ "$$CI" != true ]; }

clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m recsite.local.embedded stop; fi
	@rm -rf $(VENV) .local site staticfiles node_modules static/vendor static/wall .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
