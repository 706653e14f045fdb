"""Every metric against scikit-learn, on scores with many ties, as they are and resampled."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from clockwork.gate.metrics import METRICS, Rows, Scored

Floats = npt.NDArray[np.float64]
REFERENCE = {
    "average_precision": average_precision_score,
    "roc_auc": roc_auc_score,
    "log_loss": lambda label, score: log_loss(label, score, labels=[0, 1]),
}


def scored(entity: list[int], label: list[int], score: list[float]) -> Scored:
    rows = Rows(np.array(entity, dtype=np.intp), np.array(label, dtype=np.int8), max(entity) + 1)
    return Scored(rows, np.array(score, dtype=np.float64))


@st.composite
def judged(draw: st.DrawFn) -> Scored:
    """Up to 60 rows of up to 12 entities, of both classes, on a ladder of at most 8 scores."""
    size = draw(st.integers(2, 60))

    def several(most: int) -> list[int]:
        return draw(st.lists(st.integers(0, most), min_size=size, max_size=size))

    label = [0, 1, *several(1)[2:]]
    step = draw(st.sampled_from([2, 3, 8, 1000]))
    score = [(value % step + 0.5) / step for value in several(10**6)]
    entity = np.unique(np.array(several(11)), return_inverse=True)[1]
    return scored(entity.tolist(), label, score)


@pytest.mark.parametrize("name", REFERENCE)
@given(case=judged())
@settings(max_examples=60, deadline=None)
def test_the_value_is_that_of_scikit_learn(name: str, case: Scored) -> None:
    expected = REFERENCE[name](case.rows.label, case.scores)
    assert METRICS[name].value(case) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", REFERENCE)
@given(case=judged(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_multiplicities_are_rows_repeated(name: str, case: Scored, data: st.DataObject) -> None:
    times = st.lists(st.integers(0, 4), min_size=case.rows.entities, max_size=case.rows.entities)
    weights = np.array(data.draw(st.lists(times, min_size=1, max_size=3)), dtype=np.float64)
    found = METRICS[name].weighted(case, weights)
    for value, row in zip(found, weights, strict=True):
        again = np.repeat(np.arange(len(case.scores)), row[case.rows.entity].astype(int))
        label = case.rows.label[again]
        if 0 < label.sum() < len(label):
            assert value == pytest.approx(REFERENCE[name](label, case.scores[again]), abs=1e-9)


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


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("digits", [1, 9])
def test_thousands_of_negatives_between_two_positives_are_all_counted(
    name: str, digits: int
) -> None:
    rng = np.random.default_rng(3)
    label = rng.random(20_000) < 0.003
    case = scored(
        rng.permutation(20_000).tolist(),
        label.tolist(),
        rng.uniform(0.06, 0.94, 20_000).round(digits).tolist(),
    )
    assert case.ladder.short == (digits == 9), "what ties is of one step"
    weights = rng.multinomial(20_000, np.full(20_000, 1 / 20_000), size=3).astype(np.float64)
    for value, row in zip(METRICS[name].weighted(case, weights), weights, strict=True):
        again = np.repeat(np.arange(20_000), row[case.rows.entity].astype(int))
        assert value == pytest.approx(REFERENCE[name](label[again], case.scores[again]), abs=1e-9)


LABEL = [0, 0, 0, 0, 0, 0, 1, 1]
RISING = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
KNOWN = {
    "perfect scores have average precision 1": ("average_precision", RISING, 1.0),
    "perfect scores have AUC 1": ("roc_auc", RISING, 1.0),
    "constant scores have the prevalence as average precision": (
        "average_precision",
        [0.4] * 8,
        0.25,
    ),
    "constant scores have AUC a half": ("roc_auc", [0.4] * 8, 0.5),
    "reversed scores have AUC 0": ("roc_auc", RISING[::-1], 0.0),
    "a positive in second place of eight, the other in fourth": (
        "average_precision",
        [0.9, 0.7, 0.1, 0.1, 0.1, 0.1, 0.8, 0.6],
        (1 / 2 + 2 / 4) / 2,
    ),
    "even odds have a log loss of ln 2": ("log_loss", [0.5] * 8, np.log(2)),
    "the base rate has the entropy as log loss": (
        "log_loss",
        [0.25] * 8,
        -(0.25 * np.log(0.25) + 0.75 * np.log(0.75)),
    ),
}


@pytest.mark.parametrize("case", KNOWN)
def test_known_answers(case: str) -> None:
    name, score, expected = KNOWN[case]
    assert METRICS[name].value(scored([0, 0, 1, 1, 2, 2, 3, 3], LABEL, score)) == pytest.approx(
        expected, abs=1e-12
    )


def test_a_sure_and_wrong_score_costs_much_but_not_everything() -> None:
    value = METRICS["log_loss"].value(scored([0, 1], [1, 0], [0.0, 0.0]))
    assert 10 < value < 20


def test_a_loss_is_better_where_it_is_lower() -> None:
    assert {name: METRICS[name].sign for name in REFERENCE} == {
        "average_precision": 1,
        "roc_auc": 1,
        "log_loss": -1,
    }
    assert all(name == metric.name for name, metric in METRICS.items())


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("which", ["without a positive", "without a negative", "with nobody in it"])
def test_a_resample_of_one_class_has_no_value(name: str, which: str) -> None:
    case = scored([0, 0, 1, 1, 2, 2], [1, 1, 0, 0, 0, 1], [0.9, 0.2, 0.3, 0.8, 0.1, 0.7])
    one_class = {
        "without a positive": [0, 2, 0],
        "without a negative": [3, 0, 0],
        "with nobody in it": [0, 0, 0],
    }
    weights = np.array([[1, 1, 1], one_class[which], [2, 1, 0]], dtype=np.float64)
    with np.errstate(invalid="ignore"):
        found = METRICS[name].weighted(case, weights)
    assert np.isnan(found).tolist() == [False, True, False]


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("label", [0, 1])
def test_rows_of_one_class_have_no_value(name: str, label: int) -> None:
    assert np.isnan(METRICS[name].value(scored([0, 0, 1, 1], [label] * 4, [0.9, 0.2, 0.3, 0.8])))


def test_positive_entities_are_those_with_a_positive_row() -> None:
    assert scored([0, 0, 1, 2, 2], [1, 1, 0, 0, 1], [0.5] * 5).rows.positive_entities == 2
