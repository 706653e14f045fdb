"""Runs that nobody needs any more: listed first, and deleted only if they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput
from clockwork.tracking.acceptance import BY
from clockwork.tracking.experiment import Experiment, every, experiment, quoted
from clockwork.tracking.record import KEY
from clockwork.tracking.registry import model_name
from clockwork.tracking.runs import PARENT, delete_others
from clockwork.tracking.tested import barring, runs_of


@dataclass(frozen=True)
class Due:
    """The run of a verdict that may go. `kept` says why it stays all the same."""

    run: Any
    kept: str

    @property
    def line(self) -> str:
        """The run, as it is listed."""
        date = datetime.fromtimestamp(self.run.info.start_time / 1000, UTC).strftime("%Y-%m-%d")
        line = f"{date}  {self.run.info.run_name}  {self.run.data.tags.get('verdict', '')}"
        return f"keep    {line}: {self.kept}" if self.kept else f"delete  {line}"


def expire(
    checkout: Checkout, closed: Sequence[str], days: int | None, report: Report, *, yes: bool
) -> int:
    """List the runs of pull requests `closed`, or those older than `days`; with `yes` delete them.

    A run stays whose model is registered as one of the experiment's, which a person accepted, or
    which bars the promotion of what another run tested. MLflow can restore deleted runs until
    `mlflow gc`.
    """
    if not closed and days is None:
        raise BadInput("say which runs: --closed-prs N,N… or --older-than DAYS")
    with experiment(checkout) as there:
        due = find_due(there, closed, days)
        for one in due:
            report(one.line)
        going = [one for one in due if not one.kept]
        if yes:
            for one in going:
                delete_others(there.client, there.id, one.run.data.tags[KEY], keep=())
        done = (
            "deleted; MLflow can restore them until `mlflow gc`"
            if yes
            else "would be deleted; add --yes to do it"
        )
        report(
            f"{len(going)} of {len(due)} runs, each with its children, {done}"
            if due
            else "no such run"
        )
    return 0


def find_due(there: Experiment, closed: Sequence[str], days: int | None) -> list[Due]:
    """The runs of the pull requests `closed` and, with `days`, those older; oldest first."""
    wanted = [f"tags.pr = {quoted(number)}" for number in closed]
    if days is not None:
        before = datetime.now(UTC) - timedelta(days=days)
        wanted.append(f"attributes.start_time < {round(before.timestamp() * 1000)}")
    found = {run.info.run_id: run for words in wanted for run in there.parents(words)}
    kept = {
        run_id: f"accepted by {run.data.tags[BY]}"
        for run_id, run in found.items()
        if BY in run.data.tags
    }
    kept |= _registered(there)
    kept = _barring(there, [run for run_id, run in found.items() if run_id not in kept]) | kept
    due = [Due(run, kept.get(run_id, "")) for run_id, run in found.items()]
    return sorted(due, key=lambda one: one.run.info.start_time)


def _barring(there: Experiment, going: Sequence[Any]) -> dict[str, str]:
    # By the run of the verdict: a run that stays, and whose model it keeps from being promoted.
    ids, kept = {run.info.run_id for run in going}, dict[str, str]()
    for code in ("1", "3"):
        verdicts = [run.info.run_id for run in going if run.data.tags.get("exit_code") == code]
        wanted = (f"tags.served != '' and tags.`{PARENT}` = '{run_id}'" for run_id in verdicts)
        children = [child for words in wanted for child in there.runs(words)]
        for child, verdict in barring(there, children, code):
            for other in runs_of(there, child.data.tags["algorithm"], child.data.tags["served"]):
                if other.data.tags[PARENT] not in ids:
                    why = f"it is not accepted, and '{there.parent(other).info.run_name}' stands"
                    kept[verdict.info.run_id] = f"{why} on its model"
                    break
    return kept


def _registered(there: Experiment) -> dict[str, str]:
    # By the run of the verdict: the registered version that needs one of its children.
    found: dict[str, str] = {}
    ours = f"name LIKE {quoted(model_name(there.name, '%'))}"
    for version in every(there.client.search_model_versions, ours, max_results=1000):
        run = _run(there, version.run_id) if version.run_id else None
        if run:
            verdict = run.data.tags.get(PARENT, version.run_id)
            found[verdict] = f"{version.name} version {version.version} is its model"
    return found


def _run(there: Experiment, run_id: str) -> Any | None:
    from mlflow.exceptions import MlflowException

    try:
        return there.client.get_run(run_id)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None
