"""judge TASK OUT: the gate by itself, so that a base can judge a head that edits the gate.

TASK is a JSON file that names both checkouts, where base scored head's judging rows, which pools of seeds count and
which checks are asked for; the checks are written to OUT as JSON. The code and the settings are those of the folder
that it runs in. A contract between commits: keep the words and the keys.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines import imports_done
from pipelines.arms import Arm
from pipelines.comparison import certain_checks, gather, measured_checks
from pipelines.errors import BadInput, exit_on_bad_input
from pipelines.gate.outcome import Check, Estimate, Outcome
from pipelines.git import git
from pipelines.paths import BUILD
from pipelines.settings.gate import gate_settings
from pipelines.stages.tables import read_json, write_json
from pipelines.subprocesses import run_module

OURS = (
    "pipelines/arms.py",
    "pipelines/baseline.py",
    "pipelines/checks",
    "pipelines/choice.py",
    "pipelines/clock.py",
    "pipelines/comparison.py",
    "pipelines/cost.py",
    "pipelines/data/expectations.py",
    "pipelines/data/profile.py",
    "pipelines/data/values.py",
    "pipelines/document.py",
    "pipelines/evidence.py",
    "pipelines/gate",
    "pipelines/golden.py",
    "pipelines/graph.py",
    "pipelines/judge.py",
    "pipelines/libraries.py",
    "pipelines/pinned.py",
    "pipelines/probes",
    "pipelines/pytest_run.py",
    "pipelines/regression.py",
    "pipelines/self_test.py",
    "pipelines/settings",
    "pipelines/stages/clock.py",
    "pipelines/stages/pool.py",
    "pipelines/stages/probe.py",
    "pipelines/stages/rescore.py",
    "pipelines/subprocesses.py",
    "pipelines/team_tests.py",
    "configs/expectations.yaml",
    "configs/gate.yaml",
    "dvc.yaml",
    "tests/regression",
)
# What head's own copy of did judge head: base's cannot stand in for it.
OWN = (
    "pipelines/probes/",
    "pipelines/stages/probe.py",
    "pipelines/stages/clock.py",
    "pipelines/choice.py",
    "pipelines/clock.py",
    "pipelines/cost.py",
    "pipelines/golden.py",
    "pipelines/pytest_run.py",
    "pipelines/team_tests.py",
)
CERTAIN, MEASURED = "certain", "measured"
OWNER = "needs owner"


def edits_of_the_gate(root: Path, base: str, head: str) -> list[str]:
    """The files of the gate that differ between two commits: its code and its settings."""
    return git(root, "diff", "--name-only", base, head, "--", *OURS).splitlines()


def needs_owner(edited: list[str]) -> Check:
    """That the pull request edits the gate itself: not green where it judged itself by what it edits."""
    own = [name for name in edited if name.startswith(OWN)]
    if own:
        said = f"{own[0]} changed, and head was tried by its own: an owner of the gate must look"
        return Check(OWNER, Outcome.CANNOT_TELL, said)
    said = f"{edited[0]} changed: the gate and its settings are base's here, and an owner of the gate must look"
    return Check(OWNER, Outcome.PASS, said, gating=False)


def judged_by_base(head: Arm, base: Arm, kind: str, *, quick: bool) -> list[Check]:
    """The checks of one kind as base's gate makes them."""
    task, out = (head.root.resolve() / BUILD / name for name in ("task.json", "checks.json"))
    arms = {
        name: {"root": str(arm.root.resolve()), "scores": str(arm.scores.resolve()), "pooled": sorted(arm.pooled)}
        for name, arm in (("head", head), ("base", base))
    }
    write_json(task, {**arms, "kind": kind, "quick": quick})
    done = run_module(base.root, "pipelines.judge", str(task), str(out))
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return [Check("base's gate", Outcome.INVALID, f"the gate was edited, and base's could not run: {said}")]
    return [_check(one) for one in read_json(out)]


def _check(document: dict[str, Any]) -> Check:
    # A base may know numbers that head's gate does not have, or lack one: it is then missing, which is no number.
    found = document.pop("estimate")
    names = Estimate.__dataclass_fields__
    estimate = Estimate(**{name: found.get(name, float("nan")) for name in names}) if found else None
    known = {key: value for key, value in document.items() if key in Check.__dataclass_fields__}
    return Check(**{**known, "outcome": Outcome(document["outcome"])}, estimate=estimate)


def main() -> int:
    """Judge as the task says."""
    if len(sys.argv) != 3:
        raise BadInput("judge takes two words: TASK OUT")
    task, out = read_json(Path(sys.argv[1])), Path(sys.argv[2])
    head, base = (_arm(task[name]) for name in ("head", "base"))
    settings = gate_settings()
    if task["kind"] == CERTAIN:
        checks = certain_checks(head, base, settings, quick=task["quick"])
    else:
        checks = measured_checks(head, base, gather(head, base, settings), settings)
    out.write_text(json.dumps([asdict(check) for check in checks]), encoding="utf-8")
    return 0


def _arm(document: dict[str, Any]) -> Arm:
    return Arm(Path(document["root"]), Path(document["scores"]), frozenset(document["pooled"]))


if __name__ == "__main__":
    imports_done()
    sys.exit(exit_on_bad_input(main))
