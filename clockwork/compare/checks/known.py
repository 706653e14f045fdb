"""Does head's gate still measure rightly? Base's known cases are held against head's metrics."""

import os
import subprocess
import sys

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.predictions import by_known_cases
from clockwork.gate.known import ASKED, faults_of
from clockwork.gate.outcome import Check
from clockwork.support.subprocesses import environment, last_line

CASES = "clockwork/gate/known.py"


def known_answers(head: BuiltCommit, base: BuiltCommit) -> Check:
    """Whether head's metrics give base's known cases their known values."""
    return by_known_cases(
        faults_of(head.task) if _same_gate(head, base) else _faults_of(head, base)
    )


def _same_gate(head: BuiltCommit, base: BuiltCommit) -> bool:
    head_files, base_files = (
        {
            path.relative_to(commit.root): path.read_bytes()
            for path in (commit.root / "clockwork" / "gate").rglob("*.py")
        }
        for commit in (head, base)
    )
    return head_files == base_files


def _faults_of(head: BuiltCommit, base: BuiltCommit) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(base.root.resolve() / CASES), head.task.name],
        cwd=head.root,
        env={**environment(), "PYTHONPATH": os.fspath(head.root.resolve())},
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        return [f"head's metrics cannot be asked: {last_line(done.stderr)}"]
    lines = done.stdout.splitlines()
    return lines[:-1] if lines[-1:] == [ASKED] else ["head's metrics ended before they were asked"]
