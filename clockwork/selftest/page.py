"""Results on a page of docs/: between two markers, as a Markdown table, as a picture."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clockwork.support.errors import BadInput

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def marks(name: str) -> tuple[str, str]:
    """The lines before and after the results called `name`, such as `audit` or `bench tuning`."""
    return f"<!-- {name} -->", f"<!-- end of {name.split()[0]} -->"


def put(text: str, name: str, body: str, page: Path) -> str:
    """The text of a page with `body` between the markers of `name`.

    Raises `BadInput` where they are not there.
    """
    first, last = marks(name)
    before, begin, rest = text.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise BadInput(
            f"{page}: the lines {first} and {last} are gone; put them where the results belong"
        )
    return f"{before}{begin}\n{body}\n{end}{after}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A Markdown table; the columns `right` are set to the right."""
    rule = ["---:" if at in right else "---" for at in range(len(head))]
    lines = [head, rule, *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def svg(figure: "Figure") -> str:
    """A picture as text: the same figure is the same bytes."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
