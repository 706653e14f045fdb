"""Every metric of every task against scikit-learn or its definition.

That is with ties, and with rows as they are and resampled.
"""

from collections.abc import Callable, Iterator
from math import log2
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from clockwork.gate.registry import TASKS
from clockwork.gate.rows import Floats, Rows, Scored
from clockwork.gate.tasks.regression import METRICS as REGRESSION
from clockwork.gate.tasks.task import repeated

Oracle = Callable[[Any, Any], float]
ALL = [
    (task, name) for task in ("multiclass", "regression", "ranking") for name in TASKS[task].metrics
]


def classes(metric: Callable[..., float], **options: Any) -> Oracle:
    return lambda label, scores: metric(label, scores.argmax(axis=1), **options)


def recall_by_class(label: Floats, scores: Floats) -> float:
    return float(
        np.mean([(scores.argmax(axis=1)[label == one] == one).mean() for one in np.unique(label)])
    )


def among_the_first(label: Floats, scores: Floats) -> float:
    ranked = np.argsort(-scores, axis=1, kind="stable")[:, :3]
    return float((ranked == label[:, None]).any(axis=1).mean())


ORACLES: dict[str, Oracle] = {
    "multiclass log_loss": lambda label, scores: sk.log_loss(label, scores, labels=range(4)),
    "multiclass macro_f1": classes(sk.f1_score, average="macro", zero_division=0),
    "multiclass weighted_f1": classes(sk.f1_score, average="weighted", zero_division=0),
    "multiclass balanced_accuracy": recall_by_class,
    "multiclass accuracy": classes(sk.accuracy_score),
    "multiclass top_3_accuracy": among_the_first,
    "regression mae": sk.mean_absolute_error,
    "regression rmse": sk.root_mean_squared_error,
    "regression median_absolute_error": sk.median_absolute_error,
    "regression pinball_10": lambda label, scores: sk.mean_pinball_loss(label, scores, alpha=0.1),
    "regression pinball_50": lambda label, scores: sk.mean_pinball_loss(label, scores, alpha=0.5),
    "regression pinball_90": lambda label, scores: sk.mean_pinball_loss(label, scores, alpha=0.9),
    "regression wape": lambda label, scores: np.abs(label - scores).sum() / np.abs(label).sum(),
    "regression r2": sk.r2_score,
    "regression poisson_deviance": sk.mean_poisson_deviance,
    "regression skill": sk.d2_absolute_error_score,
    "regression predicted_over_observed": lambda label, scores: scores.sum() / label.sum(),
}


def ranked(label: Floats, scores: Floats) -> list[float]:
    """Relevances as ranked, of equal scores the least first: sorted by Python, a list at a time."""
    pairs = sorted(
        zip(scores.tolist(), label.tolist(), strict=True), key=lambda pair: (-pair[0], pair[1])
    )
    return [relevance for _, relevance in pairs]


def ndcg(order: list[float], most: int, gain: Callable[[float], float]) -> float:
    def dcg(relevances: list[float]) -> float:
        return sum(gain(one) / log2(place + 2) for place, one in enumerate(relevances[:most]))

    return float(dcg(order) / dcg(sorted(order, reverse=True)))


LISTS: dict[str, Callable[[list[float]], float]] = {
    "ndcg_at_10": lambda order: ndcg(order, 10, lambda one: 2**one - 1),
    "ndcg_at_5": lambda order: ndcg(order, 5, lambda one: 2**one - 1),
    "ndcg_linear_at_10": lambda order: ndcg(order, 10, lambda one: one),
    "mrr": lambda order: 1 / (1 + next(place for place, one in enumerate(order) if one > 0)),
    "map": lambda order: fmean(
        sum(other > 0 for other in order[: at + 1]) / (at + 1)
        for at, one in enumerate(order)
        if one > 0
    ),
    "recall_at_10": lambda order: (
        sum(one > 0 for one in order[:10]) / sum(one > 0 for one in order)
    ),
    "precision_at_10": lambda order: sum(one > 0 for one in order[:10]) / 10,
}


def lists_of(scored: Scored) -> Iterator[tuple[Floats, Floats]]:
    query = scored.rows.entity if scored.rows.query is None else scored.rows.query
    for one in np.unique(query):
        if (scored.rows.label[query == one] > 0).any():
            yield scored.rows.label[query == one], scored.scores[query == one]


def expected(task: str, name: str, scored: Scored) -> float:
    if task == "ranking":
        return float(np.mean([LISTS[name](ranked(*one)) for one in lists_of(scored)]))
    return float(ORACLES[f"{task} {name}"](scored.rows.label, scored.scores))


def drawn(task: str, seed: int, step: int) -> Scored:
    """Some 40 rows of 9 clusters with predictions on a ladder of `step` values; many are tied."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(4, 60))
    entity = np.unique(rng.integers(0, 9, size), return_inverse=True)[1]
    if task == "ranking":
        query = np.unique(entity * 3 + rng.integers(0, 3, size), return_inverse=True)[1]
        label = rng.integers(0, 4, size).astype(float)
        label[0] = 1
        return Scored(
            Rows(entity, label, int(entity.max()) + 1, query=query),
            rng.integers(0, step, size) / step,
        )
    if task == "multiclass":
        label, scores = rng.integers(0, 4, size), rng.integers(1, step + 1, (size, 4)).astype(float)
        label[:2] = 0, 1
        scores /= scores.sum(axis=1, keepdims=True)
        return Scored(
            Rows(entity, label, int(entity.max()) + 1, classes=tuple("abcd"), every=True), scores
        )
    label = rng.integers(0, 5, size).astype(float)
    label[:2] = 0, 4
    return Scored(
        Rows(entity, label, int(entity.max()) + 1, every=True),
        (rng.integers(0, step, size) + 0.5) / step * 4,
    )


@pytest.mark.parametrize(("task", "name"), ALL)
@given(seed=st.integers(0, 10**6), step=st.sampled_from([2, 5, 1000]))
@settings(max_examples=25, deadline=None)
def test_the_value_is_that_of_the_reference(task: str, name: str, seed: int, step: int) -> None:
    case = drawn(task, seed, step)
    assert TASKS[task].metrics[name].value(case) == pytest.approx(
        expected(task, name, case), abs=1e-9
    )


@pytest.mark.parametrize(("task", "name"), [one for one in ALL if one[1] != "skill"])
@given(seed=st.integers(0, 10**6), data=st.data())
@settings(max_examples=15, deadline=None)
def test_multiplicities_are_clusters_repeated(
    task: str, name: str, seed: int, data: st.DataObject
) -> None:
    case = drawn(task, seed, 5)
    times = st.lists(st.integers(0, 3), min_size=case.rows.entities, max_size=case.rows.entities)
    weights = np.array([data.draw(times)], dtype=np.float64)
    again = repeated(case, weights[0])
    label = again.rows.label
    if len(set(label.tolist())) > 1 and (label > 0).any():
        found = TASKS[task].metrics[name].weighted(case, weights)[0]
        assert found == pytest.approx(expected(task, name, again), abs=1e-9)


def test_skill_holds_on_to_the_median_of_all_rows() -> None:
    case = drawn("regression", 1, 5)
    weights = np.ones((1, case.rows.entities))
    weights[0, 0] = 5
    again = repeated(case, weights[0])
    naive = np.median(case.rows.label)
    lost, left = (np.abs(again.rows.label - one).sum() for one in (again.scores, naive))
    assert REGRESSION["skill"].weighted(case, weights)[0] == pytest.approx(
        1 - lost / left, abs=1e-12
    )


def test_linear_ndcg_is_that_of_scikit_learn_where_no_scores_are_tied() -> None:
    rng = np.random.default_rng(4)
    entity = np.repeat(np.arange(30), 12)
    label, scores = rng.integers(0, 5, 360).astype(float), rng.random(360)
    label[::12] = 1
    theirs = sk.ndcg_score(label.reshape(30, 12), scores.reshape(30, 12), k=10, ignore_ties=True)
    ours = (
        TASKS["ranking"].metrics["ndcg_linear_at_10"].value(Scored(Rows(entity, label, 30), scores))
    )
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_of_tied_items_the_least_relevant_comes_first() -> None:
    rows = Rows(np.array([0, 0]), np.array([1.0, 0.0]), 1)
    assert TASKS["ranking"].metrics["mrr"].value(Scored(rows, np.array([0.5, 0.5]))) == 0.5
