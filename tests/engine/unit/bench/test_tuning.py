"""What traces of searches and logs of pull requests come to."""

from math import inf
from pathlib import Path

import pytest

from clockwork.selftest.bench import shares
from clockwork.selftest.bench.tuning import REAL_DATA, Run, compared, real_telemetry, seeds_of
from clockwork.support.entry import seconds_of

GRID = Run([100.0], [0.5], {})
GOOD, BAD = Run([2.0, 10.0, 25.0], [0.4, 0.51, 0.6], {}), Run([40.0], [0.4], {})


def test_a_run_tells_when_a_score_was_reached_and_what_a_time_had_brought() -> None:
    assert (GOOD.until(0.5), GOOD.until(0.7)) == (10.0, inf)
    assert (GOOD.after(20), GOOD.after(1)) == (0.51, -inf)


def test_searches_are_compared_by_their_share_of_the_grids_time() -> None:
    _, cold, warm, best, _, against = compared("data", GRID, [GOOD] * 3, [GOOD] * 3, [BAD] * 3)
    assert (cold.median, warm.median, best.median) == (0.1, 0.1, 1.02)
    assert (cold.holds, warm.holds, best.holds) == (True, False, True)
    assert against.median == 0.25, "an Optuna that was ended counts as if it had arrived there"


def test_a_search_that_does_not_arrive_misses_every_bar() -> None:
    figures = compared("data", GRID, [BAD] * 3, [BAD] * 3, [GOOD] * 3)
    assert [one.holds for one in figures if one.bar is not None] == [False] * 4


def test_without_real_telemetry_its_figures_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(REAL_DATA, raising=False)
    assert list(real_telemetry(tmp_path / "project", tmp_path)) == []


def test_the_seconds_of_tuning_are_read_as_the_graph_tells_them() -> None:
    lines = [seconds_of(stage, 12.34) for stage in ("features", "tune@lightgbm", "tune@robust_z")]
    assert shares.STAGE.findall("\n".join(lines)) == [("lightgbm", "12.3"), ("robust_z", "12.3")]


def test_there_are_never_fewer_than_five_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "run_all", lambda _: None)
    monkeypatch.setattr(shares, "tuning_share", lambda *_: 0.0)
    found = shares.share_figures(Path(), 3, print)
    assert [len(one.values) for one in found] == [5, 5]
    assert (list(seeds_of(3)), len(seeds_of(7))) == ([1, 2, 3, 4, 5], 7)
