"""One table from a fresh clone to its verdicts, by the commands that a person would type."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import yaml

from clockwork.gate.outcome import Outcome
from clockwork.selftest.audit.audit import RESULT
from clockwork.selftest.audit.result import Result
from clockwork.selftest.bench.adopt.cases import Case
from clockwork.selftest.bench.adopt.proof import CHANGES
from clockwork.selftest.bench.adopt.row import FIRST, Ending, Row, ending_of
from clockwork.selftest.bench.clone import fresh
from clockwork.selftest.simulate import simulate
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.git import git
from clockwork.support.paths import CONFIGS, VALIDATION, VERDICT
from clockwork.support.subprocesses import environment
from clockwork.verdict.parts import Audit
from clockwork.verdict.schema import read_verdict

LOG = "log.txt"


def adopted(root: Path, state: str, case: Case, path: Path, place: Path) -> Row:
    """What becomes of the table `path` in a clone of `root`; logs and reports go below `place`."""
    place.mkdir(parents=True, exist_ok=True)
    commit = Checkout(root).find("HEAD")
    row = Row(commit=commit, state=state, name=case.name, task=case.task)
    since, spent = time.monotonic(), _processor()
    with (place / LOG).open("w+", encoding="utf-8") as log, fresh(root) as clone:
        for key, value in (("name", "Clockwork bench"), ("email", "bench@localhost")):
            git(clone, "config", f"user.{key}", value)
        if _run(
            clone, log, "adopt", f"--data={path}", f"--target={case.target}", f"--name={case.name}"
        ):
            return row.model_copy(update={"error": f"adopt: {_error(place)}"})
        ended = _run(clone, log, "regression", "--base=main")
        minutes = {
            "minutes": round((time.monotonic() - since) / 60, 2),
            "processor": round(_processor() - spent, 2),
        }
        row = row.model_copy(update={**minutes, **_settings(clone, case)})
        if not (clone / VERDICT).exists():
            return row.model_copy(update={"error": f"regression (exit {ended}): {_error(place)}"})
        endings = {FIRST: ending_of(read_verdict(clone / VERDICT))}
        if not case.odd:
            endings |= _proof(clone, place, log)
        audits = _audits(clone, log, place) if case.audited else []
    return row.model_copy(update={"endings": endings, "audits": audits})


def _processor() -> float:
    # Minutes of all processes that were started and have ended.
    spent = os.times()
    return (spent.children_user + spent.children_system) / 60


def _run(clone: Path, log: IO[str], *args: str) -> int:
    # No server needs what is benchmarked.
    own = {name: value for name, value in environment().items() if name != "MLFLOW_TRACKING_URI"}
    log.write(f"\n$ python -m clockwork {' '.join(args)}\n")
    log.flush()
    command = [sys.executable, "-m", "clockwork", *args]
    return subprocess.run(
        command, cwd=clone, env=own, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
    ).returncode


def _error(place: Path) -> str:
    lines = (place / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return errors[-1] if errors else f"see {place / LOG}"


def _settings(clone: Path, case: Case) -> dict[str, object]:
    data, gate = (
        yaml.safe_load((clone / CONFIGS / name).read_text("utf-8"))
        for name in ("data.yaml", "gate.yaml")
    )
    rows = json.loads((clone / VALIDATION).read_text(encoding="utf-8"))["rows"]
    return {"rows": rows, "margin": gate["margin"], "wrong": case.wrong(data)}


def _proof(clone: Path, place: Path, log: IO[str]) -> dict[str, Ending]:
    checkout, found = Checkout(clone), {}
    head = checkout.find("HEAD")
    for change in CHANGES:
        log.write(f"\n$ pull request: {change.title}\n")
        log.flush()
        try:
            found[change.name] = ending_of(
                simulate(
                    checkout, head, change, "bench", place / change.name, quick=False, log=log
                ).verdict
            )
        except BadInput as error:
            found[change.name] = Ending(outcome=Outcome.INVALID, exit_code=2, reason=str(error))
    return found


def _audits(clone: Path, log: IO[str], place: Path) -> list[Audit]:
    _run(clone, log, "audit")  # which ends with 1 where a bar is missed
    if not (clone / RESULT).exists():
        raise BadInput(f"audit: {_error(place)}")
    (place / RESULT.name).write_bytes((clone / RESULT).read_bytes())
    return Result.model_validate_json((clone / RESULT).read_text(encoding="utf-8")).replay
