"""The figures of the page, as SVG text: the differences, precision against recall, one entity over time.

The same input gives the same bytes. Colours are told apart by people who are colour-blind, and every
colour comes with a shape or a word.
"""

import io
from collections.abc import Iterable, Sequence
from html import escape
from math import isfinite
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines.evidence import Evidence
from pipelines.gate.outcome import Check, Estimate
from pipelines.report.words import metric, plain, share
from pipelines.verdict import Verdict

Floats = npt.NDArray[np.float64]
INK, FAINT, BASE, HEAD, SHADE = "#1f2933", "#5b6672", "#e69f00", "#0067a5", "#dfe4ea"
LOOK = {0: ("#00795a", "o"), 1: ("#c44601", "s"), 3: ("#a87900", "D")}
WIDTH, MOST_POINTS = 4.8, 700
STYLE: Any = {  # matplotlib types its keys one by one
    "svg.fonttype": "none",
    "svg.hashsalt": "clockwork",
    "font.family": "DejaVu Sans",  # comes with matplotlib, so the same layout everywhere
    "font.size": 10,
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelcolor": FAINT,
    "axes.edgecolor": "#c5ccd3",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "axes.unicode_minus": True,
}


def forest(verdict: Verdict) -> str:
    """Each difference in per cent of base with what else fits, against the margin; empty where there is none."""
    checks = [check for check in verdict.checks if _drawable(check)]
    if not checks:
        return ""
    lines = _lines(checks)
    reach = _reach(checks)
    with mpl.rc_context(STYLE):
        figure, axes = _axes(0.25 * len(lines) + 0.6, left=0.33, right=0.85, above=0.05)
        axes.axvline(0, color="#c5ccd3", linewidth=1)
        for place, line in enumerate(lines):
            _line(axes, -place, line, reach)
        axes.set(xlim=(-reach, reach), ylim=(-len(lines) + 0.4, 0.6), yticks=[])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("per cent of base; right of 0 is better; | is the margin")
        return _svg(figure, "Differences between head and base with their intervals and the margin")


def _drawable(check: Check) -> bool:
    found = check.estimate
    return bool(found and found.base and all(map(isfinite, (found.base, found.delta, found.low, found.high))))


def _lines(checks: Sequence[Check]) -> list[Check | str]:
    lines: list[Check | str] = []
    for algorithm in dict.fromkeys(check.algorithm for check in checks):
        mine = [check for check in checks if check.algorithm == algorithm]
        lines += [f"{plain(algorithm)}{'' if mine[0].gating else ' (watched)'}", *mine]
    return lines


def _reach(checks: Iterable[Check]) -> float:
    # Far enough for every interval, but never so far that the margin could not be seen.
    percents = [[100 * value / abs(e.base) for value in (e.low, e.high, e.margin)] for e in _estimates(checks)]
    margin = max(row[2] for row in percents)
    widest = max(abs(value) for row in percents for value in row[:2])
    return 1.1 * min(max(widest, 1.6 * margin), max(10 * margin, 1e-9))


def _estimates(checks: Iterable[Check]) -> list[Estimate]:
    return [check.estimate for check in checks if check.estimate]


def _line(axes: Axes, place: float, line: Check | str, reach: float) -> None:
    beside = axes.get_yaxis_transform()
    if isinstance(line, str):
        axes.text(-0.61, place, line, transform=beside, va="center", weight="bold")
        return
    found = line.estimate
    if found is None:
        return
    colour, shape = LOOK[line.outcome.exit_code]
    low, delta, high, margin = (100 * v / abs(found.base) for v in (found.low, found.delta, found.high, found.margin))
    name = " · ".join(part for part in (metric(line.metric), plain(line.slice or "")) if part)
    axes.text(-0.58, place, name, transform=beside, va="center", color=FAINT)
    axes.text(1.02, place, share(found.delta, found.base), transform=beside, va="center", color=colour)
    axes.plot([-margin] * 2, [place - 0.3, place + 0.3], color=INK, linewidth=1.4)
    axes.plot([max(low, -reach), min(high, reach)], [place] * 2, color=colour, linewidth=2, solid_capstyle="butt")
    for beyond, edge, arrow in ((low < -reach, -reach, "<"), (high > reach, reach, ">")):
        if beyond:
            axes.plot([edge], [place], arrow, color=colour, markersize=6, clip_on=False)
    if abs(delta) <= reach:
        axes.plot([delta], [place], shape, color=colour, markersize=5.5)


def precision_recall(evidence: Evidence, algorithm: str) -> str:
    """Precision against recall of both arms, the mean over their runs; empty without positives or scores."""
    label = evidence.keys["label"].to_numpy() == 1
    arms = {name: runs[algorithm] for name, runs in _arms(evidence) if len(runs.get(algorithm, ()))}
    if not label.any() or not arms:
        return ""
    recall = np.linspace(0.01, 1, 100)
    with mpl.rc_context(STYLE):
        figure, axes = _axes(2.9)
        axes.axhline(label.mean(), color=FAINT, linewidth=1, linestyle=":", label="chance")
        for name, runs in arms.items():
            curve = np.mean([_precision(label, scores, recall) for scores in runs], axis=0)
            axes.plot(recall, curve, label=name, **_pen(name))
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
        _legend(axes)
        return _svg(figure, f"Precision against recall of {plain(algorithm)}, head and base")


def _arms(evidence: Evidence) -> list[tuple[str, dict[str, Floats]]]:
    return [("base", evidence.base), ("head", evidence.head)]


def _pen(name: str) -> dict[str, Any]:
    # Head is thin and on top, so that base still shows where both are the same.
    return {"color": HEAD, "linewidth": 1.3} if name == "head" else {"color": BASE, "linewidth": 3}


def _precision(label: npt.NDArray[np.bool_], scores: Floats, recall: Floats) -> Floats:
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)  # tied rows come together
    true = np.cumsum(label[order])[last]
    at = np.minimum(np.searchsorted(true, recall * true[-1] - 1e-9), len(true) - 1)
    return np.asarray(true[at] / (last[at] + 1), dtype=np.float64)


def timeline(evidence: Evidence, algorithm: str) -> str:
    """The scores of both arms over one entity's rows, its positives shaded; empty without scores of both."""
    head, base = (runs.get(algorithm, np.empty((0, 0))) for runs in (evidence.head, evidence.base))
    if not len(head) or not len(base) or not len(evidence.keys):
        return ""
    head, base = head.mean(axis=0), base.mean(axis=0)
    mine, entity = _telling(evidence, np.abs(head - base))
    minutes = evidence.keys["time"].to_numpy()[mine]
    hours = (minutes - minutes[0]) / 60
    positive = evidence.keys["label"].to_numpy()[mine] == 1
    hours, positive, head, base = (_thin(line) for line in (hours, positive, head[mine], base[mine]))
    with mpl.rc_context(STYLE):
        figure, axes = _axes(2.9)
        axes.broken_barh(_stretches(positive, hours), (0, 1.02), color=SHADE, linewidth=0, label="positive")
        for name, scores in (("base", base), ("head", head)):
            axes.plot(hours, scores, label=name, **_pen(name))
        axes.set(xlim=(0, max(float(hours[-1]), 1e-9)), ylim=(0, 1.02), xlabel=f"hours of {entity}", ylabel="score")
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
        _legend(axes)
        return _svg(figure, f"Scores of {plain(algorithm)} over time for {entity}, head and base")


def _telling(evidence: Evidence, differs: Floats) -> tuple[npt.NDArray[np.intp], str]:
    # The entity whose positives the arms judge most differently; if they agree, the one with most positives.
    keys = evidence.keys
    code, names = keys["entity"].factorize()
    positive = (keys["label"].to_numpy() == 1) * 1.0
    apart = np.bincount(code, weights=positive * differs, minlength=len(names))
    count = np.bincount(code, weights=positive, minlength=len(names))
    chosen = int(np.lexsort((count, apart))[-1])
    mine = np.flatnonzero(code == chosen)
    return mine[np.argsort(keys["time"].to_numpy()[mine], kind="stable")], plain(names[chosen], 40)


def _thin(line: npt.NDArray[Any]) -> npt.NDArray[Any]:
    # The highest of each stretch, so that no peak is lost.
    step = -(-len(line) // MOST_POINTS)
    return line if step <= 1 else np.maximum.reduceat(line, np.arange(0, len(line), step))


def _stretches(positive: npt.NDArray[np.bool_], hours: Floats) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(positive.astype(int), prepend=0, append=0))
    half = float(np.median(np.diff(hours))) / 2 if len(hours) > 1 else 0.5
    return [(hours[a] - half, hours[b - 1] - hours[a] + 2 * half) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _axes(
    height: float, left: float = 0.13, right: float = 0.97, above: float = 0.3, below: float = 0.46
) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height))
    low = below / height
    axes = figure.add_axes((left, low, right - left, 1 - low - above / height))
    axes.tick_params(length=3, width=0.8)
    return figure, axes


def _legend(axes: Axes) -> None:
    # Above the axes, where no curve can run through it.
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, handlelength=1.4, borderaxespad=0.2)


def _svg(figure: Figure, says: str) -> str:
    # Without a date or a creator the same figure is the same bytes.
    out = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    drawn = out.getvalue()
    drawn = drawn.replace("'DejaVu Sans'", "Helvetica, Arial, sans-serif")
    return drawn[drawn.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{escape(says)}" ', 1)
