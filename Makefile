# Every verb is a line over `python -m clockwork`, so a laptop, a git hook and any CI run the same thing.
# Set-up happens by itself: a venv, uv inside it, the hashed lock file. A second call does no set-up work.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready
export BASE FROM TO DATA TARGET SEED TABLES INTO

# Without bytecode every process compiles MLflow anew: seconds, each time.
unexport PYTHONDONTWRITEBYTECODE
export DVC_NO_ANALYTICS = 1
export MLFLOW_DISABLE_TELEMETRY = true
export DO_NOT_TRACK = 1

.PHONY: help demo adopt test regression publish run check audit bench promote outbox ui lock doctor upgrade
help: ## these lines
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# After `bench`, another word is a group of figures and no verb: `make bench adopt`.
FIGURES := $(if $(filter bench,$(MAKECMDGOALS)),$(filter-out bench,$(MAKECMDGOALS)))
ifneq ($(FIGURES),)
.PHONY: $(FIGURES)
$(FIGURES): ; @:
else
demo: $(READY) ## two pull requests against HEAD: a harmless one ends green, a seeded defect red (SEED=prices)
	@$(BIN)/python -m clockwork demo $(if $(SEED),--seed="$$SEED")

adopt: $(READY) ## your own data in place of the demo's (DATA=path TARGET=column; DRY=1 to look only, INTO=repository)
	@$(BIN)/python -m clockwork adopt $(if $(DATA),--data="$$DATA") $(if $(TARGET),--target="$$TARGET") \
	  $(if $(INTO),--into="$$INTO") $(if $(DRY),--dry-run) $(ARGS)
endif

# Hydra comes with DVC, and its plugin takes half a second of each process.
test: $(READY) ## the tests (SCOPE=changed: the engine's only where a pull request can break them)
	@$(BIN)/python -m pytest -n 2 -p no:hydra_pytest --dist loadfile --no-loadscope-reorder -m "not slow" \
	  $(if $(filter changed,$(SCOPE)),$$($(BIN)/python -m clockwork.ci.scope))

regression: $(READY) ## the verdict on this commit: head against BASE=rev (default: the merge-base)
	@$(BIN)/python -m clockwork regression $(if $(BASE),--base="$$BASE")

publish: $(READY) ## the verdict on its pull request, by CI: comment, status, report (FROM=folder of verdict.json)
	@$(BIN)/python -m clockwork publish $(if $(FROM),--from="$$FROM")

run: $(READY) ## the pipeline alone (dvc repro); what did not change is skipped
	@$(BIN)/python -m clockwork run

doctor: $(READY) ## what is in the way of a verdict, on one screen: rows, margins, engine, locks, CI, servers
	@$(BIN)/python -m clockwork doctor

# Slow tests of the gate and of the project; all others, which the engine has: `make bench proofs`.
PROOFS := tests/unit tests/regression tests/engine/unit/gate tests/engine/unit/probes
audit: $(READY) ## the gate against itself: every planted defect must go red; its error rates and its power
	@$(if $(SEED),true,$(BIN)/python -m pytest -n 2 -m slow $(wildcard $(PROOFS)) || [ $$? -eq 5 ]) # 5: there is none
	@$(BIN)/python -m clockwork audit $(if $(SEED),--seed="$$SEED")

check: $(READY) ## lint, types and every pre-commit hook on all files, offline
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pre-commit run --all-files

bench: $(READY) ## the performance figures of the README (others: `make bench adopt TABLES=folder`, `make bench proofs`)
	@$(BIN)/python -m clockwork bench $(FIGURES) $(if $(TABLES),--tables="$$TABLES") $(ARGS)

promote: $(READY) ## what was tested of this commit becomes the champion in MLflow's registry
	@$(BIN)/python -m clockwork promote

outbox: $(READY) ## list what waits for MLflow on this disk, and send it
	@$(BIN)/python -m clockwork outbox --send

ui: $(READY) ## MLflow on loopback, on the embedded database
	@$(BIN)/python -m clockwork ui

upgrade: $(READY) ## a newer engine for an adopted project, as a branch (FROM=path or address, TO=rev)
	@$(BIN)/python -m clockwork upgrade --from="$$FROM" $(if $(TO),--to="$$TO")

lock: $(READY) ## refresh requirements.lock from pyproject.toml
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --extra scale --group dev pyproject.toml -o requirements.lock

$(READY): requirements.lock
	@echo "clockwork: setting up $(VENV) (once; again when requirements.lock changes)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Clockwork needs Python 3.11 or newer")'
	@test -z "$$(ls -A $(VENV) 2>/dev/null)" || test -e $(VENV)/uv.lock || test -e $(READY) || \
	  { echo "$(VENV) is not Clockwork's, which would remove what is in it; move it away, or add VENV=build/venv" >&2; exit 1; }
	@mkdir -p $(VENV)
	@sed -n '/^uv==/,/^[^ ]*[a-z0-9.-]*==/p' requirements.lock | sed '2,$${/^[a-z0-9]/d;}' > $(VENV)/uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@touch $(READY)
