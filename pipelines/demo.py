"""Two pull requests against HEAD, played in throw-away worktrees through the code path of `make regression`."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines import paths
from pipelines.errors import BadInput
from pipelines.git import add_worktree, find_commit, git, main_checkout, remove_worktree
from pipelines.graph import Say, fetch_data
from pipelines.pull_request import WIDTH
from pipelines.verdict import Verdict, read_verdict
from seeds.defects.edits import Change, apply, read_change

PLAYED = {"17": "harmless-refactoring", "18": "labels-late"}
AUTHOR = ["-c", "user.name=Clockwork demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false"]


@dataclass(frozen=True)
class Played:
    """A pull request that was played: what it changed, how it ended, where its reports are."""

    change: Change
    exit_code: int
    verdict: Verdict
    reports: Path

    @property
    def as_it_should(self) -> bool:
        """Whether a harmless change ended green, and a defect red by the check that it names."""
        red = {check.name for check in self.verdict.checks if check.gating and not check.outcome.green}
        ended = self.exit_code == self.verdict.exit_code
        return ended and (self.exit_code == 0 if self.change.harmless else self.change.caught_by in red)


def demo(root: Path, say: Say) -> int:
    """Play both pull requests and show their verdicts; 0 only if the first was green and the second red."""
    main = main_checkout(root)
    say("quick runs: `make regression` also tries head's code for leaks, which takes a quarter of a minute more")
    head = find_commit(root, "HEAD")
    fetch_data(main, say)
    played = []
    for number, name in PLAYED.items():
        say(f"\npull request {number}: {name}")
        played.append(play(main, head, read_change(name), number))
    Console(width=WIDTH).print(table(played))
    for one in played:
        say(f"report: {one.reports / paths.REPORT_HTML.name}")
    say("compare the runs in MLflow: make ui")
    return 0 if all(one.as_it_should for one in played) else 1


def table(played: list[Played]) -> Table:
    """Both pull requests at a glance: what was wanted of the gate, what it said."""
    out = Table("pull request", "wanted", "verdict", title="Two pull requests against HEAD", width=WIDTH)
    for number, one in zip(PLAYED, played, strict=True):
        wanted = "green" if one.change.harmless else "red"
        word = Text(f"{one.verdict.outcome} (exit {one.exit_code})", style="green" if one.exit_code == 0 else "red")
        out.add_row(Text(f"{number}: {one.change.title}"), wanted, word)
    return out


def play(main: Path, head: str, change: Change, number: str) -> Played:
    """Commit `change` on top of `head` in a worktree and run the regression test there, as pull request `number`."""
    folder = main / paths.BUILD / "worktrees" / f"pull-request-{number}"
    reports = paths.BUILD / "demo" / change.name
    add_worktree(main, folder, head)
    try:
        apply(change, folder)
        git(folder, *AUTHOR, "commit", "--quiet", "--no-verify", "--all", "--message", change.title)
        # The demo needs no server, and no server needs the demo.
        mine = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
        environment = {**mine, "CLOCKWORK_PULL_REQUEST": number, "CLOCKWORK_BRANCH": change.name}
        words = [sys.executable, "-m", "pipelines", "regression", f"--base={head}", "--quick"]
        done = subprocess.run(words, cwd=folder, env=environment, check=False)
        _keep(folder / paths.BUILD, main / reports)
    finally:
        remove_worktree(main, folder)
    return Played(change, done.returncode, read_verdict(main / reports / paths.VERDICT.name), reports)


def _keep(build: Path, reports: Path) -> None:
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    for path in (paths.VERDICT, paths.REPORT_MD, paths.REPORT_HTML, paths.JUNIT):
        if not (build / path.name).exists():
            raise BadInput(f"the pull request left no {path.name}; its own lines above say why")
        shutil.copy2(build / path.name, reports)
