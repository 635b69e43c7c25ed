# Everything a newcomer needs is `make run` and `make test`; both install what they need.
BIN := .venv/bin
# Three processes, since tests wait as much as they work; each has databases of its own, and tests
# that share a site stay together.
SHARED_OUT := --numprocesses 3 --durations 10
# Dozens of tests start Lanjian's processes anew; without bytecode on disk each would compile all.
unexport PYTHONDONTWRITEBYTECODE
CODE := server handlers realtime hardware web tests
# What looks at pages, the kiosk's included, and keeps pictures when they are wanted.
PICTURED := tests/e2e/walks tests/e2e/test_enterprise_pages.py tests/integration/hardware/test_kiosk_page.py

# What the pages are built from; they are built anew when any of it changed.
PAGES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o \
	\( -path 'web/src/*' -o -path 'web/faces/*' -o -name '*.ts' -o -name '*.json' \) -type f -print)

.PHONY: help run demo web test web-tests screenshots lint-aside all-tests test-fast lint format clean

help: ## show this list
	@sed -n "s/^\([a-z-]*\):.*## \(.*\)/\1 \2/p" Makefile | while read -r name what; do printf "  make %-12s %s\n" "$$name" "$$what"; done

run: .venv/ready-to-run web/dist/manifest.json ## start everything on this machine; Ctrl-C stops it
	@exec $(BIN)/lanjian up

demo: .venv/ready-to-run web/dist/manifest.json ## the same, with a small city that keeps moving
	@exec $(BIN)/lanjian up --demo

web: web/dist/manifest.json ## build the pages, if anything of them changed

web/dist/manifest.json: $(PAGES) .ci/build-web
	@.ci/build-web

# mypy takes one core for a while, so the tests begin beside it; its word is shown whole.
test: .venv/ready-to-test web/dist/manifest.json ## check everything: format, lint, types, layers, all tests
	@$(MAKE) --no-print-directory --jobs 2 lint-aside all-tests

lint-aside:
	@said=$$($(MAKE) --no-print-directory lint 2>&1); status=$$?; echo "$$said"; exit $$status

web-tests:
	@.ci/node npm --prefix web run --silent types
	@.ci/node npm --prefix web run --silent test

all-tests: web-tests
	$(BIN)/pytest $(SHARED_OUT)

screenshots: .venv/ready-to-test web/dist/manifest.json ## pictures of all pages, light and dark, in var/screenshots
	rm -rf var/screenshots
	PAGES_SHOTS=$(CURDIR)/var/screenshots $(BIN)/pytest --numprocesses 2 $(PICTURED)
	@echo "Pictures are in var/screenshots"

test-fast: lint ## leave out the slow tests; under two minutes
	$(BIN)/pytest $(SHARED_OUT) -m "not slow"

lint: .venv/ready-to-test ## format, lint, types and layers only
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready-to-test ## put the code in form
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

clean: ## forget the environment and all local data (.venv, var)
	rm -rf .venv var build web/dist web/node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/ready-to-%: setup.cfg pyproject.toml constraints.txt .ci/prepare
	@.ci/prepare $*
	@touch $@
