"""Where pull requests live: what a verdict becomes there, and what every such place can take.

A forge is found by the address of the pull request's page, so any CI system serves projects on any
forge. Each forge's module describes it as a `KnownForge`, and clockwork/ci/forges/table.py lists
them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from clockwork.ci.http import Sleep as Sleep

CUT = "… cut here: too long for this place."
REPORT = "clockwork"  # the key of our status and of our report, one a commit
STATUS = "clockwork / ML regression"


@dataclass(frozen=True)
class Note:
    """An annotation: one check that is not green. `key` is unique and the same from run to run."""

    key: str
    message: str
    path: str
    red: bool


@dataclass(frozen=True)
class Message:
    """A verdict, ready to be published; nothing in it acts as markup except in `comment`.

    `comment(longest, html)` is Markdown, at most `longest` characters, begun by the marker:
    collapsible sections are HTML and the marker is `MARKER`, or, without HTML, bold lines and
    `PLAIN_MARKER` (of clockwork.report.markdown). `data` has what matters most first, so that a
    forge can cut it.
    """

    comment: Callable[[int, bool], str]
    title: str
    summary: str
    green: bool
    data: tuple[tuple[str, str | float | bool], ...]
    notes: tuple[Note, ...]
    link: str | None


@dataclass(frozen=True)
class Change:
    """A pull request: its number, the commit that people pushed, and its branch."""

    number: str
    commit: str
    branch: str | None


@dataclass(frozen=True)
class Address:
    """A pull request's page, taken apart.

    `host` is scheme, host and what comes before the repository's path. `repository` is `owner/name`
    (GitHub), `workspace/name` (Bitbucket Cloud), `group/…/name` (GitLab), or as Data Center's API
    has it `projects/KEY/repos/name`, where the KEY of a person's project is `~` and their name.
    """

    kind: str
    host: str
    repository: str
    number: str


class Forge(Protocol):
    """What can be done on every forge. Each may raise `clockwork.ci.answers.Refused`, alone."""

    def head(self, number: str) -> str:
        """The commit at the head of the pull request, as the forge knows it."""

    def comment(self, change: Change, message: Message) -> str:
        """Create or update the one comment of ours; gives its page."""

    def status(self, change: Change, message: Message) -> None:
        """Set the status of the commit."""

    def report(self, change: Change, message: Message) -> None:
        """Publish the report with annotations; nothing where the forge has none."""


class Connect(Protocol):
    """How a forge's module is entered. None: no token is set for it."""

    def __call__(
        self, address: Address, environ: Mapping[str, str], sleep: Sleep
    ) -> Forge | None: ...


HOST = r"(?P<host>https?://[^/?#@\s]+"


@dataclass(frozen=True)
class KnownForge:
    """A kind of forge: what its pull requests' pages look like, and which token reaches it.

    `page` is a pattern with the groups `host`, `repository` and `number`; `repository` gives the
    name that the API uses for what the page's address holds. `rights` says what the token, a
    variable of the environment, must allow.
    """

    name: str
    page: str
    connect: Connect
    token: str
    rights: str
    repository: Callable[[str], str] = str

    @property
    def remedy(self) -> str:
        """What to set where the forge refuses."""
        return f"it needs {self.token}, {self.rights}"


def cut(text: str, longest: int) -> str:
    """`text` in at most `longest` characters, as forges count them (UTF-16). What was cut says so.

    Many lines are Markdown: they are cut between lines, where no collapsible section and no code
    block is open.
    """
    if size(text) <= longest:
        return text
    whole = _whole_lines(text, longest - size(CUT) - 2)
    return f"{whole}\n\n{CUT}" if whole else f"{_start(text, longest - 1)}…"


def size(text: str) -> int:
    """How long a forge finds `text`: in units of UTF-16, in which most of them count."""
    return len(text) + sum(char > "\uffff" for char in text)


def _start(text: str, room: int) -> str:
    while size(text) > room:
        text = text[: room - size(text)]
    # Neither half an escape, nor half a character reference, nor half a tag.
    return re.sub(r"(\\+|&[#\w]{0,9}|<[^>]*)$", "", text).rstrip()


def _whole_lines(text: str, room: int) -> str:
    used, folds, fenced, end, place = 0, 0, False, 0, 0
    for line in text.splitlines(keepends=True):
        used += size(line)
        if used > room:
            break
        place += len(line)
        fenced ^= line.startswith("```")
        folds += line.count("<details") - line.count("</details")
        end = place if not folds and not fenced else end
    return text[:end].rstrip()
