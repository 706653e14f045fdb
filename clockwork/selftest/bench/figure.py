"""One measured figure, and how figures are shown: a table in the terminal and in docs/scale.md."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from clockwork.support.errors import BadInput

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
    lines: list[tuple[str, ...]] = [HEADS, ("---", "---:", "---:", "---:", "---")]
    for one in figures:
        cells = one.cells()
        lines.append((*cells[:4], cells[4] if one.holds else f"**missed**: {cells[4]}"))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write(root: Path, measured: Mapping[str, Sequence[Figure]]) -> str:
    """Put each group of figures between its markers in docs/scale.md; gives a line about it."""
    path = root / PAGE
    text, written = path.read_text(encoding="utf-8") if path.exists() else "", []
    for group, figures in measured.items():
        if begins(group) in text:
            text = put(text, group, markdown(figures), PAGE)
            written.append(group)
    if not written:
        text = put(text, next(iter(measured)), "", PAGE)
    path.write_text(text, encoding="utf-8")
    return f"{PAGE}: the figures of {', '.join(written)} are these now; commit them"


def begins(group: str) -> str:
    """The marker after which a page holds the figures of `group`."""
    return f"<!-- bench {group} -->\n"


def put(text: str, group: str, body: str, page: Path) -> str:
    """The text of a page with `body` between the markers of `group`.

    Raises `BadInput` where they are not there.
    """
    before, begin, rest = text.partition(begins(group))
    _, end, after = rest.partition("<!-- end of bench -->")
    if not (begin and end):
        raise BadInput(
            f"{page}: no line {begins(group).strip()} with an end; put both where it belongs"
        )
    return f"{before}{begin}\n{body}\n\n{end}{after}"
