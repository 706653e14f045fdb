"""What the gate is asked: which algorithms gate, which metrics count, and how sure to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clockwork.gate.noninferiority import Rules
from clockwork.gate.tasks import binary
from clockwork.gate.tasks.task import Task


@dataclass(frozen=True)
class Guardrail:
    """A further metric to hold within its own margin; `two_sided` where more is harm as well."""

    margin: float
    two_sided: bool = False


@dataclass(frozen=True)
class SliceRules:
    """How to judge slices: only harm beyond `margin` counts, at level `alpha` for all together."""

    margin: float
    alpha: float
    min_positive_clusters: int


@dataclass(frozen=True)
class Question:
    """What to decide: which algorithms gate, which metrics count, and how sure to be.

    `thresholds` are the scores of (head, base) from which an algorithm's model alerts; `looks` says
    over how many interim looks at growing numbers of runs an algorithm's error rates are spent.
    """

    algorithms: Mapping[str, bool]
    primary: str
    guardrails: Mapping[str, Guardrail]
    slices: SliceRules
    rules: Rules
    resamples: int
    min_positive_clusters: int
    seed: int
    thresholds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    looks: Mapping[str, int] = field(default_factory=dict)
    task: Task = binary.TASK

    @property
    def metrics(self) -> tuple[str, ...]:
        """The primary metric and then the guardrails."""
        return (self.primary, *self.guardrails)

    def thresholds_of(self, algorithm: str) -> tuple[float, float]:
        """The scores of (head, base) from which `algorithm` alerts; a half where none are set."""
        return self.thresholds.get(algorithm, (binary.HALF, binary.HALF))

    def rules_of(self, algorithm: str) -> Rules:
        """The rules for one look at one algorithm."""
        return self.rules.over(self.looks.get(algorithm, 1))
