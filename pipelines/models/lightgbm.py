"""LightGBM for any task, kept in its own text format.

One thread and row-wise, so that the same seed gives the same trees.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import lightgbm as lgb
import numpy as np
from scipy.special import softmax

from clockwork.model import TWO, Folds, Labels, Matrix, Problem, Scores, take

KNOWN = {
    "rounds": 120,
    "num_leaves": 31,
    "learning_rate": 0.1,
    "min_data_in_leaf": 20,
    "feature_fraction": 1.0,
    "bagging_fraction": 1.0,
    "bagging_freq": 0,
    "max_bin": 255,
    "max_depth": -1,
    "lambda_l1": 0.0,
    "lambda_l2": 0.0,
    "min_gain_to_split": 0.0,
    "scale_pos_weight": 1.0,
    "num_threads": 1,
}
OBJECTIVES = {
    "binary": "binary",
    "multiclass": "multiclass",
    "regression": "regression",
    "ranking": "lambdarank",
}


def train_params(
    params: Mapping[str, Any], seed: int, problem: Problem = TWO
) -> tuple[dict[str, Any], int]:
    """LightGBM's own parameters and the number of boosting rounds for the settings `params`."""
    chosen = take(params, KNOWN, "lightgbm")
    rounds = int(chosen.pop("rounds"))
    fixed = {
        "objective": OBJECTIVES[problem.task],
        **({"num_class": len(problem.classes)} if problem.classes else {}),
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "verbosity": -1,
    }
    return {**chosen, **fixed}, rounds


def _dataset(
    x: Matrix, y: Labels, own: dict[str, Any], categories: Sequence[int], problem: Problem
) -> Any:
    named = list(categories) or "auto"
    if problem.query is None:
        return lgb.Dataset(x, y, params=dict(own), categorical_feature=named)
    order = np.argsort(problem.query, kind="stable")  # rows of one list together
    x, y, sizes = x[order], y[order], np.unique(problem.query, return_counts=True)[1]
    return lgb.Dataset(x, y, group=sizes, params=dict(own), categorical_feature=named)


def _levels(y: Labels, own: dict[str, Any], problem: Problem) -> Labels:
    """Labels for LightGBM: of relevances their places, whose gains 2^relevance - 1 go to `own`."""
    if problem.task != "ranking":
        return y
    relevances, places = np.unique(y, return_inverse=True)
    own["label_gain"] = (np.exp2(relevances) - 1).tolist()
    return places


class Lightgbm:
    """Gradient-boosted trees."""

    seeded = True
    categorical = True
    tasks = tuple(OBJECTIVES)

    def __init__(self, booster: Any) -> None:
        self.booster = booster

    @classmethod
    def fit(
        cls,
        x: Matrix,
        y: Labels,
        params: Mapping[str, Any],
        seed: int,
        categories: Sequence[int] = (),
        problem: Problem = TWO,
    ) -> Self:
        own, rounds = train_params(params, seed, problem)
        y = _levels(y, own, problem)
        return cls(lgb.train(own, _dataset(x, y, own, categories, problem), num_boost_round=rounds))

    @classmethod
    def steps(
        cls, folds: Folds, params: Mapping[str, Any], seed: int, step: int, problem: Problem = TWO
    ) -> Iterator[tuple[int, list[Scores]]]:
        """Grow every fold's trees side by side; bin rows once for all trials of one `max_bin`."""
        own, rounds = train_params(params, seed, problem)
        y = _levels(folds.y, own, problem)
        boosters = [lgb.Booster(own, data) for data in cls._binned(folds, y, own)]
        held_out = [folds.x[rows] for rows in folds.held_out]
        raw = [
            np.zeros((len(rows), *([len(problem.classes)] if problem.classes else [])))
            for rows in held_out
        ]

        def grow(at: int, done: int, grown: int) -> None:
            for _ in range(grown):
                boosters[at].update()
            raw[at] += boosters[at].predict(
                held_out[at], raw_score=True, start_iteration=done, num_iteration=grown
            )

        for done in range(0, rounds, step):
            grown = min(step, rounds - done)
            folds.each(partial(grow, done=done, grown=grown))
            yield done + grown, [softmax(one, axis=1) for one in raw] if problem.classes else raw

    @classmethod
    def _binned(cls, folds: Folds, y: Labels, own: dict[str, Any]) -> list[Any]:
        # Dataset by `max_bin`: a search over it would else bin all rows anew whenever it changes.
        for bins, binned in folds.kept:
            if bins == own["max_bin"]:
                return list(binned)

        def dataset(x: Matrix, y: Labels, problem: Problem) -> Any:
            return _dataset(x, y, own, folds.categories, problem)

        parts = [(folds.x[rows], y[rows], folds.problem.of(rows)) for rows in folds.train]
        binned = folds.each(lambda at: dataset(*parts[at]).construct())
        folds.kept.append((own["max_bin"], binned))
        return list(folds.kept[-1][1])

    def score(self, x: Matrix) -> Scores:
        return np.asarray(self.booster.predict(x, num_threads=1), dtype=np.float64)

    def save(self, folder: Path) -> None:
        self.booster.save_model(folder / "model.txt")

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(lgb.Booster(model_file=folder / "model.txt"))


MODEL = Lightgbm
