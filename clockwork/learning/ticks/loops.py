"""The windows of `Sums` as loops, to be compiled: the operations of `sums.py`, `margin.py`
and `merging.py`, one for one.

`Sums` goes through a whole ring for each operation. A loop goes through it once, some windows at a
time, and what it makes of them stays in the processor's cache. Plain Python gives the same bits,
far slower.
"""

from math import sqrt
from typing import Any

import numpy as np

LANES, TOGETHER = 1024, 64  # windows at a time; and those of them that are merged
COUNT, MEAN, SPREAD, MARGIN, AWAY, GRID = range(6)  # what there is of each window
Z = GRID + 1
CODES = {"mean": MEAN, "std": SPREAD, "z": Z}
ROUND, OF_MEAN, OF_SPREAD, OF_SECOND, LEAST, FAR, FLAT = range(7)  # the numbers of a bound


def windows(out: Any, far: Any, raw: Any, blocks: Any, centre: Any, place: Any, how: Any) -> None:
    """Statistics `out` (slots, statistics, metrics) of windows up to the present cell, to the bit.

    `raw` is (depth, slots * metrics), `blocks` are counts and sums (blocks, slots * metrics) about
    `centre`. `place` is the present cell and the cells of a block. `how` is, window by window, how
    many cells it has, where its statistics begin (and the last ones end), and its bound; and the
    codes of all statistics. `far` (slots * metrics,) becomes true where one of the longest windows
    was merged from its cells and a nearer centre would spare that.
    """
    lengths, cuts, bounds, codes = how
    metrics, some = out.shape[2], max(1, LANES // out.shape[2])
    lanes, ends = np.empty((6, some * metrics)), np.empty((2, some * metrics), np.float32)
    cells, odd = np.empty((3, lengths.max() + 1, TOGETHER)), np.empty(some * metrics + 1, np.intp)
    present = raw[place[0] % raw.shape[0]]
    for low in range(0, out.shape[0], some):
        high = min(low + some, out.shape[0])
        start, stop = low * metrics, high * metrics
        for number in range(len(lengths)):
            length, bound, begin, end = (
                lengths[number],
                bounds[number],
                cuts[number],
                cuts[number + 1],
            )
            add_up(lanes, raw, blocks, centre, start, stop, place, length)
            estimate(lanes, present[start:stop], centre[start:stop], bound)
            # Nothing to merge there, not even the sign of 0.
            unsure = np.full(stop - start, length == 1)
            for which in range(begin, end):
                enclose(ends, unsure, lanes, codes[which], bound)
                for slot in range(high - low):
                    to, of = out[low + slot][which], ends[0][slot * metrics : (slot + 1) * metrics]
                    samples = lanes[COUNT][slot * metrics : (slot + 1) * metrics]
                    for metric in range(metrics):
                        to[metric] = of[metric] if samples[metric] != 0.0 else np.nan
            found = pick(odd, unsure, lanes[COUNT])
            for first in range(0, found, TOGETHER):
                group = odd[first : min(first + TOGETHER, found)]
                merge(cells, raw, start, group, place[0], length)
                for at in range(len(group)):
                    lane = group[at]
                    one = out[low + lane // metrics, begin:end, lane % metrics]
                    tell(
                        one, cells[:, length, at], lanes[GRID, lane], codes[begin:end], bound[FLAT]
                    )
                    away = abs(lanes[AWAY, lane]) > bound[FAR] * lanes[SPREAD, lane]
                    far[start + lane] |= away and length == lengths.max()


def add(count: Any, first: Any, second: Any, raw: Any, centre: Any) -> None:
    """Add one cell's samples, NaN where there is none, to how many there are and their powers."""
    for k in range(len(centre)):
        away = np.float64(raw[k]) - centre[k]
        there = away == away  # no NaN
        value = away if there else 0.0
        count[k] += 1 if there else 0
        first[k] += value
        second[k] += value * value


def add_up(
    lanes: Any, raw: Any, blocks: Any, centre: Any, start: int, stop: int, place: Any, length: int
) -> None:
    """How many samples, and their first and second powers about the centre.

    They are of whole blocks, else of raw cells.
    """
    count, first, second, own = lanes[COUNT], lanes[MEAN], lanes[SPREAD], centre[start:stop]
    count[:], first[:], second[:] = 0.0, 0.0, 0.0
    cell, oldest = place[0], place[0] - length + 1
    while cell >= oldest:
        begin = cell - cell % place[1]
        if begin >= oldest and (cell == place[0] or cell == begin + place[1] - 1):
            block = cell // place[1] % blocks[0].shape[0]
            counts, firsts = blocks[0][block][start:stop], blocks[1][block][start:stop]
            seconds = blocks[2][block][start:stop]
            for k in range(stop - start):
                count[k] += counts[k]
                first[k] += firsts[k]
                second[k] += seconds[k]
            cell = begin - 1
        else:
            add(count, first, second, raw[cell % raw.shape[0]][start:stop], own)
            cell -= 1


def estimate(lanes: Any, present: Any, centre: Any, bound: Any) -> None:
    """From sums to means, spreads and the margin of both: see `margin.about`."""
    count, means, spreads, margins = lanes[COUNT], lanes[MEAN], lanes[SPREAD], lanes[MARGIN]
    aways, grid, rounding, least = lanes[AWAY], lanes[GRID], bound[ROUND], bound[LEAST]
    of_mean, of_spread, of_second = bound[OF_MEAN], bound[OF_SPREAD], bound[OF_SECOND]
    for k in range(len(centre)):
        samples = max(count[k], 1.0)
        away, second = means[k] / samples, spreads[k] / samples
        mean, spread = centre[k] + away, sqrt(max(second - away * away, 0.0))
        margin = abs(mean) * of_mean + spread * of_spread + second / max(spread, least) * of_second
        means[k], spreads[k], aways[k], grid[k] = mean, spread, away, np.float64(present[k])
        margins[k] = 0.0 if second == 0.0 else margin * (2.0 * rounding)


def enclose(ends: Any, unsure: Any, lanes: Any, code: int, bound: Any) -> None:
    """Between which floats a batch statistic is, and where these are two: see `margin.Window`."""
    low, high, margins, rounding, flat = ends[0], ends[1], lanes[MARGIN], bound[ROUND], bound[FLAT]
    if code == Z:
        means, spreads, grid = lanes[MEAN], lanes[SPREAD], lanes[GRID]
        for k in range(len(unsure)):
            least = max((abs(means[k]) + 1.0) * flat, spreads[k])
            value, share = (grid[k] - means[k]) / least, margins[k] / least
            margin = (share + 8.0 * rounding) * abs(value) + share
            low[k], high[k] = value - margin, value + margin
    else:
        values = lanes[code]
        for k in range(len(unsure)):
            low[k], high[k] = values[k] - margins[k], values[k] + margins[k]
    one, other = low.view(np.uint32), high.view(np.uint32)
    for k in range(len(unsure)):
        unsure[k] |= one[k] != other[k]


def pick(odd: Any, unsure: Any, samples: Any) -> int:
    """Which windows of some samples are not sure: their places into `odd`, and how many."""
    found = 0
    for k in range(len(unsure)):
        odd[found] = k
        found += 1 if unsure[k] and samples[k] != 0.0 else 0
    return found


def merge(cells: Any, raw: Any, start: int, group: Any, at: int, length: int) -> None:
    """Merge `group`'s windows from their cells, as `merging.newest` does, into the last of `cells`.

    These are counts, means and squares (3, length + 1, windows).
    """
    count, mean, squares = cells[0], cells[1], cells[2]
    for k in range(length):
        sample = raw[(at - length + 1 + k) % raw.shape[0]]
        for lane in range(len(group)):
            value = np.float64(sample[start + group[lane]])
            there = value == value  # no NaN
            count[k, lane], mean[k, lane], squares[k, lane] = (
                1.0 if there else 0.0,
                value if there else 0.0,
                0.0,
            )
    left, begun = length, False
    while left:
        if left % 2 and begun:
            both(cells, length, left - 1, length, len(group))
        elif left % 2:
            cells[:, length], begun = cells[:, left - 1], True
        left //= 2
        for k in range(left):
            both(cells, k, 2 * k, 2 * k + 1, len(group))


def both(cells: Any, to: int, older: int, newer: int, windows: int) -> None:
    """Two cells of so many windows as one: see `merging.Known.merged`."""
    n, m, s = cells[0][older], cells[1][older], cells[2][older]
    count, mean, squares = cells[0][newer], cells[1][newer], cells[2][newer]
    counts, means, sums = cells[0][to], cells[1][to], cells[2][to]
    for k in range(windows):
        total, apart = n[k] + count[k], mean[k] - m[k]
        share = count[k] / max(total, 1.0)
        merged = s[k] + squares[k] + apart * apart * n[k] * share
        counts[k], means[k], sums[k] = total, m[k] + apart * share, merged


def tell(out: Any, merged: Any, grid: float, codes: Any, flat: float) -> None:
    """The statistics of one window: see `merging.Known.statistic`."""
    mean, spread = merged[1], sqrt(merged[2] / max(merged[0], 1.0))
    for which in range(len(codes)):
        if codes[which] == MEAN:
            out[which] = mean
        elif codes[which] == SPREAD:
            out[which] = spread
        else:
            out[which] = (grid - mean) / max(spread, flat * (1.0 + abs(mean)))
