"""The runs of one record: a parent that ends last, because it vouches for its children and its files."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.tracking.record import KEY, Child, Record

if TYPE_CHECKING:
    from mlflow import MlflowClient

PARENT = "mlflow.parentRunId"


@dataclass(frozen=True)
class Sent:
    """Where MLflow keeps a record: the ids of its experiment, its parent run and, by algorithm, its children."""

    key: str
    experiment_id: str
    run_id: str
    children: dict[str, str]


def _runs(client: "MlflowClient", experiment: str, key: str) -> list[Any]:
    return list(client.search_runs([experiment], f"tags.`{KEY}` = '{key}'"))


def find(client: "MlflowClient", experiment: str, key: str) -> Sent | None:
    """Where the record `key` stands complete; None where it does not."""
    runs = _runs(client, experiment, key)
    for parent in runs:
        if PARENT not in parent.data.tags and parent.info.status == "FINISHED":
            run_id = parent.info.run_id
            children = {r.info.run_name: r.info.run_id for r in runs if r.data.tags.get(PARENT) == run_id}
            return Sent(key, experiment, run_id, children)
    return None


def delete_others(client: "MlflowClient", experiment: str, key: str, keep: Sequence[str]) -> None:
    """Delete every run of the record `key` but those to `keep`."""
    for run in _runs(client, experiment, key):
        if run.info.run_id not in keep:
            client.delete_run(run.info.run_id)


def make(client: "MlflowClient", experiment: str, record: Record, files: Sequence[Path]) -> Sent:
    """Make the runs of `record`; when that fails, none of them is left."""
    try:
        run_id = _start(client, experiment, record, record.name, record.tags)
        _log(client, run_id, record.ended, record.metrics, {})
        children = {child.name: _fill(client, experiment, record, child, run_id) for child in record.children}
        for file in files:
            client.log_artifact(run_id, str(file))
        # What is left of an attempt that was killed, or of a request that was asked twice, would look like more.
        delete_others(client, experiment, record.key, keep=(run_id, *children.values()))
        for each in (*children.values(), run_id):
            client.set_terminated(each, "FINISHED", record.ended)
    except BaseException:
        with contextlib.suppress(*troubles()):
            delete_others(client, experiment, record.key, keep=())
        raise
    return Sent(record.key, experiment, run_id, children)


def _start(
    client: "MlflowClient", experiment: str, record: Record, name: str, tags: Mapping[str, str], late: int = 0
) -> str:
    run = client.create_run(experiment, start_time=record.started + late, tags=dict(tags), run_name=name)
    return str(run.info.run_id)


def _fill(client: "MlflowClient", experiment: str, record: Record, child: Child, parent: str) -> str:
    # The newest run stands on top in MLflow's table: a millisecond each keeps the order of the settings.
    late = len(record.children) - record.children.index(child)
    run_id = _start(client, experiment, record, child.name, {**child.tags, PARENT: parent}, late)
    _log(client, run_id, record.ended, child.metrics, child.params)
    return run_id


def _log(client: "MlflowClient", run_id: str, at: int, metrics: Mapping[str, float], params: Mapping[str, str]) -> None:
    from mlflow.entities import Metric, Param

    numbers = [Metric(name, value, at, 0) for name, value in metrics.items()]
    client.log_batch(run_id, numbers, [Param(name, value) for name, value in params.items()])


def troubles() -> tuple[type[Exception], ...]:
    """What MLflow raises when it cannot do what it was asked."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, SQLAlchemyError, OSError
