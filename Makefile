# The front door. `make` alone lists the targets.
RAW ?= data/raw
CLEAN ?= data/clean
SHARED ?= ../shared
PYTHON ?= python3.11
VENV := .venv
RUN := $(VENV)/bin/python
.DEFAULT_GOAL := help
.PHONY: pictures fuzz help ingest test check quality bench schema models lock tables search status verify metadata notebooks benchmark report review

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

ingest: $(VENV)/core tesseract ## read every document of RAW (data/raw) into CLEAN (data/clean)
	@$(RUN) -m pipeline ingest "$(RAW)" "$(CLEAN)"

test: $(VENV)/dev tesseract ## pass the tests
	@$(RUN) -m pytest

check: $(VENV)/dev ## lint, types, and the law of imports
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check . --quiet || echo "note: 'ruff format' would change layout"
	@$(RUN) -m mypy pipeline
	@$(RUN) -m pytest -q tests/test_architecture.py

quality: $(VENV)/dev tesseract ## measure on annotated and generated documents, against the pinned floors
	@$(RUN) -m tests.quality --shared "$(SHARED)"

bench: $(VENV)/dev tesseract ## speed, as ratios in one run
	@$(RUN) -m tests.bench --shared "$(SHARED)"

fuzz: $(VENV)/dev tesseract ## twenty thousand injured files through the whole road, a while
	@$(RUN) -m tests.fuzz --count 20000

benchmark: $(VENV)/dev ## the generated damage with its truth, into build/benchmark, for other tools too
	@$(RUN) -m tests.generator build/benchmark

schema: $(VENV)/core ## write docs/schema.json and docs/output.md from the types
	@$(RUN) -m pipeline schema > docs/schema.json
	@$(RUN) -m pipeline schema --markdown > docs/output.md

models: $(VENV)/dev ## rebuild what models/ holds from SHARED
	@$(RUN) models/build/language.py "$(SHARED)/corpus/train" models/language
	@$(RUN) models/build/outlines.py "$(SHARED)/samples"
	@$(RUN) models/build/confusions.py "$(SHARED)/corpus/dev/ocr_pairs.jsonl.xz" models/confusions

tables: $(VENV)/core ## the documents of CLEAN as Parquet tables in CLEAN/tables
	@$(RUN) -m pipeline tables "$(CLEAN)" "$(CLEAN)/tables"

search: $(VENV)/core ## find in CLEAN: make search Q="thi đua khen thưởng"
	@$(RUN) -m pipeline search "$(CLEAN)" "$(Q)"

report: $(VENV)/core ## a static site in CLEAN/report: page images beside the text, doubts first
	@$(RUN) -m pipeline report "$(RAW)" "$(CLEAN)" "$(CLEAN)/report"

review: $(VENV)/dev ## the report with decisions by keyboard on http://127.0.0.1:8765, kept in CLEAN/../corrections
	@$(RUN) -m pipeline review "$(RAW)" "$(CLEAN)"

status: $(VENV)/core ## what CLEAN holds
	@$(RUN) -m pipeline status "$(CLEAN)"

verify: $(VENV)/core ## re-hash RAW, replay every ledger, validate every document
	@$(RUN) -m pipeline verify "$(RAW)" "$(CLEAN)"

metadata: $(VENV)/core ## archive metadata of CLEAN as CSV and XML in CLEAN/metadata
	@$(RUN) -m pipeline metadata "$(CLEAN)" "$(CLEAN)/metadata"

pictures: $(VENV)/dev tesseract ## take the pictures of docs/images anew
	@$(RUN) -m tests.screenshots

notebooks: $(VENV)/notebooks ## open the notebooks
	@$(RUN) -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks

lock: $(VENV)/core ## pin the environment anew
	@for set in core dev notebooks; do $(VENV)/bin/uv pip compile -q --upgrade --python-version 3.11 --universal \
	  --generate-hashes --no-emit-index-url --no-annotate requirements/$$set.in -o requirements/$$set.txt; done

# --- set-up: stamps in $(VENV), done once ---
$(VENV)/bin/uv:
	@$(PYTHON) -m venv $(VENV) && $(VENV)/bin/pip install -q --disable-pip-version-check uv

$(VENV)/core: requirements/core.txt | $(VENV)/bin/uv
	@$(VENV)/bin/uv pip install -q --compile-bytecode --require-hashes -r requirements/core.txt
	@$(VENV)/bin/uv pip install -q --no-deps --no-build-isolation -e . 2>/dev/null || $(VENV)/bin/uv pip install -q --no-deps -e .
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/core
	@$(VENV)/bin/uv pip install -q --compile-bytecode --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/notebooks: requirements/notebooks.txt $(VENV)/core
	@$(VENV)/bin/uv pip install -q --compile-bytecode --require-hashes -r requirements/notebooks.txt
	@touch $@

.PHONY: tesseract
tesseract:
	@sh requirements/tesseract.sh
