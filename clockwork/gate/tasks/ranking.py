"""Lists of items: scores within a list, of which relevant items should have the high ones.

A metric is worked out once for each list; a resample is then a mean over the lists of its clusters,
which is exact. Lists without a relevant item are left out, for both commits alike. Items of equal
score stand in the worst order, the least relevant first, so that a model gains nothing by not
deciding. An item without a judgement (NaN) counts as not relevant.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clockwork.gate.metric import from_sums
from clockwork.gate.probability import divide
from clockwork.gate.tasks.task import Floats, Known, Metric, Rows, Scored, Task, finite, table

Codes = npt.NDArray[np.intp]
RELEVANT = 0  # a relevance above it is relevant


@dataclass(frozen=True)
class Lists:
    """Rows by list and, within each, as ranked: `query` (codes), `place` from 0, `relevance`."""

    query: Codes
    place: Codes
    relevance: Floats
    count: int

    def sum(self, values: npt.NDArray[np.generic]) -> Floats:
        """The sum of `values` (rows,) by list (lists,)."""
        return np.bincount(self.query, weights=values, minlength=self.count).astype(
            np.float64, copy=False
        )


def _lists(query: Codes, scores: Floats, relevance: Floats) -> Lists:
    order = np.lexsort((relevance, -scores, query))
    query = query[order]
    starts = np.flatnonzero(np.diff(query, prepend=-1))
    size = np.diff(starts, append=len(query))
    place = np.arange(len(query)) - np.repeat(starts, size)
    return Lists(query, place, relevance[order], int(query.max()) + 1 if len(query) else 0)


def _of(rows: Rows) -> Codes:
    return rows.entity if rows.query is None else rows.query


def _judged(rows: Rows) -> Floats:
    return np.nan_to_num(rows.label.astype(np.float64), nan=0.0)


def _mean_over_lists(name: str, of_lists: Callable[[Lists], Floats]) -> Metric:
    def columns(scored: Scored) -> Floats:
        rows, relevance = scored.rows, _judged(scored.rows)
        query = _of(rows)
        lists = _lists(query, scored.scores, relevance)
        owner = np.zeros(lists.count, dtype=np.intp)
        owner[query] = rows.entity
        counts = (lists.sum(lists.relevance > RELEVANT) > 0).astype(np.float64)
        found = np.where(counts > 0, of_lists(lists), 0.0)
        sums = [np.bincount(owner, weights=one, minlength=rows.entities) for one in (found, counts)]
        return np.stack(sums, axis=1)

    return from_sums(name, 1, columns, lambda totals, *_: divide(totals[:, 0], totals[:, 1]))


def _exponential(relevance: Floats) -> Floats:
    """The gain 2^relevance - 1. Source: Burges et al. (2005); LightGBM's."""
    return np.asarray(np.exp2(relevance) - 1)


def _linear(relevance: Floats) -> Floats:
    """The gain is the relevance.

    Source: Jarvelin and Kekalainen (2002); scikit-learn's and trec_eval's.
    """
    return relevance


def _ndcg(most: int, gain: Callable[[Floats], Floats]) -> Callable[[Lists], Floats]:
    """Discounted cumulative gain of the first `most` by that of the first in the best order."""

    def of_lists(lists: Lists) -> Floats:
        best = _lists(lists.query, lists.relevance, lists.relevance)
        own, ideal = (_dcg(one, most, gain) for one in (lists, best))
        return np.asarray(own / np.where(ideal > 0, ideal, 1.0))

    return of_lists


def _dcg(lists: Lists, most: int, gain: Callable[[Floats], Floats]) -> Floats:
    return lists.sum(
        np.where(lists.place < most, gain(lists.relevance) / np.log2(lists.place + 2), 0.0)
    )


def _reciprocal(lists: Lists) -> Floats:
    first = np.full(lists.count, np.inf)
    relevant = lists.relevance > RELEVANT
    np.minimum.at(first, lists.query[relevant], lists.place[relevant] + 1)
    return np.asarray(1 / first)


def _average(lists: Lists) -> Floats:
    relevant = (lists.relevance > RELEVANT).astype(np.float64)
    before = np.cumsum(lists.sum(relevant)) - lists.sum(relevant)
    precision = (np.cumsum(relevant) - before[lists.query]) / (lists.place + 1)
    return np.asarray(lists.sum(relevant * precision) / np.maximum(1, lists.sum(relevant)))


def _hits(lists: Lists, most: int) -> Floats:
    return lists.sum((lists.relevance > RELEVANT) & (lists.place < most))


METRICS = table(
    _mean_over_lists("ndcg_at_10", _ndcg(10, _exponential)),
    _mean_over_lists("ndcg_at_5", _ndcg(5, _exponential)),
    _mean_over_lists("ndcg_linear_at_10", _ndcg(10, _linear)),
    _mean_over_lists("mrr", _reciprocal),
    _mean_over_lists("map", _average),
    _mean_over_lists(
        "recall_at_10",
        lambda lists: _hits(lists, 10) / np.maximum(1, lists.sum(lists.relevance > 0)),
    ),
    _mean_over_lists("precision_at_10", lambda lists: _hits(lists, 10) / 10),
)


def judged_at(rows: Rows, scores: Floats, most: int = 10) -> float:
    """The share of the first `most` items of all lists that have a judgement."""
    lists = _lists(_of(rows), scores, np.where(np.isnan(rows.label), -1.0, rows.label))
    first = lists.place < most
    return float((lists.relevance[first] >= 0).mean()) if first.any() else 1.0


def _unfit(rows: Rows) -> str | None:
    if np.isinf(rows.label.astype(np.float64)).any() or (rows.label < 0).any():
        return "a relevance is negative or infinite"
    if not (rows.label > RELEVANT).any():
        return "no list has a relevant item"
    if len(np.unique(_of(rows))) == len(rows.label):
        return "every list has one item only: there is nothing to order"
    return None


def _replaced(rows: Rows, one: Floats, other: Floats) -> Floats:
    """The share of lists that begin with another item."""
    query = _of(rows)

    def firsts(run: Floats) -> Codes:
        order = np.lexsort((np.arange(len(run)), -run, query))
        return order[np.flatnonzero(np.diff(query[order], prepend=-1))]

    of_one, of_other = ([firsts(run) for run in runs] for runs in (one, other))
    return np.array([[float(np.mean(mine != its)) for its in of_other] for mine in of_one])


def _known() -> tuple[Known, ...]:
    query = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    rows = Rows(query, np.array([0.0, 1.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0]), 3)
    case = Scored(rows, np.array([0.9, 0.5, 0.1, 0.5, 0.5, 0.1, 0.2, 0.1]))
    second, third = 1 / np.log2(3), 1 / 2
    exponential, linear = (second + 3 * third) / (3 + second), (second + 2 * third) / (2 + second)
    answers = {
        "ndcg_at_10": (exponential + second) / 2,
        "ndcg_at_5": (exponential + second) / 2,
        "ndcg_linear_at_10": (linear + second) / 2,
        "mrr": 1 / 2,
        "map": ((1 / 2 + 2 / 3) / 2 + 1 / 2) / 2,
        "recall_at_10": 1.0,
        "precision_at_10": 0.15,
    }
    return tuple(Known(name, case, float(value)) for name, value in answers.items())


TASK = Task(
    name="ranking",
    metrics=METRICS,
    primary="ndcg_at_10",
    cases="clusters with a relevant item",
    unfit=_unfit,
    fault=lambda _, runs: finite(runs),
    spoiled=lambda scored: np.asarray(-scored.scores),
    replaced=_replaced,
    known=_known(),
    guardrails={"mrr": 0.05, "recall_at_10": 0.05},
    positives=True,
)
