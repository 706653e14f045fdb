"""judge TASK OUT: the gate by itself, so that a base can judge a head that edits the gate.

TASK is a JSON file that names both checkouts, where base scored head's evaluation rows, which extra
seeds count and which checks are asked for; the checks are written to OUT as JSON. The code and the
settings are those of the folder that it runs in. A contract between commits: keep the words and the
keys.
"""

import json
import sys
from dataclasses import asdict
from math import nan
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.line_up import gather
from clockwork.compare.measure import certain_checks, measured_checks
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.learning.tables import read_json, write_json
from clockwork.settings.gate import gate_settings
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput, exit_on_bad_input
from clockwork.support.paths import BUILD
from clockwork.support.subprocesses import last_line
from clockwork.verdict.schema import NUMBERS
from clockwork.verdict.schema_1 import check_of_1

GATE_FILES = (
    "clockwork/VERSION",
    "clockwork/commands/regression.py",
    "clockwork/compare",
    "clockwork/gate",
    "clockwork/settings",
    "clockwork/learning/clock.py",
    "clockwork/learning/data/expectations.py",
    "clockwork/learning/data/float32.py",
    "clockwork/learning/data/parts.py",
    "clockwork/learning/data/profile.py",
    "clockwork/learning/data/row_groups.py",
    "clockwork/learning/data/values.py",
    "clockwork/learning/keys.py",
    "clockwork/learning/probes",
    "clockwork/learning/rescore.py",
    "clockwork/learning/stages/pool.py",
    "clockwork/learning/stages/probe.py",
    "clockwork/learning/task_rows.py",
    "clockwork/support/dvc.py",
    "clockwork/support/libraries.py",
    "clockwork/support/pinned.py",
    "clockwork/support/subprocesses.py",
    "clockwork/verdict",
    "pipelines/stages/pool.py",
    "pipelines/stages/probe.py",
    "configs/expectations.yaml",
    "configs/gate.yaml",
    "dvc.yaml",
    "tests/regression",
)
# What head's own copy of did judge head: base's cannot stand in for it.
OWN = (
    "clockwork/VERSION",  # an upgrade: all of them may be others
    "clockwork/learning/probes/",
    "clockwork/learning/stages/probe.py",
    "pipelines/stages/probe.py",
    "clockwork/learning/clock.py",
    # What builds, measures costs, runs tests and makes a verdict of all checks.
    "clockwork/commands/regression.py",
    "clockwork/compare/",
    "clockwork/gate/outcome.py",
    "clockwork/verdict/",
)
# What of that base's gate does by its own copy.
BY_BASE = (
    "clockwork/compare/checks/",
    "clockwork/compare/paired_scores.py",
    "clockwork/compare/predictions.py",
)
CERTAIN, MEASURED = "certain", "measured"
CHECKS = TypeAdapter(list[Check])


def edits_of_the_gate(checkout: Checkout, base: str, head: str, *, added: bool = True) -> list[str]:
    """The gate's files, code and settings, that two commits differ in; or without those `added`."""
    kept = [] if added else ["--diff-filter=a"]
    return checkout.git("diff", "--name-only", *kept, base, head, "--", *GATE_FILES).splitlines()


def needs_owner(edited: list[str], whose: str = "base's") -> Check:
    """That the pull request edits the gate: not green where it judged itself by what it edits."""
    own = [name for name in edited if name.startswith(OWN) and not name.startswith(BY_BASE)]
    if own:
        message = f"{own[0]} changed, and head was tried by its own: an owner of the gate must look"
        return Check(CheckId.NEEDS_OWNER, Outcome.CANNOT_TELL, message)
    message = (
        f"{edited[0]} changed: "
        f"the gate and its settings are {whose} here, and an owner of the gate must look"
    )
    return Check(CheckId.NEEDS_OWNER, Outcome.PASS, message, gating=False)


def judged_by_base(head: BuiltCommit, base: BuiltCommit, kind: str, *, quick: bool) -> list[Check]:
    """The checks of one kind as base's gate makes them."""
    task, out = (head.root.resolve() / BUILD / name for name in ("task.json", "checks.json"))
    commits = {
        name: {
            "root": str(commit.root.resolve()),
            "scores": str(commit.scores.resolve()),
            "pooled": sorted(commit.pooled),
        }
        for name, commit in (("head", head), ("base", base))
    }
    write_json(task, {**commits, "kind": kind, "quick": quick})
    done = base.checkout.run("clockwork.compare.base_gate", str(task), str(out))
    return _unheard(f"could not run: {last_line(done.stderr)}") if done.returncode else read(out)


def read(path: Path) -> list[Check]:
    """The checks that base's gate wrote to `path`; one that is invalid where they say nothing."""
    try:
        return CHECKS.validate_python([_of_today(one) for one in read_json(path)])
    except (ValueError, TypeError, AttributeError) as error:
        return _unheard(f"gave no checks that can be read: {str(error).splitlines()[0]}")


def _unheard(message: str) -> list[Check]:
    message = f"the gate was edited, and base's {message}"
    return [Check(CheckId.BASE_GATE_RUNS, Outcome.INVALID, message)]


def _of_today(document: dict[str, Any]) -> dict[str, Any]:
    # A base may know numbers that head's gate does not have, or lack one: it is then missing, which
    # is no number.
    found = check_of_1(document)
    if found.get("estimate"):
        found["estimate"] = {**dict.fromkeys(NUMBERS, nan), **found["estimate"]}
    return found


def main() -> int:
    """Judge as the task says."""
    if len(sys.argv) != 3:
        raise BadInput("judge takes two words: TASK OUT")
    task, out = read_json(Path(sys.argv[1])), Path(sys.argv[2])
    head, base = (_commit(task[name]) for name in ("head", "base"))
    settings = gate_settings()
    if task["kind"] == CERTAIN:
        checks = certain_checks(head, base, settings, quick=task["quick"])
    else:
        checks = measured_checks(head, base, gather(head, base, settings), settings)
    out.write_text(json.dumps([asdict(check) for check in checks]), encoding="utf-8")
    return 0


def _commit(document: dict[str, Any]) -> BuiltCommit:
    return BuiltCommit(
        Checkout(Path(document["root"])), Path(document["scores"]), frozenset(document["pooled"])
    )


if __name__ == "__main__":
    sys.exit(exit_on_bad_input(main))
