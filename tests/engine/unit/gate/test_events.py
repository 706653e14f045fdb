"""Events and notifications against a loop over rows that spells the definitions out.

They are tested on small known histories as well.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockwork.gate.events import DAY, GAP, MERGE, REPEAT, STEPS, delay, grid, recall
from clockwork.gate.metrics import METRICS, Rows, Scored

Run = tuple[int, int]
BUDGET = {"event_recall_at_0_5": 0.5, "event_recall_at_3": 3.0, "detection_delay": 3.0}
EVENTS, EVERY = [*BUDGET, "alerts_per_day"], 4


def history(*entities: tuple[str, list[float]], every: int = EVERY) -> Scored:
    """Each entity's history: `.` negative row, `#` positive one, `_` none at all; and scores."""
    seen = [
        (code, place)
        for code, (marks, _) in enumerate(entities)
        for place, m in enumerate(marks)
        if m != "_"
    ]
    label = np.array([entities[code][0][place] == "#" for code, place in seen], dtype=np.int8)
    score = np.array([value for _, scores in entities for value in scores])
    time = np.array([place * every for _, place in seen], dtype=np.int64)
    entity = np.array([code for code, _ in seen], dtype=np.intp)
    return Scored(Rows(entity, label, len(entities), time), score)


def found_events(time: list[int], label: list[int]) -> list[Run]:
    """First and last row of each event of one entity."""
    out: list[Run] = []
    for i in range(len(time)):
        if label[i] and out and out[-1][1] == i - 1 and time[i] - time[i - 1] <= max(GAP, EVERY):
            out[-1] = (out[-1][0], i)
        elif label[i]:
            out.append((i, i))
    return out


def found_notifications(time: list[int], above: list[bool]) -> list[Run]:
    """First and last row of each notification of one entity."""
    out: list[Run] = []
    start = last = -1
    for i in (row for row in range(len(time)) if above[row]):
        near = last >= 0 and (
            time[i] - time[last] < MERGE or (last == i - 1 and time[i] - time[last] <= GAP)
        )
        if not near:
            start = i
        if near and (time[i] - time[start]) // REPEAT == (time[last] - time[start]) // REPEAT:
            out[-1] = (out[-1][0], i)
        else:
            out.append((i, i))
        last = i
    return out


class Entity:
    """One entity's history, row by row."""

    def __init__(self, case: Scored, code: int) -> None:
        assert case.rows.time is not None
        mine = [i for i in np.argsort(case.rows.time, kind="stable") if case.rows.entity[i] == code]
        self.time = case.rows.time[mine].tolist()
        self.score = case.scores[mine].tolist()
        self.events = found_events(self.time, case.rows.label[mine].tolist())

    def notifications(self, threshold: float) -> list[Run]:
        return found_notifications(self.time, [score >= threshold for score in self.score])

    def false(self, threshold: float) -> int:
        sent = self.notifications(threshold)
        return sum(
            all(end < first or begin > last for begin, end in self.events) for first, last in sent
        )

    def delays(self, threshold: float) -> list[tuple[bool, int]]:
        """For each event, whether it is hit, in how many minutes, or how long it went unseen."""
        out = []
        for begin, end in self.events:
            hits = [i for i in range(begin, end + 1) if self.score[i] >= threshold]
            until = self.time[hits[0]] if hits else self.time[end] + EVERY
            out.append((bool(hits), until - self.time[begin]))
        return out


def measured(
    people: list[Entity], thresholds: list[float], budget: float, ships: float
) -> list[float]:
    """Recall, delay and alerts per day of some entities, each as often as it is in the list."""
    minutes = sum(len(one.time) for one in people) * EVERY
    alerts = (
        sum(len(one.notifications(ships)) for one in people) * DAY / minutes
        if people
        else float("nan")
    )
    within = (
        t
        for t in sorted(thresholds)
        if sum(one.false(t) for one in people) * DAY <= budget * minutes
    )
    chosen = next(within, float("inf"))
    found = [(float(hit), waited) for one in people for hit, waited in one.delays(chosen)]
    return [*(np.mean(found, axis=0).tolist() if found else [float("nan")] * 2), alerts]


@st.composite
def histories(draw: st.DrawFn) -> Scored:
    """Up to 5 entities of up to 25 rows, mostly `EVERY` minutes apart.

    They come in any order, with few scores or many.
    """
    rows: list[tuple[int, int, int]] = []
    for code in range(draw(st.integers(1, 5))):
        gaps = draw(st.lists(st.sampled_from([4, 8, 12, 16, 20, 60, 64, 300]), max_size=8))
        gaps = draw(st.permutations([*gaps, *[EVERY] * (len(gaps) + 1 + draw(st.integers(0, 8)))]))
        marks = st.lists(st.sampled_from([0, 0, 1]), min_size=len(gaps) + 1, max_size=len(gaps) + 1)
        rows += [(code, int(t), m) for t, m in zip(np.cumsum([0, *gaps]), draw(marks), strict=True)]
    rows = draw(st.permutations(rows))
    step = draw(st.sampled_from([1, 2, 5, 1000]))
    drawn = draw(st.lists(st.integers(0, 10**6), min_size=len(rows), max_size=len(rows)))
    entity, time, label = (np.array(column) for column in zip(*rows, strict=True))
    judged = Rows(entity, label.astype(np.int8), int(entity.max()) + 1, time)
    return Scored(
        judged,
        np.array([value % (step + 1) / step for value in drawn]),
        draw(st.sampled_from([0.3, 1.0])),
    )


@given(case=histories(), budget=st.sampled_from([0.0, 0.5, 3.0, 20.0, 60.0, 200.0]), data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_resample_is_the_definition_on_repeated_entities(
    case: Scored, budget: float, data: st.DataObject
) -> None:
    size = case.rows.entities
    times = data.draw(
        st.just([1] * size) | st.lists(st.integers(0, 3), min_size=size, max_size=size)
    )
    people = [Entity(case, code) for code in range(size) for _ in range(times[code])]
    weights = np.array([times], dtype=np.float64)
    assert case.sweep is not None
    events = [metric(case.sweep, weights, budget)[0] for metric in (recall, delay)]
    found = [*events, METRICS["alerts_per_day"].weighted(case, weights)[0]]
    expected = measured(people, case.sweep.thresholds.tolist(), budget, case.threshold)
    assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


DAY_ROWS = DAY // EVERY
MARKS = 100 * "." + "#" * 10 + "." * 60 + "#" * 5 + "." * (DAY_ROWS - 175)
PERFECT = [0.9 if mark == "#" else 0.1 for mark in MARKS]


def test_perfect_scores_hit_every_event_at_once() -> None:
    case = history((MARKS, PERFECT), (100 * ".", [0.2] * 100))
    assert [METRICS[name].value(case) for name in BUDGET] == [1, 1, 0]


def test_constant_scores_hit_nothing_for_they_notify_all_day() -> None:
    case = history((MARKS, [0.7] * DAY_ROWS), (100 * ".", [0.7] * 100))
    assert [METRICS[name].value(case) for name in BUDGET] == [0, 0, (10 + 5) * EVERY / 2]
    assert METRICS["alerts_per_day"].value(case) == pytest.approx((6 + 2) / (460 / DAY_ROWS))


def test_random_scores_hit_little() -> None:
    case = history(
        *[(MARKS, row.tolist()) for row in np.random.default_rng(0).random((20, DAY_ROWS))]
    )
    assert (
        0
        < METRICS["event_recall_at_0_5"].value(case)
        < METRICS["event_recall_at_3"].value(case)
        < 0.3
    )


def test_an_event_seen_late_has_waited_and_a_missed_one_counts_its_length() -> None:
    case = history((MARKS, np.repeat([0.1, 0.9, 0.1], [103, 7, DAY_ROWS - 110]).tolist()))
    assert METRICS["event_recall_at_3"].value(case) == 0.5
    assert METRICS["detection_delay"].value(case) == (3 * EVERY + 5 * EVERY) / 2


def test_a_false_notification_more_than_the_budget_moves_the_threshold_above_it() -> None:
    def fleet(noisy: int) -> Scored:
        noise = [0.8 if row % 20 == 0 and row < 20 * noisy else 0.1 for row in range(DAY_ROWS)]
        seen = np.repeat([0.1, 0.9, 0.1, 0.7, 0.1], [100, 10, 60, 5, DAY_ROWS - 175]).tolist()
        return history((MARKS, seen), ("." * DAY_ROWS, noise))

    assert [METRICS["event_recall_at_3"].value(fleet(noisy)) for noisy in (6, 7)] == [1, 0.5]
    assert [METRICS["detection_delay"].value(fleet(noisy)) for noisy in (6, 7)] == [
        0,
        5 * EVERY / 2,
    ]
    assert [METRICS["event_recall_at_0_5"].value(fleet(noisy)) for noisy in (1, 2)] == [1, 0.5]


def test_an_entity_without_an_event_adds_days_and_false_notifications_but_no_event() -> None:
    eager = history((MARKS, PERFECT), ("." * 60, [0.95, 0.1, 0.1, 0.1] * 15))
    weights = np.array([[1.0, 1.0], [1.0, 0.0], [100.0, 1.0]])
    assert METRICS["event_recall_at_3"].weighted(eager, weights).tolist() == [0, 1, 1]


RUNS = {
    "two runs": (["..###..#."], EVERY, [12, 4]),
    "a gap of an hour": (["##" + "_" * (GAP // EVERY - 1) + "##"], EVERY, [GAP + 3 * EVERY]),
    "a gap of more than an hour": (["##" + "_" * (GAP // EVERY) + "##"], EVERY, [8, 8]),
    "two entities": (["..##", "##.."], EVERY, [8, 8]),
    "rows that are all two hours apart": (["..##."], 2 * GAP, [4 * GAP]),
    "no positive row": (["..."], EVERY, []),
}


@pytest.mark.parametrize("case", RUNS)
def test_an_event_is_a_run_of_positive_rows_and_a_gap_in_time_cuts_it(case: str) -> None:
    people, every, lengths = RUNS[case]
    line = history(
        *[(marks, [0.5] * len(marks.replace("_", ""))) for marks in people], every=every
    ).rows.timeline
    assert (None if line is None else line.length.tolist()) == lengths


SENT = {
    "x..x......": 1,
    "x...x.....": 2,
    "x..x..x..x": 1,
    "xxx....xxx": 2,
    "..........": 0,
    "xxxxxxxxxx": 1,
}


@pytest.mark.parametrize(("scores", "sent"), SENT.items())
def test_notifications_less_than_a_quarter_of_an_hour_apart_are_one(scores: str, sent: int) -> None:
    case = history(("." * 10, [0.5 if mark == "x" else 0.4 for mark in scores]))
    assert METRICS["alerts_per_day"].value(case) == pytest.approx(sent * DAY_ROWS / 10)


def test_a_notification_that_goes_on_is_sent_again() -> None:
    for length, sent in ((60, 1), (61, 2), (120, 2), (121, 3)):
        case = history(
            ("." * DAY_ROWS, np.repeat([0.9, 0.1], [length, DAY_ROWS - length]).tolist())
        )
        assert METRICS["alerts_per_day"].value(case) == sent


@pytest.mark.parametrize("name", EVENTS)
def test_without_times_there_is_no_value(name: str) -> None:
    case = history((MARKS, PERFECT))
    for time in (None, np.zeros(DAY_ROWS, dtype=np.int64)):
        timeless = replace(case, rows=replace(case.rows, time=time))
        assert np.isnan(METRICS[name].weighted(timeless, np.ones((3, 1)))).all()


@pytest.mark.parametrize("name", BUDGET)
def test_a_resample_of_one_class_has_no_value(name: str) -> None:
    case = history(("..##.", [0.1, 0.1, 0.9, 0.9, 0.1]), ("...", [0.1] * 3), ("##", [0.9] * 2))
    found = METRICS[name].weighted(case, np.array([[1.0, 1, 1], [0, 2, 0], [0, 0, 3], [0, 0, 0]]))
    assert np.isnan(found).tolist() == [False, True, True, True]


def test_many_rows_have_a_grid_that_is_densest_where_few_notify() -> None:
    scores = np.random.default_rng(2).random(20_000)
    found = grid(scores, np.arange(len(scores)) % 50 == 0)
    assert STEPS / 2 < len(found) <= STEPS + 1
    above = len(scores) - np.searchsorted(np.sort(scores), found)
    assert (np.diff(above) < 0).all()
    assert above[0] == len(scores)
    assert (above < 100).sum() > 20
    assert (above[1:-1] / above[2:])[above[2:] > 200].max() < 1.15
