"""What must not matter to a score, and what may only raise it.

Names, order, company and batches must not matter; a stronger anomaly may only raise it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.golden import gating
from clockwork.learning.about import About
from clockwork.learning.data.rows import feature_columns, read_rows
from clockwork.learning.encoding import encode
from clockwork.learning.probes.truncation import spread
from clockwork.model import Algorithm, Matrix
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.features import FeatureSettings, feature_settings
from pipelines.features import build_features, feature_names

CLOSE = 1e-9  # a matrix product may round its last bits by the number of rows
ENTITIES, ALONE, BATCH = 6, 200, 7
QUIET, ENOUGH = 60, 20  # quiet minutes that anomalies are put into, and how few are too few
SIZES = (0, 1, 2, 4, 8)  # of an anomaly, in a metric's own spreads before it
FALL = 0.1  # of the mean score: trees go up in steps, and not every step of every seed goes up
LEANS = 0.1  # spreads: a metric that is less off where the label is 1 has no direction

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """Head's way from raw rows to scores: settings, features, models that ship and can block."""

    rows: pd.DataFrame
    settings: DataSettings
    how: FeatureSettings
    models: dict[str, tuple[Algorithm, About]]
    entities: list[str]

    @property
    def metrics(self) -> list[str]:
        """The metrics in the order that the models know."""
        return feature_columns(self.rows, self.settings)

    def of(self, entities: list[str]) -> pd.DataFrame:
        """The raw rows of some entities."""
        return self.rows[self.rows["entity"].isin(entities)].reset_index(drop=True)

    def features(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Matrix]]:
        """Keys, and each algorithm's features by name: columns of `rows` may be in any order."""
        metrics = feature_columns(rows, self.settings)
        keys, made = build_features(rows, metrics, self.settings.grid, self.how)
        at = {name: place for place, name in enumerate(feature_names(metrics, self.how))}
        return keys, {
            name: encode(made, about.categories)[:, [at[one] for one in about.features]]
            for name, (_, about) in self.models.items()
        }

    def scores(self, rows: pd.DataFrame) -> pd.DataFrame:
        """A score of every algorithm for each kept row; indexed by entity and time."""
        keys, matrices = self.features(rows)
        index = pd.MultiIndex.from_arrays([keys["entity"].astype(str), keys["time"]])
        return pd.DataFrame(
            {name: self.models[name][0].score(x) for name, x in matrices.items()}, index=index
        )


@pytest.fixture(scope="module")
def head(candidate: BuiltCommit) -> Head:
    """Head with its raw rows."""
    settings = data_settings(candidate.root)
    if not (candidate.task.alerts and settings.columns.entity and settings.columns.time):
        pytest.skip("these are tests of entities that are watched over time")
    models = {
        name: (candidate.model(name), candidate.about(name)) for name in gating(candidate.root)
    }
    entities = [str(name) for name in candidate.evaluation["entity"].unique()]
    return Head(
        read_rows(settings, candidate.root),
        settings,
        feature_settings(candidate.root),
        models,
        entities,
    )


@pytest.fixture(scope="module")
def some(head: Head) -> pd.DataFrame:
    """The raw rows of a few judging entities."""
    return head.of(spread(pd.Index(head.entities), ENTITIES))


@pytest.fixture(scope="module")
def usual(head: Head, some: pd.DataFrame) -> pd.DataFrame:
    """Their scores as the pipeline makes them."""
    return head.scores(some)


def renamed(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows under other names, which sort the other way round."""
    codes = rows["entity"].cat.codes.astype(int)
    return rows.assign(entity=pd.Categorical([f"renamed-{10**9 - 1 - code:09}" for code in codes]))


def reversed_entities(rows: pd.DataFrame) -> pd.DataFrame:
    """The same entities, the last one first."""
    return pd.concat(
        [one for _, one in rows.groupby("entity", observed=True)][::-1], ignore_index=True
    )


def reversed_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """The same columns, the last one first."""
    return rows[list(rows.columns)[::-1]]


def must_agree(scores: pd.DataFrame, usual: pd.DataFrame, what: str) -> None:
    """Fail where `what` moved a score, or took one away."""
    for algorithm in usual.columns:
        gap = np.abs(scores[algorithm].to_numpy() - usual[algorithm].to_numpy()).max()
        assert gap <= CLOSE, f"{algorithm}: {what} move a score by {gap:.2g}"


def test_the_names_of_entities_do_not_matter(
    head: Head, some: pd.DataFrame, usual: pd.DataFrame
) -> None:
    must_agree(head.scores(renamed(some)), usual, "other names of entities")


@pytest.mark.parametrize("change", [reversed_entities, reversed_columns])
def test_the_order_of_the_raw_table_does_not_matter(
    head: Head,
    some: pd.DataFrame,
    usual: pd.DataFrame,
    change: Callable[[pd.DataFrame], pd.DataFrame],
) -> None:
    must_agree(
        head.scores(change(some)).reindex(usual.index), usual, change.__name__.replace("_", " ")
    )


def test_an_entity_scores_the_same_whoever_is_beside_it(
    head: Head, some: pd.DataFrame, usual: pd.DataFrame
) -> None:
    alone = [
        head.scores(one.reset_index(drop=True)) for _, one in some.groupby("entity", observed=True)
    ]
    must_agree(pd.concat(alone).reindex(usual.index), usual, "entities beside it")


@pytest.mark.parametrize("size", [1, BATCH])
def test_the_size_of_a_batch_does_not_matter(head: Head, some: pd.DataFrame, size: int) -> None:
    for algorithm, x in head.features(some)[1].items():
        model, rows = head.models[algorithm][0], x[:: max(len(x) // ALONE, 1)]
        batches = [model.score(rows[at : at + size]) for at in range(0, len(rows), size)]
        gap = np.abs(np.concatenate(batches) - model.score(rows)).max()
        assert gap <= CLOSE, f"{algorithm}: batches of {size} move a score by {gap:.2g}"


def test_a_stronger_anomaly_never_scores_lower(head: Head, candidate: BuiltCommit) -> None:
    if not head.how.windows:
        pytest.skip("features without windows: an anomaly has no time to grow in")
    toward, quiet = direction(head, candidate.evaluation), lulls(head, candidate.evaluation)
    if not toward.any() or quiet["entity"].nunique() < ENOUGH:
        pytest.skip(
            "no metric leans one way where the label is 1"
            if not toward.any()
            else "too few quiet minutes"
        )
    means = last_scores(head, quiet, toward * lately(head, quiet))
    for algorithm in means.columns:
        mean = means[algorithm].to_numpy()
        steady = mean >= (1 - FALL) * np.maximum.accumulate(mean)
        spread = ", ".join(f"{one:.3g} at {size}" for size, one in zip(SIZES, mean, strict=True))
        assert steady.all(), (
            f"{algorithm}: the mean score falls as an anomaly grows: {spread} spreads"
        )


def direction(head: Head, judging: pd.DataFrame) -> Floats:
    """Per metric whether anomalies push it up (1), down (-1), as labels say, or neither (0)."""
    hit = judging.loc[judging["label"] == 1, "entity"].astype(str).unique()
    rows = head.of(spread(pd.Index(hit), QUIET))
    of_each = rows.groupby("entity", observed=True)[head.metrics]
    usual, wide = (
        of_each.transform(statistic).to_numpy(dtype=np.float64) for statistic in ("mean", "std")
    )
    off = (rows[head.metrics].to_numpy(dtype=np.float64) - usual) / np.where(wide > 0, wide, np.nan)
    lean = pd.DataFrame(off[rows["label"].to_numpy() == 1]).mean().fillna(0.0).to_numpy()
    return np.where(np.abs(lean) > LEANS, np.sign(lean), 0.0)


def lulls(head: Head, judging: pd.DataFrame) -> pd.DataFrame:
    """Raw rows up to an evaluation row with nothing labelled 1 among them.

    Each such past is an entity of its own.
    """
    negative = judging[judging["label"] == 0]
    picked = negative.iloc[np.unique(np.linspace(0, len(negative) - 1, QUIET).round().astype(int))]
    rows = head.of([str(name) for name in picked["entity"].unique()])
    length = max(2 * max(head.how.windows, default=0), 20 * head.settings.grid)
    found = []
    for entity, time in zip(picked["entity"].astype(str), picked["time"], strict=True):
        past = rows[(rows["entity"] == entity) & rows["time"].between(time - length, time)]
        found += [] if past["label"].any() else [past]
    names = np.repeat([f"{at:06d}" for at in range(len(found))], [len(one) for one in found])
    return pd.concat([rows[:0], *found], ignore_index=True).assign(entity=pd.Categorical(names))


def lately(head: Head, quiet: pd.DataFrame) -> Floats:
    """The spread of each metric of an entity in its last few minutes (rows, metrics).

    It is the spread as it was before them; the rows before them have 0.
    """
    length = max(max(head.how.windows, default=0) // 2, 3 * head.settings.grid)
    late = quiet["time"] > quiet.groupby("entity", observed=True)["time"].transform("max") - length
    before = quiet[head.metrics].astype(np.float64).mask(late)
    spreads = before.groupby(quiet["entity"], observed=True).transform("std").fillna(0.0)
    return spreads.to_numpy() * late.to_numpy()[:, None]


def last_scores(head: Head, quiet: pd.DataFrame, push: Floats) -> pd.DataFrame:
    """For each of SIZES and each algorithm the mean score at the last minutes.

    The metrics are pushed by so much.
    """
    values = quiet[head.metrics].to_numpy(dtype=np.float64)
    means = []
    for size in SIZES:
        bent = quiet.copy()
        bent[head.metrics] = (values + size * push).astype(np.float32)
        means.append(head.scores(bent).groupby(level=0).last().mean())
    return pd.DataFrame(means)
