"""The interval behaves as it must, and the verdict follows from it by the table of the gate."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clockwork.gate.metrics import METRICS
from clockwork.gate.noninferiority import (
    clusters_needed,
    compare,
    judge,
    measure,
    runs_needed,
    unchanged,
)
from clockwork.gate.outcome import Estimate, Outcome
from clockwork.gate.resamples import resample
from clockwork.gate.variance import Spread, Variance
from tests.engine.unit.gate.conftest import RULES, Fleet, Floats

WEIGHTS = resample(60, 300, 5)
NAMES = ["average_precision", "roc_auc", "log_loss"]


def measured(
    fleet: Fleet, runs: Floats, name: str = "average_precision", weights: Floats = WEIGHTS
) -> Spread:
    return measure(METRICS[name], fleet.scored(runs), weights)


def estimated(
    fleet: Fleet, head: Floats, base: Floats, name: str = "average_precision"
) -> Estimate:
    sides = measured(fleet, head, name), measured(fleet, base, name)
    return compare(METRICS[name].sign, *sides, fleet.rows.positive_entities, RULES)


def shifted(runs: Floats, fleet: Fleet, by: list[float]) -> Floats:
    """The runs with the first ten entities' positives moved a step each: apart by seed alone."""
    moved = np.log(runs / (1 - runs)) + np.array(by)[:, None] * fleet.rows.label
    return np.asarray(1 / (1 + np.exp(-moved)))


def test_a_seed_gives_the_same_resamples_and_another_seed_others() -> None:
    assert np.array_equal(resample(50, 20, 3), resample(50, 20, 3))
    assert not np.array_equal(resample(50, 20, 3), resample(50, 20, 4))


@given(entities=st.integers(1, 80), resamples=st.integers(1, 30), seed=st.integers(0, 2**32 - 1))
def test_every_resample_draws_as_many_entities_as_there_are(
    entities: int, resamples: int, seed: int
) -> None:
    drawn = resample(entities, resamples, seed)
    assert drawn.shape == (resamples, entities)
    assert (drawn.sum(axis=1) == entities).all()
    assert (drawn >= 0).all()
    assert (drawn == drawn.round()).all()


def test_every_entity_is_as_likely_as_any_other() -> None:
    assert resample(20, 4000, 1).mean(axis=0) == pytest.approx(np.ones(20), abs=0.1)


@pytest.mark.parametrize("name", NAMES)
def test_one_side_against_itself_differs_by_nothing(fleet: Fleet, name: str) -> None:
    runs = fleet.runs(2.0)
    found = estimated(fleet, runs, runs, name)
    assert found.delta == 0
    assert found.lower <= 0 <= found.upper
    assert found.head == found.base


@pytest.mark.parametrize("name", NAMES)
def test_swapping_the_commits_mirrors_the_difference(fleet: Fleet, name: str) -> None:
    head, base = fleet.runs(2.5), fleet.runs(2.0, start=50)
    there, back = estimated(fleet, head, base, name), estimated(fleet, base, head, name)
    assert there.delta == pytest.approx(-back.delta, abs=1e-12)
    assert there.delta - there.lower == pytest.approx(back.delta - back.lower, rel=1e-9)
    assert there.delta != 0


@pytest.mark.parametrize("name", NAMES)
def test_better_is_above_zero_whichever_way_the_metric_runs(fleet: Fleet, name: str) -> None:
    better = (
        fleet.runs(3.0)
        if name != "log_loss"
        else np.clip(fleet.rows.label * 0.8 + 0.1 * fleet.runs(0), 0, 1)
    )
    assert estimated(fleet, better, fleet.runs(0.5), name).lower > 0
    assert estimated(fleet, fleet.runs(0.5), better, name).upper < 0


def test_the_interval_is_that_of_the_published_formula(fleet: Fleet) -> None:
    head, base = fleet.runs(2.0, seeds=3, luck=0.3), fleet.runs(2.3, seeds=4, luck=0.3, start=50)
    sides = [shifted(head, fleet, [-0.8, 0, 0.8]), shifted(base, fleet, [-0.6, -0.1, 0.3, 0.6])]
    found = estimated(fleet, sides[0], sides[1])
    metric, sizes = METRICS["average_precision"], [3, 4]
    point = [np.array([metric.value(run) for run in fleet.scored(side)]) for side in sides]
    spread = [
        np.stack([metric.weighted(run, WEIGHTS) for run in fleet.scored(side)]) for side in sides
    ]
    of_test = np.var(spread[0].mean(axis=0) - spread[1].mean(axis=0), ddof=1)
    of_seed = sum(((one - one.mean()) ** 2).sum() for one in point) / (sum(sizes) - 2)
    shared = 0.0
    for side, size in zip(spread, sizes, strict=True):
        table = np.cov(side)
        inside = np.mean([table[i, i] for i in range(size)])
        across = np.mean([table[i, j] for i in range(size) for j in range(size) if i != j])
        shared += size * (inside - across) / sum(sizes)
    assert of_seed > shared > 0, "or this says nothing about the seeds"
    luck = (of_seed - shared) * (1 / 3 + 1 / 4)
    freedom = (of_test + luck) ** 2 / (of_test**2 / (40 - 1) + luck**2 / (3 + 4 - 2))
    error = np.sqrt(of_test + luck)
    assert found.delta == pytest.approx(point[0].mean() - point[1].mean(), rel=1e-9)
    assert found.delta - found.lower == pytest.approx(stats.t.ppf(0.95, freedom) * error, rel=1e-9)
    assert found.upper - found.delta == pytest.approx(stats.t.ppf(0.99, freedom) * error, rel=1e-9)
    assert found.minimum_detectable == pytest.approx(
        (stats.norm.ppf(0.95) + stats.norm.ppf(0.8)) * error, rel=1e-9
    )


@pytest.mark.parametrize("runs", [3, 5, 8])
@pytest.mark.parametrize(("delta", "margin", "alpha"), [(-0.005, 0.03, 0.05), (-0.04, 0.03, 0.01)])
def test_so_many_clusters_settle_it_and_one_less_does_not(
    runs: int, delta: float, margin: float, alpha: float
) -> None:
    def bound(clusters: int) -> float:
        of_clusters, of_seeds = 4e-4 * 200 / clusters, 1.2e-4 / runs
        freedom = (of_clusters + of_seeds) ** 2 / (
            of_clusters**2 / (clusters - 1) + of_seeds**2 / (2 * runs - 2)
        )
        return float(stats.t.ppf(1 - alpha, freedom)) * float(np.sqrt(of_clusters + of_seeds))

    needed = clusters_needed(Variance(4e-4, 1.2e-4 / runs, 200, (runs, runs)), delta, margin, RULES)
    assert needed is not None
    room = delta + margin if delta + margin > 0 else -delta
    assert bound(needed) <= room < bound(needed - 1)


def test_where_few_runs_leave_too_wide_a_bound_no_clusters_settle_it() -> None:
    assert clusters_needed(Variance(4e-4, 1.2e-4, 200, (3, 3)), -0.005, 0.03, RULES) == 1135
    assert clusters_needed(Variance(4e-4, 1.2e-4, 200, (2, 2)), -0.005, 0.03, RULES) is None


@pytest.mark.parametrize("runs", [(2, 2), (3, 3), (2, 3)])
@pytest.mark.parametrize(("delta", "margin", "alpha"), [(-0.005, 0.03, 0.05), (-0.04, 0.03, 0.01)])
def test_so_many_runs_of_each_commit_settle_it_and_one_less_does_not(
    runs: tuple[int, int], delta: float, margin: float, alpha: float
) -> None:
    of_clusters, of_one = 1e-4, 4e-4

    def bound(each: int) -> float:
        of_seeds = of_one * 2 / each
        freedom = (of_clusters + of_seeds) ** 2 / (
            of_clusters**2 / (200 - 1) + of_seeds**2 / (2 * each - 2)
        )
        return float(stats.t.ppf(1 - alpha, freedom)) * float(np.sqrt(of_clusters + of_seeds))

    now = of_one * (1 / runs[0] + 1 / runs[1])
    needed = runs_needed(Variance(of_clusters, now, 200, runs), delta, margin, RULES)
    assert needed is not None
    room = delta + margin if delta + margin > 0 else -delta
    assert bound(needed) <= room < bound(needed - 1)


def test_two_runs_are_the_fewest_that_tell_of_seeds() -> None:
    assert runs_needed(Variance(1e-6, 1e-6, 200, (2, 3)), -0.005, 0.03, RULES) == 2


def test_what_a_commit_has_of_runs_is_not_asked_for_again() -> None:
    now = Variance(1e-4, 4e-4 * (1 / 3 + 1 / 10), 200, (3, 10))
    needed = runs_needed(now, -0.005, 0.03, RULES)
    few = runs_needed(replace(now, runs=(3, 3), of_seeds=4e-4 * 2 / 3), -0.005, 0.03, RULES)
    assert needed
    assert few
    assert needed < few < 10


def test_a_commit_without_seeds_cannot_be_given_more_of_them() -> None:
    assert runs_needed(Variance(1e-4, 4e-4, 200, (1, 10)), -0.005, 0.03, RULES) is None


@pytest.mark.parametrize(("of_clusters", "of_seeds"), [(1e-6, 0.0), (1e-2, 1e-4), (1e-4, 1.0)])
def test_where_seeds_move_nothing_or_too_much_or_rows_too_much_no_runs_settle_it(
    of_clusters: float, of_seeds: float
) -> None:
    assert runs_needed(Variance(of_clusters, of_seeds, 200, (3, 3)), -0.005, 0.03, RULES) is None


def grown(spread: Spread, by: float) -> Spread:
    """The same on `by` times as many clusters: its resamples scatter less."""
    centre = spread.resampled.mean(axis=1, keepdims=True)
    return Spread(spread.point, centre + (spread.resampled - centre) / np.sqrt(by))


@pytest.mark.parametrize(
    ("skill", "share"), [(2.0, 0.5), (2.05, 3)], ids=["beyond the margin", "within the margin"]
)
def test_the_verdict_is_settled_on_as_many_clusters_as_it_says(
    fleet: Fleet, skill: float, share: float
) -> None:
    head, base = (
        measured(fleet, fleet.runs(skill, seeds=1)),
        measured(fleet, fleet.runs(2.1, seeds=1, start=50)),
    )
    loss = float(base.point.mean() - head.point.mean())
    rules = replace(RULES, margin=share * loss / float(base.point.mean()))
    found = compare(1, head, base, 40, rules)
    assert found.clusters_needed
    for clusters, settled in (
        (found.clusters_needed, True),
        (round(0.9 * found.clusters_needed), False),
    ):
        of_more = compare(
            1, grown(head, clusters / 40), grown(base, clusters / 40), clusters, rules
        )
        assert (judge(of_more, rules) is not Outcome.CANNOT_TELL) == settled


def seeded(mean: float, each: int, *, swing: float) -> Spread:
    """So many runs that seeds move by 0.02 a run, whatever their number, and clusters alike."""
    steps = np.linspace(-1, 1, each)
    point = mean + 0.02 * steps / steps.std(ddof=1)
    common = np.tile([-1.0, 1.0], 50)
    return Spread(point, point[:, None] + swing * common / common.std(ddof=1))


@pytest.mark.parametrize("loss", [0.02, 0.08], ids=["within the margin", "beyond the margin"])
def test_the_verdict_is_settled_by_as_many_runs_as_it_says(loss: float) -> None:
    def of(head: int, base: int) -> Estimate:
        both = seeded(1 - loss, head, swing=0.01), seeded(1.0, base, swing=0.0)
        return compare(1, *both, 200, RULES)

    needed = of(2, 2).runs_needed
    assert needed is not None
    assert judge(of(needed, needed), RULES) is not Outcome.CANNOT_TELL
    assert judge(of(needed - 1, needed - 1), RULES) is Outcome.CANNOT_TELL


def test_the_margin_is_a_share_of_the_base(fleet: Fleet) -> None:
    found = estimated(fleet, fleet.runs(2.0), fleet.runs(4.0, start=50))
    assert found.margin == pytest.approx(0.05 * found.base)
    assert found.margin != pytest.approx(0.05 * found.head)


def test_a_resample_without_a_value_leaves_no_bound(fleet: Fleet) -> None:
    weights = np.vstack([WEIGHTS, np.r_[np.zeros(40), np.ones(20)]])
    head, base = (measured(fleet, fleet.runs(skill), weights=weights) for skill in (2.0, 2.2))
    found = compare(1, head, base, 40, RULES)
    assert np.isnan([found.lower, found.upper, found.p_value]).all()
    assert judge(found, RULES) is Outcome.INVALID


def test_identical_commits_have_the_value_of_the_runs_and_no_doubt(fleet: Fleet) -> None:
    runs = fleet.scored(fleet.runs(2.0))
    found = unchanged(measure(METRICS["roc_auc"], runs, WEIGHTS[:0]), RULES, 40)
    assert (
        found.head
        == found.base
        == pytest.approx(np.mean([METRICS["roc_auc"].value(run) for run in runs]))
    )
    assert (found.delta, found.lower, found.upper, found.p_value) == (0, 0, 0, 1)
    assert judge(found, RULES, identical=True) is Outcome.UNCHANGED


def bounds(low: float, high: float, base: float = 0.5, head: float = 0.5) -> Estimate:
    return Estimate(
        head,
        base,
        (low + high) / 2,
        low,
        high,
        margin=0.05 * abs(base),
        minimum_detectable=0.01,
        p_value=0.5,
    )


# The base is 0.5: the margin is 0.025 and gains above 0.075 are not believed.
CASES = {
    "identical to the bit": (bounds(0, 0), True, Outcome.UNCHANGED),
    "a gain beyond belief": (bounds(0.0751, 0.2), False, Outcome.SUSPICIOUS),
    "a gain on the edge of belief": (bounds(0.075, 0.2), False, Outcome.IMPROVED),
    "a gain for sure": (bounds(0.0001, 0.02), False, Outcome.IMPROVED),
    "no difference for sure": (bounds(0, 0.01), False, Outcome.PASS),
    "a loss within the margin at worst": (bounds(-0.0249, 0.02), False, Outcome.PASS),
    "a loss for sure, but within the margin": (bounds(-0.02, -0.001), False, Outcome.PASS),
    "a loss for sure, perhaps beyond the margin": (
        bounds(-0.0251, -0.0001),
        False,
        Outcome.REGRESSION,
    ),
    "a loss for sure, just the margin at worst": (bounds(-0.025, -0.01), False, Outcome.REGRESSION),
    "a loss beyond the margin for sure": (bounds(-0.3, -0.2), False, Outcome.REGRESSION),
    "anything": (bounds(-0.3, 0.3), False, Outcome.CANNOT_TELL),
    "a loss or just none": (bounds(-0.3, 0), False, Outcome.CANNOT_TELL),
    "a bound that is missing": (bounds(np.nan, 0.1), False, Outcome.INVALID),
    "the other bound missing": (bounds(0.01, np.nan), False, Outcome.INVALID),
    "a bound without end": (bounds(0.01, np.inf), False, Outcome.INVALID),
    "a loss without end": (bounds(-np.inf, -1), False, Outcome.INVALID),
    "a base without a value": (bounds(0.01, 0.02, base=np.nan), False, Outcome.INVALID),
    "a head without a value": (bounds(0.01, 0.02, head=np.inf), False, Outcome.INVALID),
    "identical, but without a value": (
        bounds(0, 0, base=np.nan, head=np.nan),
        True,
        Outcome.INVALID,
    ),
    "a gain over a base of zero": (bounds(0.01, 0.02, base=0), False, Outcome.SUSPICIOUS),
    "a base of zero that head equals for sure": (bounds(0, 0, base=0, head=0), False, Outcome.PASS),
    "a base of zero that head may fall short of": (
        bounds(-0.01, 0.01, base=0),
        False,
        Outcome.CANNOT_TELL,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_on_an_interval(case: str) -> None:
    estimate, identical, expected = CASES[case]
    assert judge(estimate, RULES, identical=identical) is expected


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("alarm", [True, False])
def test_an_alarm_that_others_decide_counts_only_where_nothing_else_settles_it(
    case: str, alarm: bool
) -> None:
    estimate, identical, usual = CASES[case]
    red = Outcome.REGRESSION if alarm else Outcome.CANNOT_TELL
    expected = red if usual in (Outcome.REGRESSION, Outcome.CANNOT_TELL) else usual
    assert judge(estimate, RULES, identical=identical, alarm=alarm) is expected


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("skill", [1.6, 1.95, 2.0])
def test_the_p_value_is_the_error_rate_at_which_the_loss_is_just_beyond_doubt(
    fleet: Fleet, name: str, skill: float
) -> None:
    head, base = fleet.runs(skill), fleet.runs(2.0, start=50)
    sides = measured(fleet, head, name), measured(fleet, base, name)
    sign = METRICS[name].sign
    found = compare(sign, *sides, 40, RULES)
    assert 0 < found.p_value < 1
    for rate, beyond in ((found.p_value * 1.001, True), (found.p_value * 0.999, False)):
        at = compare(sign, *sides, 40, replace(RULES, alpha_block=rate))
        assert (at.upper < 0) is beyond
    assert (found.p_value <= RULES.alpha_block) is (found.upper < 0)


@given(delta=st.floats(-1, 1), freedom=st.integers(1, 500))
def test_the_p_value_of_two_runs_is_that_of_student(delta: float, freedom: int) -> None:
    swing = np.tile([-0.1, 0.1], 50)
    error = swing.std(ddof=1)
    head, base = (
        Spread(np.array([delta]), (delta + swing)[None]),
        Spread(np.array([0.0]), np.zeros((1, 100))),
    )
    found = compare(1, head, base, freedom + 1, RULES)
    assert found.p_value == pytest.approx(stats.t.cdf(delta / error, freedom), rel=1e-6)
    back = compare(-1, head, base, freedom + 1, RULES)
    assert found.p_value + back.p_value == pytest.approx(1)


@pytest.mark.parametrize(("delta", "p_value"), [(-0.25, 0.0), (0.0, 1.0), (0.25, 1.0)])
def test_without_any_doubt_a_loss_is_certain(delta: float, p_value: float) -> None:
    head, base = (Spread(np.array([at]), np.full((1, 50), at)) for at in (0.5 + delta, 0.5))
    found = compare(1, head, base, 40, RULES)
    assert (found.p_value, found.minimum_detectable) == (p_value, 0)


def test_measured_runs_hold_the_rows_as_they_are_and_every_resample(fleet: Fleet) -> None:
    runs, metric = fleet.runs(2.0), METRICS["average_precision"]
    found = measured(fleet, runs)
    assert found.point.tolist() == pytest.approx([metric.value(run) for run in fleet.scored(runs)])
    assert found.resampled.shape == (3, len(WEIGHTS))
    np.testing.assert_allclose(found.resampled[1], metric.weighted(fleet.scored(runs)[1], WEIGHTS))
    some = found.take(np.array([2, 0]))
    assert some.point.tolist() == found.point[[2, 0]].tolist()
    assert np.array_equal(some.resampled, found.resampled[[2, 0]])


NUMBER = st.floats(-1, 1)


@given(low=NUMBER, high=NUMBER, base=NUMBER, margin=st.floats(0, 1), more=st.floats(0, 1))
def test_a_larger_margin_never_turns_green_to_red(
    low: float, high: float, base: float, margin: float, more: float
) -> None:
    low, high = sorted((low, high))
    before = Estimate(
        base, base, (low + high) / 2, low, high, margin, minimum_detectable=0.01, p_value=0.5
    )
    verdict = judge(before, RULES)
    after = judge(replace(before, margin=margin + more), RULES)
    if verdict.green:
        assert after is verdict
    if verdict is not Outcome.REGRESSION:
        assert after is not Outcome.REGRESSION


@given(
    low=st.floats(allow_nan=True), high=st.floats(allow_nan=True), base=st.floats(allow_nan=True)
)
def test_a_bound_that_is_no_number_is_never_green(low: float, high: float, base: float) -> None:
    verdict = judge(Estimate(0.5, base, 0, low, high, 0.05, 0.01, 0.5), RULES)
    if not np.isfinite([low, high, base]).all():
        assert verdict is Outcome.INVALID
