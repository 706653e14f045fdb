"""Does head's gate still measure rightly? Base's known cases are held against head's metrics."""

import os
import subprocess
import sys

from clockwork.compare.built_commit import BuiltCommit
from clockwork.gate.catalogue import CheckId
from clockwork.gate.known import ASKED, faults
from clockwork.gate.outcome import Check, Outcome
from clockwork.support.subprocesses import environment

CASES = "clockwork/gate/known.py"


def known_answers(head: BuiltCommit, base: BuiltCommit) -> Check:
    """Whether head's metrics give base's known cases their known values: a wrong metric praises a wrong model."""
    found = faults() if _same_gate(head, base) else _faults_of(head, base)
    if found:
        return Check(
            CheckId.KNOWN_ANSWERS, Outcome.INVALID, f"known cases differ ({len(found)}): {'; '.join(found[:3])}"
        )
    return Check(
        CheckId.KNOWN_ANSWERS,
        Outcome.PASS,
        "perfect, constant, tied and reversed scores have the values they must have",
    )


def _same_gate(head: BuiltCommit, base: BuiltCommit) -> bool:
    ours, theirs = (
        {
            path.relative_to(commit.root): path.read_bytes()
            for path in (commit.root / "clockwork" / "gate").rglob("*.py")
        }
        for commit in (head, base)
    )
    return ours == theirs


def _faults_of(head: BuiltCommit, base: BuiltCommit) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(base.root.resolve() / CASES)],
        cwd=head.root,
        env={**environment(), "PYTHONPATH": os.fspath(head.root.resolve())},
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        return [f"head's metrics cannot be asked: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"]
    lines = done.stdout.splitlines()
    return lines[:-1] if lines[-1:] == [ASKED] else ["head's metrics ended before they were asked"]
