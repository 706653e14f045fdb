"""One head against one base: what is known of it so far."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipelines.arms import Arm
from pipelines.cost import Cost
from pipelines.evidence import Evidence
from pipelines.gate.outcome import Check
from pipelines.settings.gate import GateSettings
from pipelines.verdict import Commit

BROKEN_HEAD = "head runs"


@dataclass
class Trial:
    """One head against one base, as far as it has come."""

    root: Path
    settings: GateSettings
    head: Commit
    base: Commit | None
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
