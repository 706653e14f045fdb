"""The model that a registry's alias names, for a fleet: brought here, and looked for again."""

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from clockwork.fleet.model import Model
from clockwork.settings.tracking import tracking_settings
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.tracking import store
from clockwork.tracking.links import without_password
from clockwork.tracking.registry import Registered, as_default
from clockwork.tracking.runs import troubles

URI = re.compile(r"models:/(?P<name>[^/:@]+)@(?P<alias>[^/:@]+)")


@dataclass
class Registry:
    """What `models:/<name>@<alias>` stands for in the MLflow of the checkout at `root`."""

    root: Path
    uri: str
    version: str = ""

    def first(self) -> Model:
        """The model. Raises `BadInput` for none, or one that this checkout cannot score with."""
        model = self.newer()
        assert model is not None
        return model

    def newer(self) -> Model | None:
        """The model where it is another version than at the last look, else None.

        Raises `BadInput` as `first`.
        """
        named = URI.fullmatch(self.uri)
        if not named:
            raise BadInput(f"--model {self.uri}: no name and alias; write models:/NAME@champion")
        settings = tracking_settings(self.root)
        where = store.uri(Checkout(self.root).main, settings, os.environ)
        store.bound(settings.timeout)
        try:
            registered = Registered(store.connect_or_refuse(where), named["name"])
            version = registered.version(named["alias"])
            if version is None:
                raise BadInput(
                    f"{self.uri}: no such model in {without_password(where)}; run `make promote`"
                )
            if str(version.version) == self.version:
                return None
            model = self._brought(where, f"models:/{named['name']}/{version.version}")
        except troubles() as error:
            raise BadInput(
                f"{self.uri}: {store.explain(error)}".replace(where, without_password(where))
            ) from error
        self.version = str(version.version)
        return model

    def _brought(self, where: str, uri: str) -> Model:
        from mlflow.artifacts import download_artifacts

        with tempfile.TemporaryDirectory() as place, as_default(where):
            try:
                model = Model.packed(Path(download_artifacts(uri, dst_path=place)), self.root)
            except BadInput as error:
                raise BadInput(f"{uri}: {error}") from None
        model.kind  # noqa: B018 - found out here, while the ticks go on
        return model
