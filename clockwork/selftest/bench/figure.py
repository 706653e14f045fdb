"""One measured figure, and how figures are shown: a table in the terminal and in docs/scale.md."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from clockwork.selftest import page

SECONDS, TIMES, EXACT, SHARE = "{:.1f} s", "{:.2f} x", "{:.4f} x", "{:.1%}"
PAGE = Path("docs") / "scale.md"
Runs = Sequence[Mapping[str, float]]  # what each repeat measured, by name


@dataclass(frozen=True)
class Figure:
    """A measured figure: median over the repeats, how it is reported, the most or least it may be.

    Without a bar it is reported for comparison. A value that is infinite was not reached before the
    run was ended.
    """

    name: str
    values: list[float]
    form: str
    bar: float | None = None
    least: bool = False

    @property
    def median(self) -> float:
        """The middle one of the repeats."""
        return statistics.median(self.values)

    @property
    def holds(self) -> bool:
        """Whether the median is on the right side of the bar."""
        if self.bar is None:
            return True
        return self.median >= self.bar if self.least else self.median <= self.bar

    def cells(self) -> list[str]:
        """The figure as people read it: name, median, spread, how often it was measured, bar."""
        spread = " to ".join(self.formatted(one) for one in (min(self.values), max(self.values)))
        bar = (
            ""
            if self.bar is None
            else f"at {'least' if self.least else 'most'} {self.formatted(self.bar)}"
        )
        return [self.name, self.formatted(self.median), spread, str(len(self.values)), bar]

    def formatted(self, value: float) -> str:
        """A value in this figure's form."""
        return self.form.format(value) if math.isfinite(value) else "not reached"


def of(runs: Runs, name: str) -> list[float]:
    """What the repeats measured under `name`; empty where they measured no such thing."""
    return [run[name] for run in runs if name in run]


HEADS = ("figure", "median", "least to most", "of", "bar")


def table(figures: Sequence[Figure]) -> Table:
    """The figures for the terminal, those that miss their bar in red."""
    out = Table(*HEADS, title="Measured side by side in a fresh clone")
    for one in figures:
        out.add_row(*one.cells(), style="" if one.holds else "red")
    return out


def markdown(figures: Sequence[Figure]) -> str:
    """The figures for a page, those that miss their bar marked."""
    rows = []
    for one in figures:
        *cells, bar = one.cells()
        rows.append([*cells, bar if one.holds else f"**missed**: {bar}"])
    return page.table(HEADS, rows, right=(1, 2, 3))


def write(root: Path, measured: Mapping[str, Sequence[Figure]]) -> str:
    """Put each group of figures between its markers in docs/scale.md; gives a line about it."""
    path = root / PAGE
    text, written = path.read_text(encoding="utf-8") if path.exists() else "", []
    for group, figures in measured.items():
        if page.marks(f"bench {group}")[0] in text:
            text = page.put(text, f"bench {group}", f"\n{markdown(figures)}\n", PAGE)
            written.append(group)
    if not written:
        text = page.put(text, f"bench {next(iter(measured))}", "", PAGE)
    path.write_text(text, encoding="utf-8")
    return f"{PAGE}: the figures of {', '.join(written)} are these now; commit them"
