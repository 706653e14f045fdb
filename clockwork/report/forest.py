"""Every difference with what else fits it: metrics and slices of each algorithm below one another.

Margins differ from metric to metric, so each line is drawn in units of its own: one line marks the
margin of all.
"""

from collections.abc import Sequence
from math import isfinite

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.report.phrases import gating, is_primary, metric, plain, share
from clockwork.report.plots import FAINT, INK, LINE, STYLE, axes_of, svg
from clockwork.verdict.schema import Verdict

LOOK = {0: ("#00795a", "o"), 1: ("#c44601", "s"), 3: ("#a87900", "D")}
LEAST, MOST = 1.8, 12.0  # margins to either side
ROW = 0.23


def forest(verdict: Verdict) -> str:
    """Each difference in margins with what else fits, gating algorithms first.

    Empty where no score differs.
    """
    lines = _lines(verdict)
    if not lines:
        return ""
    low, high = _reach([line for line in lines if isinstance(line, Check)])
    with mpl.rc_context(STYLE):
        figure, axes = axes_of(ROW * len(lines) + 0.6, left=0.36, right=0.85, above=0.05)
        axes.axvline(0, color=LINE, linewidth=1)
        axes.axvline(-1, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
        for place, line in enumerate(lines):
            _line(axes, -place, line, (low, high))
        axes.set(xlim=(low, high), ylim=(-len(lines) + 0.4, 0.6), yticks=[])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("worse  ←  margins  →  better")
        return svg(figure, "Differences between head and base with their intervals, in margins")


def _lines(verdict: Verdict) -> list[Check | str]:
    named, lines = gating(verdict), list[Check | str]()
    for name in [*named, *(other for other in verdict.algorithms() if other not in named)]:
        mine = [check for check in verdict.checks_of(name) if _drawable(check)]
        if mine:
            # Slices are of the primary metric, and stand below it.
            mine.sort(key=lambda check: not is_primary(check, verdict))
            lines += [f"{plain(name, 30)}{'' if name in named else ' (watched)'}", *mine]
    return lines


def _drawable(check: Check) -> bool:
    found = check.estimate if check.metric and check.outcome is not Outcome.UNCHANGED else None
    return bool(
        found
        and found.base
        and found.margin
        and all(map(isfinite, (found.base, found.delta, found.lower, found.upper)))
    )


def _reach(checks: Sequence[Check]) -> tuple[float, float]:
    # Far enough for every interval, but never so far that the margin could not be seen.
    lows, highs = zip(*[(low, high) for low, _, high in map(_in_margins, checks)], strict=True)
    return max(-MOST, 1.1 * min(-LEAST, *lows)), min(MOST, 1.1 * max(LEAST, *highs))


def _in_margins(check: Check) -> tuple[float, float, float]:
    found = check.estimate
    assert isinstance(found, Estimate)
    return found.lower / found.margin, found.delta / found.margin, found.upper / found.margin


def _line(axes: Axes, place: float, line: Check | str, reach: tuple[float, float]) -> None:
    beside = axes.get_yaxis_transform()
    if isinstance(line, str):
        axes.text(-0.73, place, line, transform=beside, va="center", weight="bold")
        return
    assert line.estimate
    colour = LOOK[line.outcome.exit_code][0]
    # A slice is indented below its metric, which it does not repeat.
    name, left = (plain(line.slice, 24), -0.65) if line.slice else (metric(line.metric), -0.69)
    axes.text(left, place, name, transform=beside, va="center", color=FAINT)
    delta, base = line.estimate.delta, line.estimate.base
    message = share(delta, base, digits=1 if abs(delta) < abs(base) else 0)
    axes.text(1.05, place, message, transform=beside, va="center", color=colour)
    _whisker(axes, place, line, reach)


def _whisker(axes: Axes, place: float, check: Check, reach: tuple[float, float]) -> None:
    (colour, shape), (least, most) = LOOK[check.outcome.exit_code], reach
    low, delta, high = _in_margins(check)
    if high >= least and low <= most:
        ends = [max(low, least), min(high, most)]
        axes.plot(ends, [place] * 2, color=colour, linewidth=2, solid_capstyle="butt")
    for beyond, edge, arrow in ((low < least, least, "<"), (high > most, most, ">")):
        if beyond:
            axes.plot([edge], [place], arrow, color=colour, markersize=6, clip_on=False)
    if least <= delta <= most:
        axes.plot([delta], [place], shape, color=colour, markersize=5.5)
