"""Send a record to MLflow, once and in full. Its imports cost seconds: they wait in functions."""

import logging
import os
from collections.abc import Mapping, Set
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from clockwork.settings.tracking import TrackingSettings
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.tracking.embedded import SQLITE, artifacts, create, database, files, moved
from clockwork.tracking.links import without_password, without_passwords
from clockwork.tracking.record import Record
from clockwork.tracking.runs import Sent, find, make, troubles
from clockwork.tracking.view import experiment_tags

if TYPE_CHECKING:
    from mlflow import MlflowClient


ADDRESSES = "write https://host:port, postgresql+psycopg://user@host/name or sqlite:///file"
READ = 10_000  # characters of an error, of which 300 are shown


class NotSent(Exception):
    """MLflow did not take a record in full, and shows no part as finished. One line says why."""


class Unreachable(NotSent):
    """The server does not answer, or the experiment takes no runs: no record can be sent now."""


def uri(checkout: Checkout, settings: TrackingSettings, environ: Mapping[str, str]) -> str:
    """Where results go: MLFLOW_TRACKING_URI, else the embedded store of `checkout`, a main one."""
    embedded = checkout.root.resolve() / settings.store / "mlflow.db"
    return environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{embedded}"


def unsaved(checkout: Checkout, environ: Mapping[str, str]) -> list[str]:
    """Files that differ from HEAD, but for MLFLOW_TRACKING_URI's store: every run writes to it."""
    own = files(environ.get("MLFLOW_TRACKING_URI") or "")
    return [name for name in checkout.changes() if not _all_within(own, checkout, name)]


def _all_within(own: Set[Path], checkout: Checkout, name: str) -> bool:
    # A folder of new files is listed as one; it may hold more than a store.
    inside = [name] if not name.endswith("/") else checkout.new_files(name)
    return all(
        own & {path, *path.parents} for path in ((checkout / one).resolve() for one in inside)
    )


def bound(timeout: int) -> None:
    """Let a server take `timeout` seconds for an answer, and ask it twice; draw no bars.

    What the user set stays.
    """
    wishes = {
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(timeout),
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    }
    for name, value in wishes.items():
        os.environ.setdefault(name, value)


def preload(timeout: int) -> None:
    """Import MLflow, for whoever waits for another process meanwhile."""
    bound(timeout)
    for name in ("mlflow", "mlflow.models", "mlflow.store.tracking.sqlalchemy_store"):
        import_module(name)


def send(record: Record, artifacts: Path | None, uri: str) -> Sent:
    """Make the runs of `record`, with what the folder `artifacts` holds.

    Where they stand complete, only name them. Raises `NotSent` when MLflow refuses it, and
    `Unreachable` when it would refuse any record. What is left of an attempt that was killed is
    deleted by the next.
    """
    try:
        client = connect(uri)
        experiment = _experiment(client, record, uri)
    except BadInput as error:
        raise Unreachable(str(error)) from error
    except troubles() as error:
        raise Unreachable(explain(error)) from error
    try:
        standing = find(client, experiment, record.key)
        if standing:
            return standing
        return make(client, experiment, record, artifacts)
    except troubles() as error:
        raise NotSent(explain(error)) from error


def explain(error: BaseException) -> str:
    """The error in one line, without passwords."""
    lines = without_passwords(str(error)[:READ]).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]:.300}"


def experiment_id(name: str, uri: str) -> str | None:
    """The id of the experiment `name`; None where there is none yet."""
    found = connect(uri).get_experiment_by_name(name)
    return found.experiment_id if found else None


def hush() -> None:
    """Let MLflow and its migrations say what went wrong, and no more."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


def connect(uri: str) -> "MlflowClient":
    """A client of the store `uri`; an embedded one is made where there is none.

    Raises `BadInput` where it is no address for MLflow, or of a database without its driver here.
    """
    from mlflow import MlflowClient

    hush()
    if uri.startswith(SQLITE):
        create(database(uri))
    try:
        return MlflowClient(tracking_uri=uri)
    except (ValueError, ImportError) as error:
        shown = without_password(uri)
        raise BadInput(f"MLFLOW_TRACKING_URI {shown}: {explain(error)}; {ADDRESSES}") from error


def connect_or_refuse(uri: str) -> "MlflowClient":
    """As `connect`. Raises `BadInput` where the store cannot be opened."""
    try:
        return connect(uri)
    except troubles() as error:
        shown = without_password(uri)
        raise BadInput(f"MLflow at {shown}: {explain(error)}".replace(uri, shown)) from error


def _experiment(client: "MlflowClient", record: Record, uri: str) -> str:
    from mlflow.exceptions import MlflowException

    tags, place = experiment_tags(record.primary, record.columns), artifacts(uri)
    found = client.get_experiment_by_name(record.experiment)
    if not found:
        try:
            return str(
                client.create_experiment(record.experiment, artifact_location=place, tags=tags)
            )
        except MlflowException:
            found = client.get_experiment_by_name(record.experiment)
            if not found:
                raise
    if found.lifecycle_stage != "active":
        raise MlflowException(
            f"the experiment {record.experiment!r} is deleted: restore it in MLflow"
        )
    if place and moved(found.artifact_location, place):
        raise MlflowException(
            f"the store was made at {found.artifact_location}: it cannot move, start a new one"
        )
    for name, value in tags.items():
        if found.tags.get(name) != value:
            client.set_experiment_tag(found.experiment_id, name, value)
    return str(found.experiment_id)
