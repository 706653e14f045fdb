"""Windows from sums of blocks are those of the batch path to the bit, on the worst of rows, too."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from clockwork.learning.ticks import margin
from clockwork.learning.ticks.cells import Cells
from clockwork.learning.ticks.compiled import Compiled
from clockwork.learning.ticks.margin import about
from clockwork.learning.ticks.merging import Known, known, newest
from clockwork.learning.ticks.ring import Ring
from clockwork.learning.ticks.sums import Sums
from clockwork.learning.ticks.way import kind_of
from clockwork.settings.features import FeatureSettings
from pipelines.features import statistic
from pipelines.windows import Moments

METRICS = [f"metric-{number}" for number in range(8)]
SLOTS, CELLS = 60, 100
WINDOWS: dict[int, Any] = {
    1: ["mean", "std", "z"],
    2: ["z"],
    5: ["mean", "std"],
    37: ["std", "mean"],
    60: ["mean", "std", "z"],
}
HOW = FeatureSettings(every=1, windows=WINDOWS, missing="keep")
KINDS = 10


def worst(rng: np.random.Generator, cells: int, columns: int) -> npt.NDArray[np.float32]:
    """Columns: constant, far from 0, whole or decimal, of all magnitudes, with steps, with gaps."""
    shape = cells, columns // KINDS
    normal, sign = rng.normal(size=shape), rng.choice([-1.0, 1.0], shape)
    level = 10.0 ** rng.uniform(-8, 8, shape[1]) * rng.choice([-1, 1], shape[1])
    step = np.arange(cells)[:, None] // 17 % 2 == 0
    parts = [
        normal,
        level + normal,
        np.broadcast_to(level, shape),
        level * (1 + 6e-8 * rng.integers(-1, 2, shape)),
        np.where(rng.random(shape) < 0.03, level, 0.0),
        np.where(step, level, normal),
        rng.integers(0, 4, shape),
        np.round(level + normal, 1),
        10.0 ** rng.uniform(-40, 37, shape) * sign,
        0.0 * sign,
    ]
    values = np.concatenate(parts, axis=1).astype(np.float32)
    values[rng.random(values.shape) < rng.choice([0.0, 0.01, 0.3, 0.9], values.shape[1])] = np.nan
    return values[:, rng.permutation(values.shape[1])]


def differing(seed: int, kind: type[Sums] = Sums, slots: int = SLOTS) -> int:
    """Features that differ by any bit from those of merged halves.

    They are counted each minute of a ring with gaps and late rows.
    """
    rng = np.random.default_rng(seed)
    values = worst(rng, CELLS, slots * len(METRICS)).reshape(CELLS, slots, len(METRICS))
    both, every, count = (
        [one(HOW, 1, METRICS, slots, 3) for one in (kind, Ring)],
        np.arange(slots),
        0,
    )
    for minute, now in enumerate(values):
        here = np.flatnonzero(rng.random(slots) < 0.95)
        late = np.setdiff1d(every, here)[: minute % 3]
        back, found = 2 * (minute % 2), []
        for one in both:
            one.advance(here, now[here])
            one.raw[one.cell(back), late], one.there[one.cell(back), late] = now[late], True
            again = list(one.replayed(late, back))
            found.append(one.features(every, np.empty(0, dtype=np.int64), np.empty(0)))
            assert again[-1][0] == 0
        count += int((found[0].view(np.uint32) != found[1].view(np.uint32)).sum())
    return count


@pytest.mark.parametrize("seed", [1, 2])
def test_sums_give_every_bit_of_merged_halves(seed: int) -> None:
    assert differing(seed) == 0


def test_it_is_the_margin_that_gives_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(margin, "ROUND", 0.0)
    assert differing(1) > 0


@pytest.mark.parametrize("length", [2, 3, 5, 15, 60, 64, 127])
def test_a_margin_is_at_least_twice_the_error(length: int) -> None:
    rng = np.random.default_rng(length)
    cells = worst(rng, length, 5000)
    cells = cells[:, ~np.isnan(cells).all(axis=0)]
    centre = cells[np.isnan(cells).argmin(axis=0), np.arange(cells.shape[1])].astype(np.float64)
    centre[::3] *= 1 + 10.0 ** rng.uniform(-9, 5, len(centre[::3]))
    away = np.nan_to_num(cells - centre)
    count = (~np.isnan(cells)).sum(axis=0)
    window, exact = (
        about(count, away.sum(axis=0), (away * away).sum(axis=0), centre, length),
        newest(Known, cells),
    )
    for near, name in ((window.mean, "mean"), (window.spread, "std")):
        assert (2 * np.abs(near - exact.statistic(name, near)) <= window.margin).all()


def test_only_formulas_of_which_the_errors_are_known_are_summed() -> None:
    class Other(Moments):
        def merged(self, other: Moments) -> Moments:
            both = super().merged(other)
            return Moments(
                both.count, np.nextafter(both.mean, 1e9), both.squares, both.least, both.greatest
            )

    def sample(
        name: Any, window: Moments, grid: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        return statistic(name, window, grid) * (1.0 if name != "std" else 1.01)

    assert known(Moments, statistic)
    assert not known(Other, statistic)
    assert not known(Moments, sample)


@pytest.mark.parametrize(
    ("windows", "compiled", "kind"),
    [
        (WINDOWS, False, Sums),
        (WINDOWS, True, Compiled),
        ({5: ["mean"], 9: ["max"]}, True, Ring),
    ],
)
def test_windows_are_summed_where_none_has_an_extreme(
    windows: dict[int, Any], compiled: bool, kind: type[Cells]
) -> None:
    how = FeatureSettings(every=1, windows=windows, missing="keep")
    assert kind_of(how, 1, METRICS, compiled=compiled) is kind
