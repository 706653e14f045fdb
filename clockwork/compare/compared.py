"""What a comparison of two builds comes to, as one value that its steps add to."""

from dataclasses import dataclass, field, replace

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.paired_scores import Evidence
from clockwork.gate.outcome import Check
from clockwork.settings.gate import GateSettings
from clockwork.verdict.costs import Cost


@dataclass(frozen=True)
class Compared:
    """What two builds come to: checks, paired scores, costs, and the seconds that each part took.

    `settings` are those that decide: base's where head edits the gate. A build that failed is None.
    """

    settings: GateSettings
    head: BuiltCommit | None = None
    base: BuiltCommit | None = None
    checks: list[Check] = field(default_factory=list)
    evidence: Evidence | None = None
    costs: list[Cost] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def plus(self, checks: list[Check]) -> "Compared":
        """The same with further checks."""
        return replace(self, checks=[*self.checks, *checks])
