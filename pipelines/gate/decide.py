"""From the scores of two commits on the same rows to the list of checks that make the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipelines.gate.metrics import METRICS, Rows, Scored, Weights
from pipelines.gate.noninferiority import Rules, compare, judge, resample, unchanged
from pipelines.gate.outcome import Check, Estimate, Outcome
from pipelines.gate.sentinels import check_sentinels

Floats = npt.NDArray[np.float64]
Runs = Mapping[str, Floats]


@dataclass(frozen=True)
class Question:
    """What to decide: which algorithms gate, which metrics count, and how sure to be."""

    algorithms: Mapping[str, bool]
    primary: str
    further: tuple[str, ...]
    rules: Rules
    resamples: int
    min_positive_clusters: int
    seed: int


def decide(question: Question, rows: Rows, head: Runs, base: Runs) -> list[Check]:
    """Every check on the scores of both arms: (runs, rows) for each algorithm, a run for each seed."""
    soundness = check_rows(rows, question.min_positive_clusters)
    if not soundness.outcome.green:
        return [soundness]
    weights = resample(rows.entities, question.resamples, question.seed)
    checks = [soundness, *_sentinels(question, rows, base, weights)]
    for algorithm, gating in question.algorithms.items():
        found = _algorithm(algorithm, question, rows, head.get(algorithm), base.get(algorithm), weights)
        checks += [replace(check, gating=gating) for check in found]
    return checks


def _sentinels(question: Question, rows: Rows, base: Runs, weights: Weights) -> list[Check]:
    # On the first gating algorithm whose base can be judged at all; where none can, its own check says so.
    for algorithm, gating in question.algorithms.items():
        if gating and not _broken(rows, base.get(algorithm), base.get(algorithm)):
            run = Scored(rows, base[algorithm][0])
            return [check_sentinels(METRICS[question.primary], [run], weights, question.rules)]
    return []


def check_rows(rows: Rows, least: int) -> Check:
    """Whether the judging rows can judge: not empty, both classes, enough entities with a positive."""
    name, total, positives = "judging rows", len(rows.label), int((rows.label == 1).sum())
    if total == 0:
        return Check(name, Outcome.INVALID, "there are no judging rows")
    if positives in (0, total):
        return Check(name, Outcome.INVALID, f"all {total} judging rows are of one class")
    if rows.positive_entities < least:
        said = f"{rows.positive_entities} clusters have a positive; fewer than {least} cannot carry a verdict"
        return Check(name, Outcome.INVALID, said)
    said = f"{total} rows, {rows.entities} clusters, {rows.positive_entities} of them with a positive"
    return Check(name, Outcome.PASS, said)


def _algorithm(
    algorithm: str, question: Question, rows: Rows, head: Floats | None, base: Floats | None, weights: Weights
) -> list[Check]:
    broken = _broken(rows, head, base)
    if broken or head is None or base is None:
        return [Check("scores", Outcome.INVALID, broken or "", algorithm=algorithm)]
    arms = [[Scored(rows, run) for run in arm] for arm in (head, base)]
    identical = np.array_equal(head, base)
    checks = []
    for name in (question.primary, *question.further):
        rules = question.rules if name == question.primary else replace(question.rules, credible_gain=np.inf)
        metric = METRICS[name]
        estimate = unchanged(metric, arms[0], rules) if identical else compare(metric, arms[0], arms[1], weights, rules)
        outcome = judge(estimate, rules, identical=identical)
        said = explain(outcome, estimate, rows.positive_entities)
        checks.append(Check("no worse than base", outcome, said, algorithm=algorithm, metric=name, estimate=estimate))
    return checks


def _broken(rows: Rows, head: Floats | None, base: Floats | None) -> str | None:
    for arm, runs in (("head", head), ("base", base)):
        if runs is None or len(runs) == 0:
            return f"{arm} has no scores: the algorithm is on one side only"
        if runs.shape[1] != len(rows.label):
            return f"{arm} scored {runs.shape[1]} rows, not {len(rows.label)}"
        if not np.isfinite(runs).all():
            return f"{arm} has {int((~np.isfinite(runs)).sum())} scores that are not finite"
        if (runs == runs[:, :1]).all(axis=1).any():
            return f"{arm} gives every row the same score"
        if runs.min() < 0 or runs.max() > 1:
            return f"{arm} has scores outside 0 to 1"
    return None


def explain(outcome: Outcome, estimate: Estimate, positive_clusters: int) -> str:
    """The outcome in a sentence, in shares of the base's value."""
    scale = 100 / abs(estimate.base) if estimate.base else float("nan")
    low, high, margin = (value * scale for value in (estimate.low, estimate.high, estimate.margin))
    fits = f"anything from {low:+.1f} % to {high:+.1f} % fits, margin {-margin:.0f} %"
    if outcome is Outcome.UNCHANGED:
        return "the scores are identical to the bit"
    if outcome is Outcome.PASS and estimate.high < 0:
        return f"slightly worse, within the margin: {fits}"
    if outcome is Outcome.CANNOT_TELL:
        return f"{fits}; {needed(estimate, positive_clusters)}"
    if outcome is Outcome.SUSPICIOUS:
        return f"too good to be true until a person explains it: {fits}"
    if outcome is Outcome.INVALID:
        return "the metric has no value on some of the resamples"
    return fits


def needed(estimate: Estimate, positive_clusters: int) -> str:
    """How many clusters with a positive would settle it, if the difference stayed as it is."""
    room = estimate.delta + estimate.margin
    reach = estimate.delta - estimate.low if room > 0 else estimate.high - estimate.delta
    goal = room if room > 0 else -estimate.delta
    if goal <= 0:
        return "more rows would not settle it: the difference lies on the margin"
    clusters = int(np.ceil(positive_clusters * (reach / goal) ** 2))
    return f"about {clusters} clusters with a positive would settle it (now {positive_clusters})"
