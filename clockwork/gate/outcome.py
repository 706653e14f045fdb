"""The words of a verdict: what a check can say, and what the whole says when checks disagree."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from clockwork.gate.catalogue import title_of


class Outcome(StrEnum):
    """What a check, or the whole gate, concludes."""

    # In order of severity.
    UNCHANGED = "unchanged"
    IMPROVED = "improved"
    PASS = "pass"  # noqa: S105
    FIRST_BASELINE = "first baseline"
    CANNOT_TELL = "cannot tell"
    NOT_COMPARABLE = "not comparable"
    INVALID = "invalid"
    SUSPICIOUS = "suspicious"
    REGRESSION = "regression"

    @property
    def green(self) -> bool:
        """Whether a pull request may go on with it."""
        return self in (Outcome.UNCHANGED, Outcome.IMPROVED, Outcome.PASS, Outcome.FIRST_BASELINE)

    @property
    def exit_code(self) -> int:
        """0 green, 1 the model is worse or not to be believed, 3 nobody can tell."""
        if self.green:
            return 0
        return 1 if self in (Outcome.REGRESSION, Outcome.SUSPICIOUS) else 3


SEVERITY = list(Outcome)


@dataclass(frozen=True)
class Estimate:
    """A metric on both commits and the difference head - base, so turned that higher is better.

    `lower` and `upper` are one-sided bounds of the difference; `margin` is the largest loss that is
    no regression; `minimum_detectable` is the smallest loss that is found with a power of 80 %. All
    are in units of the metric. `p_value` is one-sided: of a difference as low as this where there
    is none. `clusters_needed` is how many clusters with a positive would settle it if the
    difference stayed as it is, where `positive_clusters` are there now; None where more would not
    settle it. `cases` is what the task calls such clusters. `runs_needed` is how many runs of each
    commit would settle it on the same rows; None where more would not, or seeds move nothing.
    """

    head: float
    base: float
    delta: float
    lower: float
    upper: float
    margin: float
    minimum_detectable: float
    p_value: float
    clusters_needed: int | None = None
    positive_clusters: int | None = None
    cases: str = "clusters with a positive"
    runs_needed: int | None = None


@dataclass(frozen=True)
class Check:
    """One question and its answer. `gating` says whether it can turn the pull request red.

    `id` is one of `gate.catalogue`, or of another commit's. `message` is for people alone: what
    there is to know of a check is in its fields. It is empty where the `estimate` says it all.
    """

    id: str
    outcome: Outcome
    message: str = ""
    gating: bool = True
    algorithm: str | None = None
    metric: str | None = None
    slice: str | None = None
    estimate: Estimate | None = None

    @property
    def title(self) -> str:
        """What people read in reports and test views: check · algorithm · metric · slice."""
        return " · ".join(
            part for part in (title_of(self.id), self.algorithm, self.metric, self.slice) if part
        )


def overall(checks: Iterable[Check]) -> Outcome:
    """The worst of the gating checks; `invalid` if there is none, for then nothing was checked."""
    found = [check.outcome for check in checks if check.gating]
    return max(found, key=SEVERITY.index) if found else Outcome.INVALID
