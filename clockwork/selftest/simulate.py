"""A simulated pull request, and what `make regression` says.

It is a change on top of a commit in a throw-away worktree.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from clockwork.gate.outcome import Check
from clockwork.selftest.edits import Change, apply
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.subprocesses import outside_hooks
from clockwork.verdict.schema import Verdict, read_verdict

AUTHOR = [
    "-c",
    "user.name=Clockwork demo",
    "-c",
    "user.email=demo@localhost",
    "-c",
    "commit.gpgsign=false",
]


@dataclass(frozen=True)
class Simulated:
    """A simulated pull request: what it changed, how it ended, where its reports are."""

    change: Change
    exit_code: int
    verdict: Verdict
    reports: Path

    @property
    def red(self) -> list[Check]:
        """The gating checks that were not green."""
        return [check for check in self.verdict.checks if check.gating and not check.outcome.green]

    @property
    def as_it_should(self) -> bool:
        """Whether a harmless change ended green, and a defect red by the check that it names."""
        ended = self.exit_code == self.verdict.exit_code
        return ended and (
            self.exit_code == 0
            if self.change.harmless
            else self.change.caught_by in {check.id for check in self.red}
        )


def simulate(
    main: Checkout,
    head: str,
    change: Change,
    number: str,
    reports: Path,
    *,
    quick: bool,
    log: IO[str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Simulated:
    """Commit `change` on top of `head` in a worktree and run the regression test there.

    It runs as pull request `number`. What it leaves is kept below `reports`, from the root of
    `main`; what it prints goes to `log`. `variables` are set for it besides those of this process.
    """
    folder = main / paths.BUILD / "worktrees" / f"pull-request-{number}"
    pull_request = main.add_worktree(folder, head)
    try:
        apply(change, folder)
        pull_request.git("add", "--all")
        pull_request.git(*AUTHOR, "commit", "--quiet", "--no-verify", "--message", change.title)
        # No server is needed here, and no server needs what is simulated.
        mine = {
            name: value
            for name, value in outside_hooks(os.environ).items()
            if name != "MLFLOW_TRACKING_URI"
        }
        named = {"CLOCKWORK_PULL_REQUEST": number, "CLOCKWORK_BRANCH": change.name}
        words = [
            sys.executable,
            "-m",
            "clockwork",
            "regression",
            f"--base={head}",
            *(["--quick"] if quick else []),
        ]
        done = subprocess.run(
            words,
            cwd=folder,
            env={**mine, **named, **(variables or {})},
            stdout=log,
            stderr=log,
            check=False,
        )
        _keep(folder / paths.BUILD, main / reports)
    finally:
        main.remove_worktree(folder)
    return Simulated(
        change, done.returncode, read_verdict(main / reports / paths.VERDICT.name), reports
    )


def _keep(build: Path, reports: Path) -> None:
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    for path in (paths.VERDICT, paths.REPORT_MD, paths.REPORT_HTML):
        if not (build / path.name).exists():
            raise BadInput(f"the pull request left no {path.name}; its own lines say why")
        shutil.copy2(build / path.name, reports)
    if (build / paths.JUNIT.name).exists():  # a head that cannot run has no test to show
        shutil.copy2(build / paths.JUNIT.name, reports)
