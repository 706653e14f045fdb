"""The model that a fleet is scored with: of `build/`, or packed by MLflow."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import yaml

from clockwork.fleet.quick import quickest
from clockwork.learning.about import FILE, read_about
from clockwork.learning.data.raw_columns import raw_features
from clockwork.learning.data.sources import files, schema_of
from clockwork.learning.encoding import Kind
from clockwork.learning.serving.contents import digest_below
from clockwork.learning.serving.scorer import MODEL, Scorer
from clockwork.learning.ticks.cells import Cells
from clockwork.learning.ticks.state import Score, State
from clockwork.learning.ticks.way import kind_of
from clockwork.model import Algorithm
from clockwork.project import feature_names, find_model
from clockwork.settings.alerts import threshold
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.settings.fleet import FleetSettings, fleet_settings
from clockwork.support.compiled import installed
from clockwork.support.errors import BadInput
from clockwork.support.paths import MODELS

NUMBER: Kind = "number"


@dataclass(frozen=True)
class Model:
    """What scoring needs: settings, metrics, the trained model, the score it alerts from, its hash.

    `score` does what the trained model's does, and maybe sooner; `scored_by` says so. `compile`
    says whether windows may be made by compiled loops.
    """

    data: DataSettings
    how: FeatureSettings
    fleet: FleetSettings
    metrics: list[str]
    trained: Algorithm
    threshold: float
    hash: str
    score: Score
    scored_by: str
    compile: bool = True

    @classmethod
    def load(cls, root: Path, algorithm: str) -> Self:
        """The model that ships of a checkout whose graph has run."""
        folder = root / MODELS / algorithm
        if not (folder / FILE).exists():
            raise BadInput(
                f"{folder}: no model of '{algorithm}'; "
                "run `make run`, or name one of configs/gate.yaml"
            )
        about = read_about(folder)
        data, how, fleet = data_settings(root), feature_settings(root), fleet_settings(root)
        if data.step is None:
            raise BadInput(
                "configs/data.yaml: a fleet is scored by the minute; "
                "name `entity`, `time` and `step`"
            )
        for name in (*about.categories, *data.columns.text):
            raise BadInput(
                "configs/data.yaml: "
                f"a fleet is scored from numbers, and '{name}' is text; exclude it"
            )
        metrics = _metrics(root, data)
        if feature_names(metrics, how) != about.features:
            raise BadInput(
                f"{folder}: "
                "trained on other features than configs/features.yaml makes; run `make run`"
            )
        shipped = folder / about.shipped
        trained, at = find_model(algorithm).load(shipped), threshold(algorithm, root)
        quick = quickest(trained.score, shipped, root, about.features)
        return cls(data, how, fleet, metrics, trained, at, digest_below(shipped), *quick)

    @classmethod
    def packed(cls, folder: Path, root: Path) -> Self:
        """A model as MLflow keeps it, in `folder`; how it alerts is as in the checkout at `root`.

        Raises `BadInput` where it was tested with other code than that of the checkout: its scores
        would be others.
        """
        _check_code(folder / "code", root)
        served = folder / "artifacts" / "served"
        scorer = Scorer.load(served)
        metadata = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))["metadata"]
        if scorer.data.step is None or set(scorer.kinds.values()) != {NUMBER}:
            raise BadInput(
                f"{folder}: a fleet is scored by the minute and from numbers; "
                "this model is of another kind"
            )
        metrics, alerts = list(scorer.kinds), float(metadata["threshold"])
        quick = quickest(scorer.model.score, served / MODEL, root, scorer.features)
        return cls(
            scorer.data,
            scorer.how,
            fleet_settings(root),
            metrics,
            scorer.model,
            alerts,
            digest_below(served / MODEL),
            *quick,
        )

    def plain(self) -> Self:
        """The same model with nothing compiled."""
        return replace(self, score=self.trained.score, scored_by="", compile=False)

    @property
    def every(self) -> int:
        """Minutes from one score of an entity to its next."""
        return self.fleet.every or self.how.every

    def scorer(self) -> Scorer:
        """The model as it is served, which scores every `every` minutes."""
        how, kinds = (
            self.how.model_copy(update={"every": self.every}),
            dict.fromkeys(self.metrics, NUMBER),
        )
        return Scorer(self.data, how, kinds, self.trained, {}, feature_names(self.metrics, how))

    def state(self) -> State:
        """A fleet of which nothing is known yet."""
        how = self.how.model_copy(update={"every": self.every})
        return State(how, self.data.grid, self.metrics, self.fleet.late, self.score, self.kind)

    @cached_property
    def kind(self) -> type[Cells]:
        """The quickest rings here that give the batch path's features to the bit."""
        may = self.compile and installed()
        return kind_of(self.how, self.data.grid, self.metrics, compiled=may)

    @property
    def rows(self) -> tuple[set[str], int, object]:
        """What raw rows must have: metrics, the minutes from one to the next, the other columns."""
        columns = self.data.columns
        return (
            set(self.metrics),
            self.data.grid,
            (columns.entity_and_time, columns.unit, columns.slices),
        )

    @property
    def features(self) -> str:
        """A digest of what a snapshot's cells mean.

        A model with another one needs the cells of its own columns.
        """
        meaning = [self.metrics, self.data.grid, *self.data.columns.entity_and_time]
        return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()


def _metrics(root: Path, data: DataSettings) -> list[str]:
    # The files are asked only where a pattern stands for columns.
    patterns = data.columns.metrics
    if not any("*" in pattern for pattern in patterns):
        return raw_features(patterns, data)
    return raw_features(schema_of(files(data, root)[0], data).names, data)


def _check_code(code: Path, root: Path) -> None:
    for path in sorted(code.rglob("*.py")):
        here = root / path.relative_to(code)
        if not here.exists() or here.read_bytes() != path.read_bytes():
            name = path.relative_to(code)
            raise BadInput(
                f"{name} is not as the model was tested with; check out the commit of its version"
            )
