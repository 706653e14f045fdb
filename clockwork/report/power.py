"""The audit's power curve: what the gate says of losses of known size, and where this head lies."""

import matplotlib as mpl
from matplotlib.axes import Axes

from clockwork.gate.outcome import Estimate
from clockwork.report.phrases import plain, share
from clockwork.report.plots import INK, LINE, STYLE, axes_of, svg
from clockwork.verdict.parts import Audit, PowerPoint

# Distinct by their lightness, too.
BANDS = {"passed": "#a9dccb", "cannot tell": "#fbefcd", "blocked": "#ea9a6e"}


def kinds(audit: Audit) -> list[str]:
    """The ways to lose that were tried, in their order."""
    return list(dict.fromkeys(point.kind for point in audit.power))


def power(audit: Audit, kind: str, margin: float, observed: Estimate | None = None) -> str:
    """Shares passed, inconclusive and blocked against the loss; `observed` and `margin` marked."""
    points = [
        _luck(audit),
        *sorted((one for one in audit.power if one.kind == kind), key=lambda one: one.loss),
    ]
    if len(points) < 2:
        return ""
    losses = [100 * point.loss for point in points]
    with mpl.rc_context(STYLE):
        figure, axes = axes_of(2.9)
        shares = [[100 * value for value in row] for row in zip(*map(_shares, points), strict=True)]
        axes.stackplot(
            losses, shares, labels=list(BANDS), colors=list(BANDS.values()), edgecolor="white"
        )
        axes.axvline(100 * margin, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
        axes.text(100 * margin, 2, " margin", fontsize=9, va="bottom")
        _mark(axes, observed, losses[-1])
        axes.set(
            xlim=(0, losses[-1]),
            ylim=(0, 100),
            xlabel="loss in per cent of base",
            ylabel="per cent of draws",
        )
        axes.legend(
            frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, handlelength=1.4
        )
        return svg(
            figure,
            f"How often a loss of {plain(audit.algorithm)} by {plain(kind)} is passed or blocked",
        )


def _luck(audit: Audit) -> PowerPoint:
    # No loss at all: the draws in which only seed noise differs.
    fine = 1 - audit.blocked - audit.cannot_tell
    return PowerPoint(
        kind="", loss=0, passed=fine, cannot_tell=audit.cannot_tell, blocked=audit.blocked
    )


def _shares(point: PowerPoint) -> tuple[float, float, float]:
    return point.passed, point.cannot_tell, point.blocked


def _mark(axes: Axes, observed: Estimate | None, last: float) -> None:
    if observed is None or not observed.base:
        return
    loss = -100 * observed.delta / abs(observed.base)
    # A gain, or more than was tried, is marked at the edge.
    place = min(max(loss, 0.0), last)
    arrow = "" if place == loss else " ←" if loss < 0 else " →"
    axes.plot([place] * 2, [0, 100], color=INK, linewidth=2, clip_on=False)
    side = "left" if place < last / 2 else "right"
    message = f"this head {share(observed.delta, observed.base)}{arrow}"
    axes.text(
        place, 50, f" {message} ", ha=side, va="center", weight="bold",
        bbox={"facecolor": "white", "edgecolor": LINE, "boxstyle": "round,pad=0.2", "alpha": 0.9},
    )  # fmt: skip
