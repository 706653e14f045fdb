"""From the scores of two commits on the same rows to the list of checks that make the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from clockwork.gate.catalogue import CheckId
from clockwork.gate.holm import holm
from clockwork.gate.looks import nominal
from clockwork.gate.noninferiority import judge
from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.gate.pairs import Pair, at_base_rate, pair_up
from clockwork.gate.places import AT_BASE_RATE, Bools, Place, part_of, places
from clockwork.gate.question import Guardrail, Question
from clockwork.gate.resamples import Resamples
from clockwork.gate.rows import Rows, Scored
from clockwork.gate.sentinels import check_sentinels
from clockwork.gate.soundness import check_rows, fault

Floats = npt.NDArray[np.float64]
Runs = Mapping[str, Floats]


def decide(
    question: Question,
    rows: Rows,
    head: Runs,
    base: Runs,
    slices: Mapping[str, Bools] | None = None,
) -> list[Check]:
    """Every check on both commits' scores: (runs, rows) for each algorithm, a run for each seed.

    `slices` mark rows (rows,) by the slice's name.
    """
    soundness = check_rows(rows, question.min_positive_clusters, question.task)
    if not soundness.outcome.green:
        return [soundness]
    resamples = Resamples(rows.entities, question.resamples, question.seed)
    checks = [soundness, *_sentinels(question, rows, base, resamples)]
    for algorithm, gating in question.algorithms.items():
        parts = (slices or {}) if gating else {}
        found = _algorithm(
            algorithm, question, rows, (head.get(algorithm), base.get(algorithm)), parts, resamples
        )
        checks += [replace(check, gating=check.gating and gating) for check in found]
    return checks


def _sentinels(question: Question, rows: Rows, base: Runs, resamples: Resamples) -> list[Check]:
    # On the first gating algorithm whose base can be judged at all; where none can, its own check
    # says so.
    for algorithm, gating in question.algorithms.items():
        if gating and not fault(rows, base.get(algorithm), base.get(algorithm), question.task):
            return [check_sentinels(question, Scored(rows, base[algorithm][0]), resamples)]
    return []


def _algorithm(
    algorithm: str,
    question: Question,
    rows: Rows,
    commits: tuple[Floats | None, Floats | None],
    slices: Mapping[str, Bools],
    resamples: Resamples,
) -> list[Check]:
    head, base = commits
    broken = fault(rows, head, base, question.task)
    if broken or head is None or base is None:
        return [Check(CheckId.SCORES, Outcome.INVALID, broken or "", algorithm=algorithm)]
    of_head, of_base = (
        [Scored(rows, run, at) for run in commit]
        for commit, at in zip((head, base), question.thresholds_of(algorithm), strict=True)
    )
    where = measured_places(question, rows, slices)
    whole = [place for place in where if place.slice is None]
    pairs = [
        *pair_up(of_head, of_base, where, resamples),
        *at_base_rate(of_head, of_base, whole, resamples),
    ]
    measured = {place.slice for place in where}
    thin = [
        _thin(name, rows, keep, question, slices)
        for name, (_, keep) in _parts(question, rows, slices).items()
        if name not in measured
    ]
    names = _names(question, rows)
    untimed = [_untimed(name) for name in question.metrics if name not in names]
    return [
        replace(check, algorithm=algorithm)
        for check in [*rule(pairs, question, algorithm), *thin, *untimed]
    ]


def measured_places(question: Question, rows: Rows, slices: Mapping[str, Bools]) -> list[Place]:
    """Where a question measures: what applies on all rows, and on each slice its own metric."""
    names, parts = _names(question, rows), _parts(question, rows, slices)
    least = question.slices.min_positive_clusters
    return list(places(rows, question.task.metrics, names, parts, least))


def _names(question: Question, rows: Rows) -> list[str]:
    return [
        question.primary,
        *(name for name in question.guardrails if applies(name, question, rows)),
    ]


def _parts(
    question: Question, rows: Rows, slices: Mapping[str, Bools]
) -> dict[str, tuple[str, Bools]]:
    own = {name: (question.primary, keep) for name, keep in slices.items()}
    return {**own, **question.task.parts(rows)}


def applies(metric: str, question: Question, rows: Rows) -> bool:
    """Whether rows have what the metric asks for: a metric of events needs their times."""
    return (
        rows.time is not None or not question.task.metrics[metric.removesuffix(AT_BASE_RATE)].timed
    )


def _untimed(metric: str) -> Check:
    reason = "not evaluable: the data have no time"
    return Check(CheckId.NO_WORSE, Outcome.CANNOT_TELL, reason, gating=False, metric=metric)


def rule(pairs: Sequence[Pair], question: Question, algorithm: str) -> list[Check]:
    """The checks of one algorithm from its measured pairs: primary metric, guardrails, slices."""
    whole = [pair for pair in pairs if pair.slice is None]
    checks = [_primary(whole[0], question, algorithm)]
    checks += _guardrails(whole[1:], question, algorithm)
    return checks + _slices([pair for pair in pairs if pair.slice is not None], question, algorithm)


def _primary(pair: Pair, question: Question, algorithm: str) -> Check:
    rules = question.rules_of(algorithm)
    estimate = pair.estimate(rules)
    outcome = judge(estimate, rules, identical=pair.identical)
    if outcome is Outcome.CANNOT_TELL and estimate.margin < estimate.minimum_detectable / 2:
        outcome = Outcome.INVALID
    return _check(question, pair, estimate, outcome)


def _guardrails(pairs: Sequence[Pair], question: Question, algorithm: str) -> list[Check]:
    """The checks of all guardrails.

    Where only one value of two that a metric has is named, the other never gates.
    """
    named = [pair for pair in pairs if pair.metric.name in question.guardrails]
    others = [pair for pair in pairs if pair.metric.name not in question.guardrails]
    reported = _held(others, question, algorithm)
    return [
        *_held(named, question, algorithm),
        *(replace(check, gating=False) for check in reported),
    ]


def _held(pairs: Sequence[Pair], question: Question, algorithm: str) -> list[Check]:
    # All must pass; that one is beyond doubt is for Holm to say, for each is a further chance of a
    # false alarm.
    base, found = question.rules_of(algorithm), []
    for pair in pairs:
        guardrail = _guardrail(pair.metric.name, question)
        rules = replace(base, margin=guardrail.margin, credible_gain=np.inf)
        found.append((pair, rules, pair.estimate(rules, two_sided=guardrail.two_sided)))
    estimates = [estimate for _, _, estimate in found]
    alarms = _adjusted(estimates, base.alpha_block)
    checks = []
    for (pair, rules, estimate), alarm in zip(found, alarms, strict=True):
        outcome = judge(estimate, rules, identical=pair.identical, alarm=alarm)
        if outcome is Outcome.CANNOT_TELL:
            # By Holm only those that are no surer count against it.
            level = base.alpha_block / sum(one.p_value >= estimate.p_value for one in estimates)
            two_sided = _guardrail(pair.metric.name, question).two_sided
            estimate = pair.settled_at(level, rules, estimate, two_sided=two_sided)
        checks.append(_check(question, pair, estimate, outcome))
    return checks


def _guardrail(metric: str, question: Question) -> Guardrail:
    # The other value of a metric that is named as primary is held to its margin.
    plain = metric.removesuffix(AT_BASE_RATE)
    names = (metric, plain, plain + AT_BASE_RATE)
    found = (question.guardrails[name] for name in names if name in question.guardrails)
    return next(found, Guardrail(question.rules.margin))


def _slices(pairs: Sequence[Pair], question: Question, algorithm: str) -> list[Check]:
    rules = replace(question.rules_of(algorithm), margin=question.slices.margin)
    estimates = [pair.estimate(rules) for pair in pairs]
    alarms = _adjusted(estimates, nominal(question.slices.alpha, question.looks.get(algorithm, 1)))
    return [
        _check(question, pair, estimate, _harmed(pair, estimate, alarm))
        for pair, estimate, alarm in zip(pairs, estimates, alarms, strict=True)
    ]


def _harmed(pair: Pair, estimate: Estimate, alarm: bool) -> Outcome:
    if not np.isfinite((estimate.head, estimate.base, estimate.lower, estimate.upper)).all():
        return Outcome.INVALID
    if pair.identical:
        return Outcome.UNCHANGED
    return Outcome.REGRESSION if alarm and estimate.delta <= -estimate.margin else Outcome.PASS


def _adjusted(estimates: Sequence[Estimate], alpha: float) -> list[bool]:
    # What has no value is invalid by itself; it must not take the others' adjustment away.
    p_values = [
        estimate.p_value if np.isfinite(estimate.p_value) else 0.0 for estimate in estimates
    ]
    return [bool(p_value <= alpha) for p_value in holm(p_values)]


def _check(question: Question, pair: Pair, estimate: Estimate, outcome: Outcome) -> Check:
    facts = replace(estimate, cases=question.task.cases)
    return Check(
        CheckId.NO_WORSE, outcome, metric=pair.metric.name, slice=pair.slice, estimate=facts
    )


def _thin(
    name: str, rows: Rows, keep: Bools, question: Question, slices: Mapping[str, Bools]
) -> Check:
    # A slice that lost its rows hides what became of them; a class may be one that no evaluation
    # row is of.
    if name in slices and not keep.any():
        return Check(
            CheckId.NO_WORSE,
            Outcome.INVALID,
            "there are no evaluation rows of this slice",
            slice=name,
        )
    cases, least = part_of(rows, keep)[0].positive_entities, question.slices.min_positive_clusters
    reason = f"not evaluable: {cases} {question.task.cases}, fewer than {least}"
    return Check(CheckId.NO_WORSE, Outcome.CANNOT_TELL, reason, gating=False, slice=name)
