"""What the gate says of the predictions of two models for the same rows.

It says the same in a pull request and of two files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from clockwork.gate.catalogue import CheckId
from clockwork.gate.decide import Floats, Runs, decide
from clockwork.gate.decisions import check_churn, check_replaced
from clockwork.gate.outcome import Check, Outcome
from clockwork.gate.question import Question
from clockwork.gate.rows import Bools, Rows
from clockwork.gate.tasks.ranking import judged_at
from clockwork.gate.tasks.task import Task
from clockwork.support.errors import BadInput
from clockwork.verdict.parts import Evaluation


def by_known_cases(faults: Sequence[str]) -> Check:
    """Whether metrics give known cases their known values, by the `faults` that were found.

    A wrong metric praises a wrong model.
    """
    if faults:
        message = f"known cases differ ({len(faults)}): {'; '.join(faults[:3])}"
        return Check(CheckId.KNOWN_ANSWERS, Outcome.INVALID, message)
    message = "perfect, constant, tied and reversed scores have the values they must have"
    return Check(CheckId.KNOWN_ANSWERS, Outcome.PASS, message)


def decided(
    question: Question, rows: Rows, head: Runs, base: Runs, slices: Mapping[str, Bools]
) -> list[Check]:
    """Whether head is no worse by every metric and slice.

    Of a ranking also whether its items were judged at all. Raises `BadInput` where a slice has the
    name of one that the task has by itself.
    """
    twice = next((name for name in question.task.parts(rows) if name in slices), None)
    if twice:
        raise BadInput(
            f"two slices are called '{twice}', a column's and the task's own; rename the column"
        )
    checks = decide(question, rows, head, base, slices)
    if question.task.name != "ranking" or not np.isnan(rows.label).any():
        return checks
    return checks + [
        replace(_items_judged(rows, head[name], base[name]), algorithm=name, gating=gates)
        for name, gates in question.algorithms.items()
        if name in head and name in base
    ]


def _items_judged(rows: Rows, head: Floats, base: Floats) -> Check:
    on_head, on_base = (
        float(np.mean([judged_at(rows, run) for run in runs])) for runs in (head, base)
    )
    message = f"{on_head:.1%} of head's first ten items have a judgement, {on_base:.1%} of base's"
    return Check(
        CheckId.ITEMS_JUDGED,
        Outcome.PASS if on_head >= on_base else Outcome.NOT_COMPARABLE,
        message,
    )


def decisions(
    question: Question, rows: Rows, head: Floats, base: Floats, name: str, room: float
) -> Check:
    """How many decisions of algorithm `name` differ from base's, beside what a new seed changes.

    It never gates.
    """
    if question.task.alerts:
        check = check_churn(head, base, question.thresholds_of(name), room)
    else:
        check = check_replaced(question.task, rows, head, base, room)
    return replace(check, algorithm=name)


def evaluation(task: Task, rows: Rows, fingerprint: str, cluster: str) -> Evaluation:
    """The evaluation rows as the verdict names them; rows of a task without positives all count."""
    return Evaluation(
        fingerprint=fingerprint,
        rows=len(rows.label),
        positives=int((rows.label > 0).sum()) if task.positives else len(rows.label),
        clusters=rows.entities,
        positive_clusters=rows.positive_entities,
        cluster=cluster,
        cases=task.cases,
        task=task.name,
    )
