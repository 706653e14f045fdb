"""Every metric of two classes against scikit-learn or a spelt-out loop, with many tied scores.

That is with rows as they are and resampled.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from clockwork.gate.metrics import CLIP, METRICS, Rows, Scored
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
    own = [average_precision_score(label[entity == one], score[entity == one]) for one in holders]
    return float(np.mean(own))


REFERENCE: dict[str, Callable[[Codes, Labels, Floats], float]] = {
    "average_precision": lambda _, label, score: average_precision_score(label, score),
    "roc_auc": lambda _, label, score: roc_auc_score(label, score),
    "log_loss": lambda _, label, score: log_loss(
        label, np.clip(score, CLIP, 1 - CLIP), labels=[0, 1]
    ),
    "brier": lambda _, label, score: brier_score_loss(label, score),
    "calibration_error": calibration_error,
    "mean_average_precision": mean_average_precision,
}


def scored(entity: list[int], label: list[int], score: list[float]) -> Scored:
    rows = Rows(np.array(entity, dtype=np.intp), np.array(label, dtype=np.int8), max(entity) + 1)
    return Scored(rows, np.array(score, dtype=np.float64))


@st.composite
def judged(draw: st.DrawFn) -> Scored:
    """Up to 60 rows of up to 12 entities in any order, of both classes.

    They have few scores or many, 0 and 1 among them.
    """
    size = draw(st.integers(2, 60))

    def several(most: int) -> list[int]:
        return draw(st.lists(st.integers(0, most), min_size=size, max_size=size))

    label = [0, 1, *several(1)[2:]]
    step = draw(st.sampled_from([1, 2, 7, 15, 1000]))
    score = [value % (step + 1) / step for value in several(10**6)]
    entity = np.unique(np.array(several(11)), return_inverse=True)[1]
    return scored(entity.tolist(), label, score)


@pytest.mark.parametrize("name", REFERENCE)
@given(case=judged())
@settings(max_examples=60, deadline=None)
def test_the_value_is_that_of_the_reference(name: str, case: Scored) -> None:
    expected = REFERENCE[name](case.rows.entity, case.rows.label, case.scores)
    assert METRICS[name].value(case) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", REFERENCE)
@given(case=judged(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_multiplicities_are_entities_repeated(name: str, case: Scored, data: st.DataObject) -> None:
    times = st.lists(st.integers(0, 4), min_size=case.rows.entities, max_size=case.rows.entities)
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
            expected = REFERENCE[name](entity, label, case.scores[again])
            assert value == pytest.approx(expected, abs=1e-9)
        else:
            assert np.isnan(value)


@pytest.mark.parametrize("name", REFERENCE)
def test_many_resamples_at_once_are_the_same_as_one_at_a_time(name: str) -> None:
    rng = np.random.default_rng(1)
    case = scored(
        np.repeat(np.arange(20), 10).tolist(),
        (np.arange(200) % 5 == 0).tolist(),
        rng.random(200).tolist(),
    )
    weights = rng.multinomial(20, np.full(20, 1 / 20), size=203).astype(np.float64)
    together = METRICS[name].weighted(case, weights)
    apart = np.concatenate([METRICS[name].weighted(case, row[None]) for row in weights])
    np.testing.assert_allclose(together, apart, atol=1e-12)
    assert len(together) == len(weights)


@pytest.mark.parametrize("name", ["average_precision", "roc_auc"])
@pytest.mark.parametrize("often", [2, 30])  # what 16 bits count, and what they do not
def test_a_resample_that_is_drawn_twice_over_is_worth_the_same(name: str, often: int) -> None:
    generator = np.random.default_rng(4)
    rows = Rows(np.arange(60), np.tile([0, 0, 1], 20), 60)
    scored = Scored(rows, generator.random(60))
    weights = generator.integers(0, 4, (5, 60)).astype(float)
    metric = METRICS[name].weighted
    np.testing.assert_allclose(metric(scored, often * weights), metric(scored, weights), rtol=1e-12)


@pytest.mark.parametrize("name", ["average_precision", "roc_auc", "log_loss"])
@pytest.mark.parametrize("digits", [1, 9])
def test_thousands_of_negatives_between_two_positives_are_all_counted(
    name: str, digits: int
) -> None:
    rng = np.random.default_rng(3)
    label = (rng.random(20_000) < 0.003).astype(np.int8)
    case = scored(
        rng.permutation(20_000).tolist(),
        label.tolist(),
        rng.uniform(0.06, 0.94, 20_000).round(digits).tolist(),
    )
    assert case.ladder.short == (digits == 9), "what ties is of one step"
    weights = rng.multinomial(20_000, np.full(20_000, 1 / 20_000), size=3).astype(np.float64)
    for value, row in zip(METRICS[name].weighted(case, weights), weights, strict=True):
        again = np.repeat(np.arange(20_000), row[case.rows.entity].astype(int))
        expected = REFERENCE[name](case.rows.entity[again], label[again], case.scores[again])
        assert value == pytest.approx(expected, abs=1e-9)


TWO = [0, 0, 0, 0, 0, 0, 1, 1]
THREE = [0, 0, 0, 1, 0, 0, 1, 1]
RISING = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
RIGHT, WRONG = [float(y) for y in THREE], [1.0 - y for y in THREE]
APART = [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9]
FOURTH = [0.9, 0.7, 0.1, 0.1, 0.1, 0.1, 0.8, 0.6]
ENTROPY = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
LAST_BINS = [0.9 if y else 0.95 for y in THREE]
KNOWN = {
    "perfect scores have average precision 1": ("average_precision", TWO, RISING, 1.0),
    "perfect scores have AUC 1": ("roc_auc", TWO, RISING, 1.0),
    "constant scores have the prevalence": ("average_precision", TWO, [0.4] * 8, 0.25),
    "constant scores have AUC a half": ("roc_auc", TWO, [0.4] * 8, 0.5),
    "reversed scores have AUC 0": ("roc_auc", TWO, RISING[::-1], 0.0),
    "a second and a fourth of eight": ("average_precision", TWO, FOURTH, (1 / 2 + 2 / 4) / 2),
    "even odds have a log loss of ln 2": ("log_loss", TWO, [0.5] * 8, np.log(2)),
    "the base rate has the entropy as log loss": ("log_loss", TWO, [0.25] * 8, ENTROPY),
    "perfect chances have a Brier score of 0": ("brier", THREE, RIGHT, 0),
    "chances that are all wrong have a Brier score of 1": ("brier", THREE, WRONG, 1),
    "even odds have a Brier score of a quarter": ("brier", THREE, [0.5] * 8, 0.25),
    "perfect chances are calibrated": ("calibration_error", THREE, RIGHT, 0),
    "the base rate is calibrated": ("calibration_error", THREE, [0.375] * 8, 0),
    "even odds are off by the base rate": ("calibration_error", THREE, [0.5] * 8, 0.125),
    "chances that are all wrong are off by 1": ("calibration_error", THREE, WRONG, 1),
    "the last two bins do not make up for each other": (
        "calibration_error",
        THREE,
        LAST_BINS,
        (5 * 0.95 + 3 * 0.1) / 8,
    ),
    "perfect scores rank in every entity": ("mean_average_precision", THREE, RIGHT, 1),
    "constant scores have each entity's prevalence": (
        "mean_average_precision",
        THREE,
        [0.4] * 8,
        (1 / 4 + 2 / 4) / 2,
    ),
    "what is ordered within entities need not be between them": (
        "mean_average_precision",
        THREE,
        APART,
        1,
    ),
}


@pytest.mark.parametrize("case", KNOWN)
def test_known_answers(case: str) -> None:
    name, label, score, expected = KNOWN[case]
    found = METRICS[name].value(scored([0, 0, 0, 0, 1, 1, 1, 1], label, score))
    assert found == pytest.approx(expected, abs=1e-12)


def test_a_sure_and_wrong_score_costs_much_but_not_everything() -> None:
    value = METRICS["log_loss"].value(scored([0, 1], [1, 0], [0.0, 0.0]))
    assert 10 < value < 20


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


def test_positive_entities_are_those_with_a_positive_row() -> None:
    assert scored([0, 0, 1, 2, 2], [1, 1, 0, 0, 1], [0.5] * 5).rows.positive_entities == 2
