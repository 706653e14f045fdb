"""A commit whose graph has run: everything that it trained and scored; or why it could not run."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from clockwork.compare.paired_scores import Floats, read_scores
from clockwork.gate.tasks.task import Task
from clockwork.learning.about import About, read_about
from clockwork.learning.data.split import TRAIN
from clockwork.learning.keys import RowKeys
from clockwork.learning.tables import read_json
from clockwork.learning.tuning.best import best_trials
from clockwork.model import Algorithm
from clockwork.project import find_model
from clockwork.settings.alerts import threshold
from clockwork.settings.gate import GateSettings, algorithm_roles, gate_settings
from clockwork.settings.models import training_settings
from clockwork.settings.task import task_of
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.libraries import LIBRARIES
from clockwork.support.pinned import data_hash
from clockwork.verdict.parts import CommitDocument, SearchTrial


@dataclass(frozen=True)
class FailedBuild:
    """A commit whose graph could not run: why, in one line, and the seconds it took to find out."""

    reason: str
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class BuiltCommit:
    """A commit whose graph has run in `checkout`. `scores` is where it scored the evaluation rows.

    `pooled` names the algorithms whose extra seeds were trained, too, and count; `seconds` is how
    long it took.
    """

    checkout: Checkout
    scores: Path
    pooled: frozenset[str] = frozenset()
    seconds: float = field(default=0.0, compare=False)

    @property
    def root(self) -> Path:
        """The folder of its checkout."""
        return self.checkout.root

    @cached_property
    def task(self) -> Task:
        """What its models predict."""
        return task_of(self.root)

    @cached_property
    def gate(self) -> GateSettings:
        """Its configs/gate.yaml."""
        return gate_settings(self.root)

    @cached_property
    def extra_seeds(self) -> list[int]:
        """The seeds of the models that are trained where the first are too few to tell."""
        return training_settings(self.root).pool

    @cached_property
    def evaluation(self) -> pd.DataFrame:
        """The keys of its evaluation rows: entity, time, label, slices."""
        return pd.read_parquet(self.root / paths.EVALUATION)

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of its evaluation rows."""
        return RowKeys(self.evaluation).fingerprint()

    @cached_property
    def training(self) -> pd.DataFrame:
        """The keys of the rows that it trained on."""
        rows = pd.read_parquet(self.root / paths.SPLIT)
        return rows.loc[rows["part"] == TRAIN, RowKeys(rows).names]

    def algorithms(self) -> list[str]:
        """The algorithms its settings name; models of others may lie about from an older commit."""
        return sorted(algorithm_roles(self.root))

    def about(self, algorithm: str) -> About:
        """What `algorithm` was trained with. Raises `BadInput` where that was not kept."""
        return read_about(self.root / paths.MODELS / algorithm)

    def model(self, algorithm: str) -> Algorithm:
        """The model that ships: the one of the first seed."""
        folder = self.root / paths.MODELS / algorithm
        return find_model(algorithm).load(folder / self.about(algorithm).shipped)

    def runs(self, keys: pd.DataFrame, algorithms: Iterable[str]) -> dict[str, Floats]:
        """The scores (runs, rows) of those of `algorithms` that it has, for the rows of `keys`.

        Where the target is a class they are (runs, rows, classes).
        """
        found = {}
        for name in algorithms:
            places = (
                [self.scores, extra_scores(self.scores)] if name in self.pooled else [self.scores]
            )
            runs = [one for place in places if (one := read_scores(place, keys, name)) is not None]
            if len(runs) == len(places):
                found[name] = np.vstack(runs)
        return found

    def seeds(self, algorithm: str) -> list[int]:
        """The seeds of its runs, in their order."""
        own = self.about(algorithm).seeds
        return [*own, *self.extra_seeds] if algorithm in self.pooled else own

    def trials(self) -> dict[str, list[SearchTrial]]:
        """The best trials of each algorithm whose parameters were searched."""
        places = {name: self.root / paths.TUNING / f"{name}.json" for name in self.algorithms()}
        searches = {name: read_json(place) for name, place in places.items() if place.exists()}
        kept = SearchTrial.model_fields
        return {
            name: [
                SearchTrial(**{key: trial[key] for key in kept if key in trial})
                for trial in best_trials(search)
            ]
            for name, search in searches.items()
            if search["trials"]
        }

    def document(self) -> CommitDocument:
        """What the verdict document holds of it."""
        about = {name: self.about(name) for name in self.algorithms()}
        libraries = self.checkout.committed(LIBRARIES)
        return CommitDocument(
            data=data_hash(self.checkout),
            dependencies=hashlib.sha256(libraries).hexdigest() if libraries else "",
            features=sorted({feature for one in about.values() for feature in one.features}),
            params={name: one.params for name, one in about.items()},
            seeds={name: self.seeds(name) for name in about},
            alerts={name: threshold(name, self.root) for name in about if self.task.alerts},
            trials=self.trials(),
        )


def built(root: Path) -> BuiltCommit:
    """The commit that is checked out at `root`, whose graph has run."""
    return BuiltCommit(Checkout(root), root / paths.SCORES)


def extra_scores(scores: Path) -> Path:
    """Where the scores of the extra seeds' models lie beside those in the folder `scores`."""
    return scores.with_name(scores.name + paths.EXTRA_SCORES.name.removeprefix(paths.SCORES.name))
