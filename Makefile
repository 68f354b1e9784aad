PYTHON ?= python3.11
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup system demo test check bench docs clean

help:  ## show what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/installed system  ## create .venv with the pinned requirements

.venv/installed: requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "arxla needs Python 3.11: install it, or say make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip install -q -r requirements.txt
	$(BIN)/uv pip install -q --no-deps -e .
	@touch $@

system:
	@command -v bwrap >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq bubblewrap >/dev/null; } \
	|| echo "bubblewrap is not installed (as root: apt-get install bubblewrap); arxla goes on with its own sandbox."

demo: setup  ## the main job on scikit-learn's real digits: no key, no network
	$(BIN)/arxla run --dataset digits --trials 6

test: setup  ## the test suite
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: setup  ## ruff, mypy --strict, the documentation, every snippet in it and in the README
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir .mkdocs-check && rm -rf .mkdocs-check
	$(BIN)/python -m evals.snippets

bench: setup  ## every benchmark, side by side figures (long); PAPERS=FOLDER adds those that need papers
	for name in box_start trials_per_minute own_time tuners expert_accuracy compiled_speed; do $(BIN)/python -m evals.benchmarks.$$name || exit 1; done
	$(BIN)/python -m evals.review
	$(BIN)/python -m evals.benchmarks.debugging
	$(BIN)/python -m evals.recommendation $(PAPERS)
	$(BIN)/python -m evals.benchmarks.paper_search
	$(BIN)/python -m evals.benchmarks.first_paint
	$(BIN)/python -m evals.benchmarks.provider_faults
	$(BIN)/python -m evals.benchmarks.ray_overhead
	$(BIN)/python -m evals.benchmarks.tracer_overhead
	$(BIN)/python -m evals.benchmarks.strategies
	$(BIN)/python -m evals.compiler.type_corpus --out /tmp/arxla-type-traces && $(BIN)/python -m evals.benchmarks.type_inference /tmp/arxla-type-traces --compare
	$(BIN)/python -m evals.benchmarks.accelerated_training
ifdef PAPERS
	$(BIN)/python -m evals.benchmarks.extraction $(wildcard $(PAPERS)/*.pdf)
	$(BIN)/python -m evals.benchmarks.long_paper $(wildcard $(PAPERS)/*.txt $(PAPERS)/*.md)
endif

docs: setup  ## write the pages that are made from the code, and build docs/ into site/
	$(BIN)/python -m arxla.documentation
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Read site/index.html; to search it: $(BIN)/python -m http.server --directory site"

clean:  ## remove the environment and all that was made here: runs with their models, evaluations, kept functions, indexed papers
	rm -rf .venv site build results evaluations generated_training_functions literature_reviews papers .langgraph_api
