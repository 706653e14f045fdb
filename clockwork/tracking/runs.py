"""The runs of one record: a parent that ends last.

It does so because it vouches for its children, its files and their models.
"""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clockwork.support.pinned import DATA
from clockwork.tracking.artifacts import files_of, model_of
from clockwork.tracking.inputs import Input
from clockwork.tracking.models import delete_models, log_model, start_model
from clockwork.tracking.record import KEY, Record

if TYPE_CHECKING:
    from mlflow import MlflowClient

PARENT = "mlflow.parentRunId"


@dataclass(frozen=True)
class Sent:
    """Where MLflow keeps a record: ids of experiment, parent run and, by algorithm, children."""

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
            children = {
                r.info.run_name: r.info.run_id for r in runs if r.data.tags.get(PARENT) == run_id
            }
            return Sent(key, experiment, run_id, children)
    return None


def delete_others(client: "MlflowClient", experiment: str, key: str, keep: Sequence[str]) -> None:
    """Delete every run of the record `key` but those to `keep`, with their models."""
    delete_models(client, experiment, key, keep)
    for run in _runs(client, experiment, key):
        if run.info.run_id not in keep:
            client.delete_run(run.info.run_id)


def make(client: "MlflowClient", experiment: str, record: Record, artifacts: Path | None) -> Sent:
    """Make `record`'s runs with what the folder `artifacts` holds; if that fails, none is left."""
    try:
        run_id = _start(client, experiment, record, record.name, record.tags)
        _log(client, run_id, record, record.metrics, {})
        children = {
            child.name: _fill(client, experiment, record, at, run_id, artifacts)
            for at, child in enumerate(record.children)
        }
        _send_files(client, run_id, files_of(artifacts) if artifacts else None)
        # What is left of an attempt that was killed, or of a request that was asked twice, would
        # look like more.
        delete_others(client, experiment, record.key, keep=(run_id, *children.values()))
        for each in (*children.values(), run_id):
            client.set_terminated(each, "FINISHED", record.ended)
    except BaseException:
        with contextlib.suppress(*troubles()):
            delete_others(client, experiment, record.key, keep=())
        raise
    return Sent(record.key, experiment, run_id, children)


def _start(
    client: "MlflowClient",
    experiment: str,
    record: Record,
    name: str,
    tags: Mapping[str, str],
    late: int = 0,
) -> str:
    run = client.create_run(
        experiment, start_time=record.started + late, tags=dict(tags), run_name=name
    )
    return str(run.info.run_id)


def _fill(
    client: "MlflowClient",
    experiment: str,
    record: Record,
    at: int,
    parent: str,
    artifacts: Path | None,
) -> str:
    # The newest run stands on top in MLflow's table: a millisecond each keeps the order of the
    # settings.
    child, late = record.children[at], len(record.children) - at
    run_id = _start(client, experiment, record, child.name, {**child.tags, PARENT: parent}, late)
    packed = model_of(artifacts, at) if artifacts else None
    model = start_model(client, experiment, child, run_id) if packed else None
    _log(client, run_id, record, child.metrics, child.params, model)
    _send_files(client, run_id, files_of(artifacts, at) if artifacts else None)
    if model and packed:
        log_model(client, model, run_id, packed)
    return run_id


def _send_files(client: "MlflowClient", run_id: str, folder: Path | None) -> None:
    if folder:
        client.log_artifacts(run_id, str(folder))


def _log(
    client: "MlflowClient",
    run_id: str,
    record: Record,
    metrics: Mapping[str, float],
    params: Mapping[str, str],
    model: str | None = None,
) -> None:
    from mlflow.entities import Metric, Param

    numbers = [
        Metric(name, value, record.ended, 0, model_id=model, run_id=run_id)
        for name, value in metrics.items()
    ]
    client.log_batch(run_id, numbers, [Param(name, value) for name, value in params.items()])
    client.log_inputs(run_id, [_dataset(one) for one in record.inputs])


def _dataset(one: Input) -> Any:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = json.dumps({"uri": DATA})
    dataset = Dataset(one.name, one.digest, "local", source, profile=json.dumps(one.profile))
    return DatasetInput(dataset, [InputTag("mlflow.data.context", one.context)])


def troubles() -> tuple[type[Exception], ...]:
    """What MLflow raises when it cannot do what it was asked."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, SQLAlchemyError, OSError
