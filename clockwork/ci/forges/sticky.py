"""Our one comment on a pull request: made once, kept up to date. All forges share these rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from clockwork.ci.answers import Refused


@dataclass(frozen=True)
class Comment:
    """A comment as its forge lists it. `version` is for forges that ask which one is replaced."""

    key: str
    author: str
    text: str
    page: str
    version: int = 0


def sticky(
    comments: Callable[[], Iterable[Comment]],
    mine: Callable[[Comment], bool],
    marker: str,
    create: Callable[[], str],
    update: Callable[[Comment], str],
    rest: Callable[[], None] = lambda: None,
) -> str:
    """Update our comment, or create it; gives its page.

    Ours is the first of `comments` that begins with `marker` and that we wrote (`mine`): people
    quote the marker. Where a creation may or may not have worked, the list is read again (after a
    `rest`) before a second attempt.
    """
    found = _ours(comments(), mine, marker)
    if found:
        try:
            return update(found)
        except Refused as error:
            if error.status != 404:  # somebody has deleted it just now
                raise
    try:
        return create()
    except Refused as error:
        if not error.uncertain:
            raise
    rest()
    found = _ours(comments(), mine, marker)
    return update(found) if found else create()


def _ours(
    comments: Iterable[Comment], mine: Callable[[Comment], bool], marker: str
) -> Comment | None:
    return next(
        (one for one in comments if one.text.lstrip().startswith(marker) and mine(one)), None
    )
