"""Alerts are those that the gate counts, sent again while they last, and what flickers is one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockwork.fleet.alerts import Alerts
from clockwork.gate import events
from clockwork.learning.ticks.state import Scores
from clockwork.settings.fleet import FleetSettings


def one(minute: int, scores: dict[str, float]) -> Scores:
    names = np.array(list(scores), dtype=object)
    values = np.array(list(scores.values()))
    return Scores(
        minute, names, np.full(len(names), minute), values, np.zeros(len(names), dtype=bool), {}, {}
    )


def sent(scores: list[float], **how: Any) -> list[int]:
    alerts = Alerts(0.5, FleetSettings(**how))
    return [minute for minute, score in enumerate(scores) if alerts.take(one(minute, {"a": score}))]


@given(seed=st.integers(0, 10**6), spacing=st.sampled_from([1, 4]))
@settings(max_examples=30, deadline=None)
def test_they_are_the_alerts_that_the_gate_counts(seed: int, spacing: int) -> None:
    rng = np.random.default_rng(seed)
    time = np.flatnonzero(rng.random(600) < 0.9) * spacing
    score = np.repeat(rng.random(60), 10)[: len(time)]
    line = events.arrange(
        np.zeros(len(time), dtype=np.intp), time, np.zeros(len(time), dtype=np.int8), 1
    )
    assert line is not None
    first, _ = events.alerts_of(line, np.flatnonzero(score >= 0.5))
    alerts = Alerts(0.5, FleetSettings(repeat=events.REPEAT, merge=events.MERGE), spacing)
    got = [
        at for at, minute in enumerate(time.tolist()) if alerts.take(one(minute, {"a": score[at]}))
    ]
    assert got == first.tolist()


def test_one_that_lasts_is_sent_again_every_hour() -> None:
    assert sent([0.9] * 200) == [0, 60, 120, 180]


@pytest.mark.parametrize(("clear", "times"), [(1.0, [0, 40]), (0.5, [0])])
def test_an_open_alert_lasts_down_to_the_lower_bound(clear: float, times: list[int]) -> None:
    assert sent([0.9] + [0.3] * 39 + [0.9] * 3, clear=clear) == times


def test_an_alert_is_not_sent_again_by_a_row_that_is_later_than_alerts_are_apart() -> None:
    alerts = Alerts(0.5, FleetSettings(merge=15, late=30))
    for minute in range(100, 120):
        assert bool(alerts.take(one(minute, {"a": 0.9 * (minute == 100)}))) == (minute == 100)
    times = np.array([95, 100, 101])
    names, scores = np.array(["a"] * 3, dtype=object), np.array([0.1, 0.9, 0.1])
    assert alerts.take(Scores(120, names, times, scores, times > 95, {}, {})) == []


@pytest.mark.parametrize("late", [0, 30, 600])
@pytest.mark.parametrize(("after", "last"), [(range(101, 220), 114), ([], 160)])
def test_one_that_is_over_is_not_shown_as_open_while_late_rows_may_come(
    late: int, after: Sequence[int], last: int
) -> None:
    alerts, shown = Alerts(0.5, FleetSettings(merge=15, late=late)), list[int]()
    for minute in range(100, 220):
        scores = {"a": 0.9} if minute == 100 else {"a": 0.1} if minute in after else {}
        alerts.take(one(minute, scores))
        if alerts.document()["open"]:
            shown.append(minute)
    assert shown == list(range(100, last + 1))


def test_what_is_open_is_grouped_by_slice() -> None:
    alerts = Alerts(0.5, FleetSettings())
    alerts.take(one(1, {"a": 0.6, "b": 0.9, "c": 0.1, "d": 0.7}))
    groups = alerts.document({"a": "web", "b": "web", "d": "db"})["slices"]
    assert {name: [row["entity"] for row in rows] for name, rows in groups.items()} == {
        "web": ["b", "a"],
        "db": ["d"],
    }
