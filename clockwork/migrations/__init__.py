"""Configs of an earlier engine, brought to the form of this one, by text so that comments stay.

A migration is a module with a test. It takes the text of one file and gives it in the new form, or
as it was where it has that form already; so every upgrade may run all of them, from whichever
version.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clockwork.migrations.flat_columns import flatten
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput


@dataclass(frozen=True)
class Migration:
    """What becomes of one `file`; `what` says it in a line."""

    file: str
    what: str
    apply: Callable[[str], str]


MIGRATIONS = (
    Migration(
        "configs/data.yaml",
        "what stood in `columns` stands at the top, with its present names",
        flatten,
    ),
)


def migrate(root: Path) -> dict[str, str]:
    """Migrate the configs of the checkout at `root`; gives what was done, by file.

    Raises `BadInput` naming a file.
    """
    done: dict[str, str] = {}
    for one in MIGRATIONS:
        place = root / one.file
        if not place.exists():
            continue
        before = place.read_text(encoding="utf-8")
        try:
            after = one.apply(before)
        except ValueError as error:
            raise BadInput(
                f"{one.file}: cannot be migrated: {error}; correct it, commit, and upgrade again"
            ) from None
        if after != before:
            Checkout(root).refuse_links([one.file])
            place.write_text(after, encoding="utf-8")
            done[one.file] = f"{done[one.file]}; {one.what}" if one.file in done else one.what
    return done
