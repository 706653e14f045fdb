"""What an audit found, and whether it is good enough."""

from pydantic import BaseModel, ConfigDict

from clockwork.verdict.parts import Audit

MOST_BLOCKED, MOST_BLOCKED_HIGH, MOST_UNTOLD = 0.015, 0.025, 0.20  # of draws without a difference
TWICE, MOST_PASSED = 1.99, 0.02  # a loss of so many margins may pass that often
FIVE, LEAST_BLOCKED = 4.99, 0.90  # a loss of so many margins must be blocked that often


class Red(BaseModel):
    """A gating check that was not green: its id, and what it was about."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    id: str
    algorithm: str | None = None
    metric: str | None = None
    slice: str | None = None


class Case(BaseModel):
    """How one planted change ended.

    `key` is of the commit and the change: the same is not simulated twice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name: str
    title: str
    caught_by: str | None
    outcome: str
    exit_code: int
    red: list[Red]
    as_it_should: bool
    seconds: float


class Result(BaseModel):
    """All that an audit found at `commit`; of `planted` changes the `matrix` may hold but some."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commit: str
    margin: float
    replay: list[Audit]
    planted: int
    matrix: list[Case]


def red_rates(cases: list[Case]) -> str:
    """How often planted pull requests ended as they should, and whether for the right reason."""
    defects = [case for case in cases if case.caught_by]
    harmless = [case for case in cases if not case.caught_by]
    return (
        f"{sum(case.exit_code != 0 for case in defects)} of {len(defects)} defects were not green, "
        f"{sum(case.as_it_should for case in defects)} of them by the check that they name; "
        f"{sum(case.as_it_should for case in harmless)} of {len(harmless)} "
        "harmless changes were green"
    )


def faults(result: Result) -> list[str]:
    """Every bar that the audit missed, in words."""
    found = [f"{case.name}: {_amiss(case)}" for case in result.matrix if not case.as_it_should]
    return found + [
        f"{one.algorithm}: {message}"
        for one in result.replay
        for message in _missed(one, result.margin)
    ]


def _amiss(case: Case) -> str:
    if case.caught_by is None:
        return f"harmless, but ended with exit code {case.exit_code}: {_named(case.red)}"
    if case.exit_code == 0:
        return "a defect, but it passed"
    if any(one.id == case.caught_by for one in case.red):
        return f"ended with exit code {case.exit_code}, which is not its verdict's"
    return f"'{case.caught_by}' stayed silent; red were {_named(case.red) or 'none'}"


def _named(red: list[Red]) -> str:
    return ", ".join(
        " ".join(filter(None, (one.id, one.algorithm, one.metric, one.slice))) for one in red[:3]
    )


def _missed(one: Audit, margin: float) -> list[str]:
    found = []
    if not any(point.loss >= TWICE * margin for point in one.power):
        found.append(
            "no loss of twice the margin could be made, so nothing is known of what would pass"
        )
    if one.blocked > MOST_BLOCKED or one.blocked_high > MOST_BLOCKED_HIGH:
        found.append(
            f"{one.blocked:.1%} of draws without a difference "
            f"are blocked (up to {one.blocked_high:.1%})"
        )
    if one.cannot_tell_first > MOST_UNTOLD:
        found.append(
            f"{one.cannot_tell_first:.1%} of draws without "
            "a difference are inconclusive at the first look"
        )
    for point in one.power:
        message = f"a loss of {point.loss:.0%} by {point.kind}"
        if point.loss >= TWICE * margin and point.passed > MOST_PASSED:
            found.append(f"{message} passes {point.passed:.1%} of the time")
        if point.loss >= FIVE * margin and point.blocked < LEAST_BLOCKED:
            found.append(f"{message} is blocked only {point.blocked:.1%} of the time")
    return found
