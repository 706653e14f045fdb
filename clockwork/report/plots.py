"""What the figures share: their look, their axes, and how they become SVG text.

The same input gives the same bytes. Colours are distinct to people who are colour-blind, and every
colour comes with a shape or a word.
"""

import io
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clockwork.compare.paired_scores import Evidence

Floats = npt.NDArray[np.float64]
INK, FAINT, BASE, HEAD, SHADE, LINE = (
    "#1f2933",
    "#5b6672",
    "#e69f00",
    "#0067a5",
    "#dfe4ea",
    "#c5ccd3",
)
WIDTH = 4.8
STYLE: Any = {  # matplotlib types its keys one by one
    "svg.fonttype": "none",
    "svg.hashsalt": "clockwork",
    "font.family": "DejaVu Sans",  # comes with matplotlib, so the same layout everywhere
    "font.size": 10,
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelcolor": FAINT,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "axes.unicode_minus": True,
}


def runs_of(evidence: Evidence, algorithm: str) -> dict[str, Floats]:
    """Both commits' scores (runs, rows) by name, base first; without a commit that has none."""
    both = {"base": evidence.base, "head": evidence.head}
    return {name: runs[algorithm] for name, runs in both.items() if len(runs.get(algorithm, ()))}


def pen(name: str) -> dict[str, Any]:
    """How a commit's line is drawn: head thin and on top, so base still shows where both agree."""
    return {"color": HEAD, "linewidth": 1.3} if name == "head" else {"color": BASE, "linewidth": 3}


def axes_of(
    height: float, left: float = 0.13, right: float = 0.97, above: float = 0.3, below: float = 0.46
) -> tuple[Figure, Axes]:
    """A figure `height` inches high with one plot.

    Its edges are shares of the width and inches of the height.
    """
    figure = Figure(figsize=(WIDTH, height))
    low = below / height
    axes = figure.add_axes((left, low, right - left, 1 - low - above / height))
    axes.tick_params(length=3, width=0.8)
    return figure, axes


def legend(axes: Axes) -> None:
    """A legend above the axes, where no curve can run through it."""
    axes.legend(
        frameon=False,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=3,
        handlelength=1.4,
        borderaxespad=0.2,
    )


def svg(figure: Figure, says: str) -> str:
    """The figure as SVG text that a screen reader reads as `says`."""
    # Without a date or a creator the same figure is the same bytes.
    out = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    drawn = out.getvalue()
    drawn = drawn.replace("'DejaVu Sans'", "Helvetica, Arial, sans-serif")
    return drawn[drawn.index("<svg") :].replace(
        "<svg ", f'<svg role="img" aria-label="{escape(says)}" ', 1
    )
