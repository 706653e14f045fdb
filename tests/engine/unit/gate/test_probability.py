"""Brier score, calibration error, mean over entities: against scikit-learn and spelt-out loops."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss

from clockwork.gate.metrics import METRICS, Rows, Scored
from clockwork.gate.probability import BINS

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Labels = npt.NDArray[np.int8]


def calibration_error(_entity: Codes, label: Labels, score: Floats) -> float:
    """The gap between positives and chances, bin by bin, weighted by rows."""
    total = 0.0
    for step in range(BINS):
        last = step == BINS - 1
        inside = [
            i for i, p in enumerate(score) if step <= p * BINS and (last or p * BINS < step + 1)
        ]
        if inside:
            gap = abs(float(np.mean(label[inside])) - float(np.mean(score[inside])))
            total += gap * len(inside) / len(score)
    return total


def mean_average_precision(entity: Codes, label: Labels, score: Floats) -> float:
    """scikit-learn's average precision for each entity that has a positive, and their mean."""
    holders = sorted(set(entity[label == 1].tolist()))
    return float(
        np.mean(
            [average_precision_score(label[entity == one], score[entity == one]) for one in holders]
        )
    )


def brier(_entity: Codes, label: Labels, score: Floats) -> float:
    return float(brier_score_loss(label, score))


REFERENCE: dict[str, Callable[[Codes, Labels, Floats], float]] = {
    "brier": brier,
    "calibration_error": calibration_error,
    "mean_average_precision": mean_average_precision,
}


def scored(entity: list[int], label: list[int], score: list[float]) -> Scored:
    rows = Rows(np.array(entity, dtype=np.intp), np.array(label, dtype=np.int8), max(entity) + 1)
    return Scored(rows, np.array(score, dtype=np.float64))


@st.composite
def judged(draw: st.DrawFn) -> Scored:
    """Up to 50 rows of up to 9 entities in any order, of both classes.

    They have few scores or many, 0 and 1 among them.
    """
    row = st.tuples(st.integers(0, 8), st.integers(0, 1), st.integers(0, 10**6))
    rows = draw(
        st.lists(row, min_size=2, max_size=50).filter(
            lambda drawn: len({label for _, label, _ in drawn}) == 2
        )
    )
    step = draw(st.sampled_from([1, 2, 7, 15, 1000]))
    names = sorted({name for name, _, _ in rows})
    score = [value % (step + 1) / step for _, _, value in rows]
    return scored(
        [names.index(name) for name, _, _ in rows], [label for _, label, _ in rows], score
    )


@pytest.mark.parametrize("name", REFERENCE)
@given(case=judged())
@settings(max_examples=60, deadline=None)
def test_the_value_is_that_of_the_plain_definition(name: str, case: Scored) -> None:
    expected = REFERENCE[name](case.rows.entity, case.rows.label, case.scores)
    assert METRICS[name].value(case) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", REFERENCE)
@given(case=judged(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_multiplicities_are_entities_repeated(name: str, case: Scored, data: st.DataObject) -> None:
    times = st.lists(st.integers(0, 3), min_size=case.rows.entities, max_size=case.rows.entities)
    weights = np.array(data.draw(st.lists(times, min_size=1, max_size=3)), dtype=np.float64)
    for value, row in zip(METRICS[name].weighted(case, weights), weights, strict=True):
        copies = [
            np.flatnonzero(case.rows.entity == one)
            for one in np.repeat(np.arange(len(row)), row.astype(int))
        ]
        again = np.concatenate([*copies, np.array([], dtype=int)]).astype(int)
        entity = np.repeat(np.arange(len(copies)), [len(rows) for rows in copies])
        label = case.rows.label[again]
        if 0 < label.sum() < len(label):
            assert value == pytest.approx(
                REFERENCE[name](entity, label, case.scores[again]), abs=1e-9
            )
        else:
            assert np.isnan(value)


LABEL = [0, 0, 0, 1, 0, 0, 1, 1]
KNOWN = {
    "perfect chances have a Brier score of 0": ("brier", [float(y) for y in LABEL], 0),
    "chances that are all wrong have a Brier score of 1": ("brier", [1.0 - y for y in LABEL], 1),
    "even odds have a Brier score of a quarter": ("brier", [0.5] * 8, 0.25),
    "perfect chances are calibrated": ("calibration_error", [float(y) for y in LABEL], 0),
    "the base rate is calibrated": ("calibration_error", [0.375] * 8, 0),
    "even odds are off by the distance from the base rate": ("calibration_error", [0.5] * 8, 0.125),
    "chances that are all wrong are off by 1": ("calibration_error", [1.0 - y for y in LABEL], 1),
    "scores of the last two bins do not make up for each other": (
        "calibration_error",
        [0.9 if y else 0.95 for y in LABEL],
        (5 * 0.95 + 3 * 0.1) / 8,
    ),
    "perfect scores rank perfectly in every entity": (
        "mean_average_precision",
        [float(y) for y in LABEL],
        1,
    ),
    "constant scores have each entity's prevalence": (
        "mean_average_precision",
        [0.4] * 8,
        (1 / 4 + 2 / 4) / 2,
    ),
    "what is ordered within entities need not be between them": (
        "mean_average_precision",
        [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9],
        1,
    ),
}


@pytest.mark.parametrize("case", KNOWN)
def test_known_answers(case: str) -> None:
    name, score, expected = KNOWN[case]
    assert METRICS[name].value(scored([0, 0, 0, 0, 1, 1, 1, 1], LABEL, score)) == pytest.approx(
        expected, abs=1e-12
    )


def test_an_entity_without_a_positive_has_no_part_in_the_mean() -> None:
    alone = scored([0, 0, 0], [0, 1, 0], [0.9, 0.5, 0.1])
    joined = scored([0, 0, 0, 1, 1], [0, 1, 0, 0, 0], [0.9, 0.5, 0.1, 0.95, 0.7])
    metric = METRICS["mean_average_precision"]
    assert metric.value(joined) == metric.value(alone) == 0.5
    assert METRICS["average_precision"].value(joined) < 0.5


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("label", [0, 1])
def test_rows_of_one_class_have_no_value(name: str, label: int) -> None:
    assert np.isnan(METRICS[name].value(scored([0, 0, 1, 1], [label] * 4, [0.9, 0.2, 0.3, 0.8])))
