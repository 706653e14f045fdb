"""Two commits -> evidence and checks: the certain, then whether head is no worse on shared rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import pandas as pd

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.checks.data import columns_look_alike, expectations_hold
from clockwork.compare.checks.experiments import probe_checks
from clockwork.compare.checks.known import known_answers
from clockwork.compare.checks.rows import rows_apart, same_rows, shared, unseen_rows
from clockwork.compare.checks.training import same_dependencies, same_training
from clockwork.compare.checks.values import same_values
from clockwork.compare.line_up import all_roles, by_role
from clockwork.compare.line_up import with_all_classes as with_all_classes
from clockwork.compare.paired_scores import Evidence
from clockwork.compare.predictions import decided, decisions
from clockwork.gate.catalogue import CheckId
from clockwork.gate.decide import decide
from clockwork.gate.noninferiority import Rules
from clockwork.gate.outcome import Check, Outcome
from clockwork.gate.question import Guardrail, Question, SliceRules
from clockwork.settings.alerts import threshold
from clockwork.settings.gate import GateSettings
from clockwork.support.errors import BadInput

Result = TypeVar("Result")
# Of an algorithm whose base has its pool: a few of head's runs first, the pool's where they cannot
# tell.
LOOKS = 2
MOST_SLICES = 12
Thresholds = Mapping[str, tuple[float, float]]


def certain_checks(
    head: BuiltCommit, base: BuiltCommit, settings: GateSettings, *, quick: bool
) -> list[Check]:
    """What needs no statistics: the rows, the training, the experiments on head's code."""
    checks = [
        *attempt(CheckId.SAME_ROWS, lambda: [same_rows(head, base)]),
        *attempt(CheckId.UNSEEN_BY_HEAD, lambda: unseen_rows(head, base)),
        *attempt(CheckId.ROWS_APART, lambda: [rows_apart(head, base)]),
        *attempt(CheckId.TRAINED_ON, lambda: same_training(head, base)),
        *attempt(CheckId.EXPECTATIONS_HOLD, lambda: [expectations_hold(head, base)]),
        *attempt(CheckId.COLUMNS_ALIKE, lambda: [columns_look_alike(head, base)]),
        *attempt(CheckId.SAME_VALUES, lambda: [same_values(head, base)]),
        *attempt(CheckId.KNOWN_ANSWERS, lambda: [known_answers(head, base)]),
        *attempt(CheckId.DEPENDENCIES, lambda: [same_dependencies(head, base)]),
        *attempt(CheckId.EXPERIMENTS, lambda: probe_checks(head, settings, quick=quick)),
    ]
    return by_role(checks, all_roles(settings, base.root))


def measured_checks(
    head: BuiltCommit, base: BuiltCommit, evidence: Evidence, settings: GateSettings
) -> list[Check]:
    """Whether head is no worse than base on the rows they share, by every metric and slice."""
    return attempt(
        CheckId.GATE_RUNS, lambda: _measured(ask(head, base, settings), evidence, settings)
    )


def _measured(question: Question, evidence: Evidence, settings: GateSettings) -> list[Check]:
    rows, slices = evidence.rows(settings.block), evidence.slices()
    if len(slices) > MOST_SLICES:
        raise BadInput(
            f"configs/data.yaml: slices have {len(slices)} values; the gate takes {MOST_SLICES}"
        )
    checks = decided(question, rows, evidence.head, evidence.base, slices)
    return [
        *checks,
        *attempt(CheckId.DECISIONS, lambda: changed_decisions(evidence, question, settings.churn)),
    ]


def changed_decisions(evidence: Evidence, question: Question, room: float) -> list[Check]:
    """How many decisions of each algorithm that may decide otherwise than base were replaced.

    To alert is such a decision.
    """
    moved = (
        alerting_otherwise(evidence, question.thresholds)
        if question.task.alerts
        else evidence.moved()
    )
    rows = evidence.rows()
    return [
        decisions(question, rows, evidence.head[name], evidence.base[name], name, room)
        for name in moved
    ]


def alerting_otherwise(evidence: Evidence, at: Thresholds) -> Thresholds:
    """The thresholds of the algorithms whose scores or thresholds differ between the commits."""
    moved, scored = evidence.moved(), set(evidence.head) & set(evidence.base)
    return {
        name: both
        for name, both in at.items()
        if name in moved or (both[0] != both[1] and name in scored)
    }


def thresholds(head: BuiltCommit, base: BuiltCommit) -> Thresholds:
    """The scores of (head, base) from which each algorithm that both have alerts.

    There are none where the task has no alerts.
    """
    if not head.task.alerts:
        return {}
    both = set(head.algorithms()) & set(base.algorithms())
    return {name: (threshold(name, head.root), threshold(name, base.root)) for name in sorted(both)}


def attribution(
    head: BuiltCommit,
    base: BuiltCommit,
    steps: Sequence[tuple[CheckId, BuiltCommit]],
    keys: pd.DataFrame,
    settings: GateSettings,
) -> list[Check]:
    """The primary metric's difference from base to head in `steps`, each with its cause and result.

    All of them scored head's rows, of which `keys` are compared. It is reported, and never gates.
    """
    question, both = replace(ask(head, base, settings), guardrails={}, looks={}), shared(head, base)
    runs, rows = {}, with_all_classes(head.evaluation, base.evaluation)
    for commit in (base, *(commit for _, commit in steps)):
        found = replace(commit, pooled=frozenset()).runs(rows, question.algorithms)
        runs[commit] = {name: scores[:, both] for name, scores in found.items()}
    checks = []
    for (cause, one), other in zip(steps, (base, *(commit for _, commit in steps)), strict=False):
        evidence = Evidence(keys, runs[one], runs[other], task=head.task)
        found_checks = decide(question, evidence.rows(settings.block), evidence.head, evidence.base)
        # Without the metric's name, for it is no verdict of the gate on that metric.
        checks += [
            replace(one, id=cause, gating=False, metric=None) for one in found_checks if one.metric
        ]
    return checks


def attempt(check: CheckId, ask: Callable[[], list[Check]]) -> list[Check]:
    """The checks that `ask` gives; where it raises, one that is never green."""
    result = tried(check, ask)
    return [result] if isinstance(result, Check) else result


def tried(check: CheckId, ask: Callable[[], Result]) -> Result | Check:
    """What `ask` gives; where it raises, a check that is never green."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - whatever it was, the verdict must say so
        reason = str(error) if isinstance(error, BadInput) else f"{type(error).__name__}: {error}"
        return Check(check, Outcome.INVALID, f"this check could not run: {reason}")


def ask(head: BuiltCommit, base: BuiltCommit, settings: GateSettings) -> Question:
    """The settings as the gate's question; its seed makes the same rows give the same verdict."""
    roles = all_roles(settings, base.root)
    return Question(
        algorithms=roles,
        primary=settings.primary,
        guardrails={
            name: Guardrail(one.margin, one.two_sided) for name, one in settings.guardrails.items()
        },
        slices=SliceRules(
            settings.slices.margin, settings.slices.alpha, settings.slices.min_positive_clusters
        ),
        rules=Rules(
            settings.margin, settings.alpha_pass, settings.alpha_block, settings.credible_gain
        ),
        resamples=settings.resamples,
        min_positive_clusters=settings.min_positive_clusters,
        seed=int(head.fingerprint[:8], 16),
        thresholds=thresholds(head, base),
        looks=dict.fromkeys(base.pooled, LOOKS),
        task=head.task,
    )
