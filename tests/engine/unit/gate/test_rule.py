"""Measured pairs to checks: primary metric, guardrails by Holm together, slices by harm alone."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clockwork.gate.decide import rule
from clockwork.gate.looks import nominal
from clockwork.gate.outcome import Check, Outcome, overall
from clockwork.gate.pairs import Pair
from clockwork.gate.question import Guardrail, Question, SliceRules
from clockwork.gate.variance import Spread
from tests.engine.unit.gate.conftest import CASES, RULES, known_pair, loss_of_chance
from tests.engine.unit.gate.test_holm import rejected

NAMES = ["roc_auc", "log_loss", "brier", "event_recall_at_3", "alerts_per_day"]
SLICES = SliceRules(margin=0.1, alpha=0.05, min_positive_clusters=10)
GOOD = known_pair("average_precision", 0.0)


def asked(guardrails: Mapping[str, Guardrail]) -> Question:
    return Question({"trees": True}, "average_precision", guardrails, SLICES, RULES, 300, 30, 5)


def ruled(
    guardrails: Mapping[str, Guardrail], *pairs: Pair, primary: Pair = GOOD, looks: int = 1
) -> list[Check]:
    """The checks on some pairs beside a primary metric; the first is that of the primary."""
    return rule([primary, *pairs], replace(asked(guardrails), looks={"trees": looks}), "trees")


def outcomes(checks: list[Check]) -> list[Outcome]:
    return [check.outcome for check in checks[1:]]


def losing(names: list[str], chances: list[float]) -> list[Pair]:
    """Pairs that lose so much that their p-values are these."""
    return [known_pair(name, loss_of_chance(p)) for name, p in zip(names, chances, strict=True)]


def chance(check: Check) -> float:
    assert check.estimate
    return check.estimate.p_value


# --- guardrails


@given(
    chances=st.lists(
        st.floats(1e-6, 0.999) | st.sampled_from([0.001, 0.0019, 0.002, 0.005, 0.009]), max_size=5
    ),
    margin=st.sampled_from([0.001, 0.02, 0.05]),
)
def test_guardrails_pass_each_by_itself_and_alarm_by_holm_together(
    chances: list[float], margin: float
) -> None:
    names = NAMES[: len(chances)]
    checks = ruled({name: Guardrail(margin) for name in names}, *losing(names, chances))
    assert [check.metric for check in checks] == ["average_precision", *names]
    alarms = rejected([chance(check) for check in checks[1:]], RULES.alpha_block)
    for check, p, alarm in zip(checks[1:], chances, alarms, strict=True):
        assert check.estimate
        assert check.estimate.p_value == pytest.approx(p, rel=1e-6)
        green = Outcome.IMPROVED if check.estimate.lower > 0 else Outcome.PASS
        red = Outcome.REGRESSION if alarm else Outcome.CANNOT_TELL
        assert check.outcome is (green if check.estimate.lower > -check.estimate.margin else red)


@given(p=st.floats(0.0021, 0.0099), others=st.lists(st.floats(0.02, 0.99), min_size=4, max_size=4))
def test_a_loss_beyond_doubt_by_itself_but_not_among_five_guardrails_cannot_be_decided(
    p: float, others: list[float]
) -> None:
    pairs = losing(NAMES, [p, *others])
    alone = ruled({NAMES[0]: Guardrail(0.001)}, pairs[0])
    among = ruled({name: Guardrail(0.001) for name in NAMES}, *pairs)
    assert chance(among[1]) == pytest.approx(p, rel=1e-6)
    assert (alone[1].outcome, among[1].outcome) == (Outcome.REGRESSION, Outcome.CANNOT_TELL)


@pytest.mark.parametrize(("tests", "two_sided"), [(5, False), (1, True), (5, True)])
def test_the_clusters_that_would_settle_a_loss_are_those_at_its_own_level(
    tests: int, two_sided: bool
) -> None:
    level = RULES.alpha_block / tests / (2 if two_sided else 1)
    pairs = losing(NAMES[:tests], [1.5 * level, *[0.5] * (tests - 1)])
    guardrails = {name: Guardrail(0.001, two_sided=two_sided) for name in NAMES[:tests]}
    found = ruled(guardrails, *pairs)[1]
    assert (found.outcome, bool(found.estimate)) == (Outcome.CANNOT_TELL, True)
    assert found.estimate
    assert found.estimate.clusters_needed
    assert found.estimate.clusters_needed > CASES

    def reach(clusters: int) -> float:
        return float(stats.t.isf(level, clusters - 1)) * 0.01 * float(np.sqrt(CASES / clusters))

    assert reach(found.estimate.clusters_needed) <= -found.estimate.delta
    assert reach(found.estimate.clusters_needed - 1) > -found.estimate.delta


@given(p=st.floats(1e-9, 0.0019), others=st.lists(st.floats(0.02, 0.99), min_size=4, max_size=4))
def test_a_loss_beyond_doubt_among_all_of_them_is_a_regression(
    p: float, others: list[float]
) -> None:
    checks = ruled({name: Guardrail(0.001) for name in NAMES}, *losing(NAMES, [p, *others]))
    assert checks[1].outcome is Outcome.REGRESSION
    assert overall(checks) is Outcome.REGRESSION


@given(worst=st.integers(0, 4), data=st.data())
def test_all_guardrails_are_needed_for_a_pass(worst: int, data: st.DataObject) -> None:
    guardrails = {name: Guardrail(0.05) for name in NAMES}
    good = [known_pair(name, data.draw(st.floats(-0.02, 0.05))) for name in NAMES]
    assert overall(ruled(guardrails, *good)).green
    unclear = known_pair(NAMES[worst], -0.05)
    checks = ruled(guardrails, *good[:worst], unclear, *good[worst + 1 :])
    assert not overall(checks).green
    assert [check.metric for check in checks if not check.outcome.green] == [NAMES[worst]]


@given(wide=st.floats(0.06, 0.5))
def test_a_guardrail_has_a_margin_of_its_own(wide: float) -> None:
    lost = known_pair("log_loss", -0.045, error=0.005)
    assert outcomes(ruled({"log_loss": Guardrail(0.02)}, lost)) == [Outcome.REGRESSION]
    (_, check) = ruled({"log_loss": Guardrail(wide)}, lost)
    assert check.outcome is Outcome.PASS
    assert check.estimate
    assert check.estimate.margin == pytest.approx(wide)


def test_a_guardrail_far_better_is_no_suspicion() -> None:
    assert outcomes(ruled({"roc_auc": Guardrail(0.05)}, known_pair("roc_auc", 0.9))) == [
        Outcome.IMPROVED
    ]


@given(turn=st.floats(-0.5, 0.5), error=st.floats(0.001, 0.1))
def test_a_two_sided_guardrail_judges_more_as_it_judges_less(turn: float, error: float) -> None:
    both = {"alerts_per_day": Guardrail(0.25, two_sided=True)}
    (_, more), (_, less) = (
        ruled(both, known_pair("alerts_per_day", by, error)) for by in (turn, -turn)
    )
    assert more.outcome is less.outcome
    assert more.estimate
    assert more.estimate.delta == pytest.approx(-abs(turn), abs=1e-12)


@pytest.mark.parametrize("turn", [0.6, -0.6])
def test_a_two_sided_guardrail_is_red_in_both_directions_and_a_one_sided_one_in_its_own(
    turn: float,
) -> None:
    pair = known_pair("alerts_per_day", turn)
    assert outcomes(ruled({"alerts_per_day": Guardrail(0.25, two_sided=True)}, pair)) == [
        Outcome.REGRESSION
    ]
    one_sided = Outcome.REGRESSION if turn < 0 else Outcome.IMPROVED
    assert outcomes(ruled({"alerts_per_day": Guardrail(0.25)}, pair)) == [one_sided]


@given(turn=st.floats(-0.05, 0.05))
def test_a_two_sided_guardrail_passes_within_its_margin_either_way(turn: float) -> None:
    pair = known_pair("alerts_per_day", turn)
    assert outcomes(ruled({"alerts_per_day": Guardrail(0.25, two_sided=True)}, pair)) == [
        Outcome.PASS
    ]


def test_a_two_sided_guardrail_raises_no_more_false_alarms_than_a_one_sided_one() -> None:
    rng, alarms, times = np.random.default_rng(11), {False: 0, True: 0}, 4000
    rules = replace(RULES, alpha_block=0.05)
    for delta in rng.normal(scale=0.01, size=times):
        pair = known_pair("alerts_per_day", delta)
        for two_sided in alarms:
            alarms[two_sided] += (
                pair.estimate(rules, two_sided=two_sided).p_value <= rules.alpha_block
            )
    assert [count / times for count in alarms.values()] == pytest.approx([0.05, 0.05], abs=0.014)


def without_value(name: str) -> Pair:
    nothing = Spread(np.array([np.nan]), np.full((1, 100), np.nan))
    return Pair(known_pair(name, 0).metric, None, nothing, nothing, 40, identical=False)


@pytest.mark.parametrize("identical", [True, False])
def test_a_guardrail_without_a_value_is_invalid(identical: bool) -> None:
    missing = replace(without_value("roc_auc"), identical=identical)
    assert outcomes(ruled({"roc_auc": Guardrail(0.05)}, missing)) == [Outcome.INVALID]


def test_the_other_guardrails_are_judged_as_if_one_without_a_value_were_not_there() -> None:
    guardrails = {name: Guardrail(0.001) for name in NAMES[:3]}
    checks = ruled(guardrails, without_value(NAMES[0]), *losing(NAMES[1:3], [0.004, 0.3]))
    assert outcomes(checks) == [Outcome.INVALID, Outcome.REGRESSION, Outcome.CANNOT_TELL]


# --- the primary metric


@given(p=st.floats(1e-6, 0.999), error=st.floats(0.001, 0.02))
def test_the_primary_metric_is_judged_by_itself(p: float, error: float) -> None:
    primary = known_pair("average_precision", loss_of_chance(p, error), error)
    bad = [known_pair(name, -0.9) for name in NAMES]
    alone = ruled({}, primary=primary)
    among = ruled({name: Guardrail(0.001) for name in NAMES}, *bad, primary=primary)
    assert alone[0] == among[0]


@given(delta=st.floats(-0.5, 0.5), error=st.floats(0.001, 0.5))
def test_a_margin_below_half_of_what_can_be_seen_is_refused_just_where_nothing_can_be_decided(
    delta: float, error: float
) -> None:
    (check,) = ruled({}, primary=known_pair("average_precision", delta, error))
    assert check.estimate
    estimate = check.estimate
    blind = estimate.margin < estimate.minimum_detectable / 2
    open_ended = estimate.lower <= -estimate.margin and estimate.upper >= 0
    if check.outcome is Outcome.INVALID:
        assert blind
        assert open_ended
    if check.outcome is Outcome.CANNOT_TELL:
        assert open_ended
        assert not blind
    if open_ended:
        assert not check.outcome.green


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(0.0399, Outcome.CANNOT_TELL), (0.0405, Outcome.INVALID), (0.4, Outcome.INVALID)],
)
def test_a_margin_of_half_of_what_can_be_seen_is_the_limit(error: float, outcome: Outcome) -> None:
    # What is seen 8 times in 10 is 2.49 standard errors: twice a margin of 0.05 at an error of
    # 0.0402.
    (check,) = ruled({}, primary=known_pair("average_precision", 0.0, error))
    assert check.outcome is outcome


def test_a_guardrail_is_not_asked_how_much_it_can_see() -> None:
    assert outcomes(ruled({"roc_auc": Guardrail(0.001)}, known_pair("roc_auc", 0, 0.4))) == [
        Outcome.CANNOT_TELL
    ]


@pytest.mark.parametrize(
    ("p", "lenient", "strict"), [(0.008, "regression", "cannot tell"), (0.004, *["regression"] * 2)]
)
def test_one_of_two_looks_has_less_to_spend(p: float, lenient: str, strict: str) -> None:
    lost = {
        name: known_pair(name, loss_of_chance(p, 0.03), 0.03)
        for name in ("average_precision", "roc_auc")
    }
    for looks, expected in ((1, lenient), (2, strict)):
        checks = ruled(
            {"roc_auc": Guardrail(0.05)},
            lost["roc_auc"],
            primary=lost["average_precision"],
            looks=looks,
        )
        assert [check.outcome.value for check in checks] == [expected, expected]


# --- slices


@given(
    chances=st.lists(st.floats(1e-6, 0.999) | st.sampled_from([0.01, 0.02, 0.04]), max_size=5),
    error=st.sampled_from([0.02, 0.05, 0.2]),
)
def test_a_slice_is_red_just_where_holm_is_sure_of_a_loss_and_it_is_beyond_the_margin(
    chances: list[float], error: float
) -> None:
    pairs = [
        known_pair("average_precision", loss_of_chance(p, error), error, slice=f"kind {place}")
        for place, p in enumerate(chances)
    ]
    checks = ruled({}, *pairs)
    assert [check.slice for check in checks[1:]] == [pair.slice for pair in pairs]
    alarms = rejected([chance(check) for check in checks[1:]], SLICES.alpha)
    for check, alarm in zip(checks[1:], alarms, strict=True):
        assert check.estimate
        harmed = alarm and check.estimate.delta <= -0.1
        assert check.outcome is (Outcome.REGRESSION if harmed else Outcome.PASS)
        assert check.gating


@given(delta=st.floats(-0.0999, 0.5), error=st.floats(0.001, 0.5))
def test_no_loss_beyond_the_margin_in_a_slice_passes_however_little_is_known(
    delta: float, error: float
) -> None:
    assert outcomes(
        ruled({}, known_pair("average_precision", delta, error, slice="kind camera"))
    ) == [Outcome.PASS]


@pytest.mark.parametrize(
    ("p", "once", "twice"),
    [
        (0.999 * nominal(0.05, 2), "regression", "regression"),
        (1.001 * nominal(0.05, 2), "regression", "pass"),
        (0.0499, "regression", "pass"),
        (0.0501, "pass", "pass"),
    ],
)
def test_two_looks_share_the_level_of_the_slices(p: float, once: str, twice: str) -> None:
    harmed = known_pair("average_precision", loss_of_chance(p, 0.1), 0.1, slice="kind camera")
    reported = [outcomes(ruled({}, harmed, looks=looks))[0].value for looks in (1, 2)]
    assert reported == [once, twice]


def test_slices_and_guardrails_take_nothing_from_each_other() -> None:
    slice_of = known_pair("average_precision", -0.2, 0.05, slice="kind camera")
    lost = known_pair("roc_auc", loss_of_chance(0.008))
    checks = ruled({"roc_auc": Guardrail(0.001)}, lost, slice_of)
    assert outcomes(checks) == [Outcome.REGRESSION, Outcome.REGRESSION]


def test_a_slice_without_a_value_is_invalid_and_one_that_is_identical_is_unchanged() -> None:
    missing = replace(without_value("average_precision"), slice="kind camera")
    same = replace(known_pair("average_precision", 0.0, slice="kind server"), identical=True)
    assert outcomes(ruled({}, missing, same)) == [Outcome.INVALID, Outcome.UNCHANGED]
