"""Alerts that change: which rows, which direction, how many more than a new seed would change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockwork.gate.catalogue import CheckId
from clockwork.gate.decisions import MOST, check_churn, churn, flips
from clockwork.gate.outcome import Outcome
from clockwork.gate.tasks.binary import replaced
from tests.engine.unit.gate.conftest import Floats

LEVELS = st.sampled_from([0.0, 0.1, 0.25, 0.4, 0.5, 0.75, 1.0])
AT = st.sampled_from([0.1, 0.3, 0.5, 0.9])
HALF = (0.5, 0.5)


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Scores (runs, rows) of two commits on the same rows."""
    rows = draw(st.integers(0, 30))

    def side() -> Floats:
        runs = draw(st.integers(1, 4))
        return np.array(draw(st.lists(LEVELS, min_size=runs * rows, max_size=runs * rows))).reshape(
            runs, rows
        )

    return side(), side()


# --- rows that notify on one commit alone


def test_a_new_error_and_a_fixed_error_are_kept_apart() -> None:
    label = np.array([0, 1, 0, 1, 0], dtype=np.int8)
    head = np.array([[0.9, 0.2, 0.1, 0.8, 0.3]])
    base = np.array([[0.1, 0.9, 0.7, 0.3, 0.3]])
    found = {one.row: one.kind for one in flips(label, head, base, HALF)}
    assert found == {0: "new error", 1: "new error", 2: "fixed error", 3: "fixed error"}


@given(
    sides=two_sides(),
    labels=st.lists(st.integers(0, 1), min_size=30, max_size=30),
    thresholds=st.tuples(AT, AT),
)
def test_flips_are_the_rows_with_another_decision_the_largest_move_first(
    sides: tuple[Floats, Floats], labels: list[int], thresholds: tuple[float, float]
) -> None:
    head, base = (side.mean(axis=0) for side in sides)
    label = np.array(labels[: len(head)], dtype=np.int8)
    found = flips(label, *sides, thresholds)
    rows = [
        row
        for row in range(len(head))
        if (head[row] >= thresholds[0]) != (base[row] >= thresholds[1])
    ]
    assert len(found) == min(len(rows), MOST)
    assert {one.row for one in found} <= set(rows)
    moves = [abs(one.head - one.base) for one in found]
    assert moves == sorted(moves, reverse=True)
    left = [abs(head[row] - base[row]) for row in rows if row not in {one.row for one in found}]
    assert not left or max(left) <= min(moves)
    for one in found:
        assert (one.head, one.base) == (head[one.row], base[one.row])
        right = (one.head >= thresholds[0]) == bool(label[one.row])
        assert one.kind == ("fixed error" if right else "new error")


# --- the share of alerts that are replaced


@given(sides=two_sides(), thresholds=st.tuples(AT, AT))
def test_the_share_replaced_is_that_of_the_sets_of_alerts(
    sides: tuple[Floats, Floats], thresholds: tuple[float, float]
) -> None:
    found = replaced(*sides, thresholds)
    assert found.shape == (len(sides[0]), len(sides[1]))
    ours, theirs = (
        [set(np.flatnonzero(run >= at).tolist()) for run in side]
        for side, at in zip(sides, thresholds, strict=True)
    )
    for row, mine in enumerate(ours):
        for column, its in enumerate(theirs):
            expected = len(mine ^ its) / len(mine | its) if mine | its else 0.0
            assert found[row, column] == pytest.approx(expected, abs=1e-12)


def test_counts_stay_exact_for_very_many_alerts() -> None:
    one = np.ones((1, 3_000_001))
    other = one.copy()
    other[0, 0] = 0
    assert replaced(one, other, HALF)[0, 0] == pytest.approx(1 / 3_000_001, rel=1e-6)


# --- against what a new seed replaces


def test_the_floor_is_what_bases_own_seeds_replace_of_each_other() -> None:
    base = np.array([[0.9, 0.9, 0.1], [0.9, 0.1, 0.1], [0.9, 0.9, 0.1]])
    changed, floor = churn(base[:1], base, HALF)
    assert floor == pytest.approx((0.5 + 0.0 + 0.5) / 3)
    assert changed == pytest.approx((0.0 + 0.5 + 0.0) / 3)


def test_a_base_with_one_run_has_no_luck() -> None:
    run = np.array([[0.9, 0.1]])
    assert churn(run, run, HALF) == (0.0, 0.0)
    assert churn(1 - run, run, HALF) == (1.0, 0.0)


def test_the_floor_is_by_bases_threshold_alone() -> None:
    base = np.array([[0.9, 0.6], [0.9, 0.4]])
    assert churn(base, base, (0.99, 0.5))[1] == 0.5
    assert churn(base, base, (0.5, 0.3))[1] == 0.0


@pytest.mark.parametrize(
    ("room", "outcome"), [(0.51, Outcome.PASS), (0.5, Outcome.PASS), (0.49, Outcome.SUSPICIOUS)]
)
def test_more_than_a_new_seed_and_the_room_is_suspicious_and_never_gates(
    room: float, outcome: Outcome
) -> None:
    base, head = np.array([[0.9, 0.9]]), np.array([[0.9, 0.1]])
    check = check_churn(head, base, HALF, room)
    assert (check.id, check.outcome, check.gating) == (CheckId.DECISIONS, outcome, False)
    assert check.message == "50.0% of alerts are replaced; a new seed replaces 0.0%"


def test_no_more_than_a_new_seed_passes_without_any_room() -> None:
    base = np.array([[0.9, 0.9], [0.9, 0.1]])
    assert check_churn(base[:1], base, HALF, 0.0).outcome is Outcome.PASS
