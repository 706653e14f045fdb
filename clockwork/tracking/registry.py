"""The registered models, `<experiment>-<algorithm>`.

They have a version for each model promoted, and aliases for those in use.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clockwork.support.errors import BadInput
from clockwork.tracking.experiment import PAGE, every, quoted

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
ROLLED_BACK = "rolled_back"
VERSIONS = "mlflow.modelVersions"  # where the page of a model reads what it is registered as


def model_name(experiment: str, algorithm: str) -> str:
    """What an algorithm's registered model is called; MLflow takes neither of the two signs."""
    return re.sub(r"[/:]", "_", f"{experiment}-{algorithm}")


@contextmanager
def as_default(uri: str) -> Iterator[None]:
    """Let the store `uri` be the process's default.

    There MLflow looks for a model, whatever its client was given.
    """
    import mlflow

    before = os.environ.get("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before)


@dataclass(frozen=True)
class Registered:
    """One registered model, which may have no version yet."""

    client: "MlflowClient"
    name: str

    def version(self, alias: str) -> Any | None:
        """The version that has `alias`; None where none has."""
        found = self.client.search_registered_models(f"name = {quoted(self.name)}")
        number = found[0].aliases.get(alias) if found else None
        return self.client.get_model_version(self.name, str(number)) if number else None

    def versions(self) -> list[Any]:
        """All versions, newest first."""
        wanted = f"name = {quoted(self.name)}"
        found = every(self.client.search_model_versions, wanted, max_results=PAGE)
        return sorted(found, key=lambda one: -int(one.version))

    def of(self, served: str) -> Any | None:
        """The newest version that serves just this; None where there is none."""
        return next((one for one in self.versions() if one.tags.get("served") == served), None)

    def add(self, run_id: str, model_id: str, tags: dict[str, str], note: str) -> Any:
        """A new version: the model that the run `run_id` logged, not a copy of it."""
        if not self.client.search_registered_models(f"name = {quoted(self.name)}"):
            self.client.create_registered_model(self.name)
        with as_default(self.client.tracking_uri):
            made = self.client.create_model_version(
                self.name, f"models:/{model_id}", run_id, tags, description=note, model_id=model_id
            )
        versions = json.dumps([{"name": self.name, "version": str(made.version)}])
        self.client.set_logged_model_tags(model_id, {VERSIONS: versions})
        return self.client.get_model_version(self.name, made.version)

    def name_it(self, version: Any, alias: str) -> None:
        """Give `alias` to `version`; who has it loses it; a champion becomes the previous one."""
        if alias == CHAMPION:
            now = self.version(CHAMPION)
            if now and now.version != version.version:
                self.client.set_registered_model_alias(self.name, PREVIOUS, now.version)
            challenger = self.version(CHALLENGER)
            if challenger and challenger.version == version.version:
                self.client.delete_registered_model_alias(self.name, CHALLENGER)
        self.client.set_registered_model_alias(self.name, alias, version.version)

    def tag(self, version: Any, tags: dict[str, str]) -> None:
        """Set `tags` on a version."""
        for name, value in tags.items():
            self.client.set_model_version_tag(self.name, version.version, name, value)

    def roll_back(self, to: str | None, now: str) -> tuple[Any, Any]:
        """Make the previous champion, or the version `to`, champion again.

        Gives the versions before and after. The one that was champion is marked, so that no
        promotion brings it back unasked. Raises `BadInput` where there is nothing to go back to: a
        second call goes no further back by itself.
        """
        champion = self.version(CHAMPION)
        back = (
            next((one for one in self.versions() if str(one.version) == to), None)
            if to
            else self.version(PREVIOUS)
        )
        if not champion or not back or back.version == champion.version:
            raise BadInput(
                f"{self.name}: {'no other version ' + to if to else 'no champion before this one'}"
            )
        self.tag(champion, {ROLLED_BACK: now})
        if ROLLED_BACK in back.tags:
            self.client.delete_model_version_tag(self.name, back.version, ROLLED_BACK)
        self.client.set_registered_model_alias(self.name, CHAMPION, back.version)
        if self.version(PREVIOUS):
            self.client.delete_registered_model_alias(self.name, PREVIOUS)
        return champion, back
