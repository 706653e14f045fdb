"""A child run's model, an entity of its own in MLflow: `models:/<id>`, with its run's metrics."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clockwork.tracking.record import KEY, Child

if TYPE_CHECKING:
    from mlflow import MlflowClient

MLMODEL = "MLmodel"


def start_model(client: "MlflowClient", experiment: str, child: Child, run_id: str) -> str:
    """The id of a new model of `child`'s run; nobody is offered it before `log_model` has ended."""
    from mlflow.entities import LoggedModelOutput

    tags = {
        name: child.tags[name]
        for name in (KEY, "algorithm", "pr", "head", "model", "served")
        if name in child.tags
    }
    model = client.create_logged_model(experiment, child.name, run_id, tags, child.params, "scorer")
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
    return str(model.model_id)


def log_model(client: "MlflowClient", model_id: str, run_id: str, folder: Path) -> None:
    """Send the packed model in `folder` as that of `model_id`."""
    from mlflow.models import Model

    packed = Model.load(folder)
    packed.model_id = packed.model_uuid = model_id
    packed.run_id, packed.artifact_path = (
        run_id,
        client.get_logged_model(model_id).artifact_location,
    )
    draft = folder / f".{MLMODEL}"
    packed.save(draft)
    draft.replace(folder / MLMODEL)
    client.log_model_artifacts(model_id, str(folder))
    client.finalize_logged_model(model_id, "READY")


def delete_models(client: "MlflowClient", experiment: str, key: str, keep: Sequence[str]) -> None:
    """Delete the models of the record `key` but those of the runs to `keep`."""
    for model in client.search_logged_models([experiment], f"tags.`{KEY}` = '{key}'"):
        if model.source_run_id not in keep:
            client.delete_logged_model(model.model_id)
