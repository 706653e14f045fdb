"""One head against one base: what is known of it so far."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from clockwork.compare.built_commit import Arm
from clockwork.compare.paired_scores import Evidence
from clockwork.gate.outcome import Check
from clockwork.settings.gate import GateSettings
from clockwork.support.git import Commit, changes
from clockwork.support.run_context import Context
from clockwork.verdict.costs import Cost

BROKEN_HEAD = "head runs"


@dataclass(frozen=True)
class Around:
    """What a comparison is handed by the command that asks for it.

    `unsaved` gives the files that differ from HEAD and count; `meanwhile` is begun beside the regression tests, and
    what it returns is called after them.
    """

    context: Context = field(default_factory=Context)
    unsaved: Callable[[Path], Sequence[str]] = changes
    meanwhile: Callable[[], Callable[[], None]] = lambda: lambda: None


@dataclass
class Trial:
    """One head against one base, as far as it has come."""

    root: Path
    settings: GateSettings
    head: Commit
    base: Commit | None
    around: Around = field(default_factory=Around)
    quick: bool = False
    arms: dict[Literal["head", "base"], Arm] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    evidence: Evidence | None = None
    edited: list[str] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time the block under `name`, for the report."""
        since = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - since, 2)
