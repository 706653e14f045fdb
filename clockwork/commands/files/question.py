"""What the gate is asked of two files, and what it answers: the same call as the pipeline's own."""

import hashlib
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.commands.files.encode import Encoded
from clockwork.commands.files.options import Options
from clockwork.commands.files.read import Columns
from clockwork.compare.paired_scores import fingerprint
from clockwork.gate import known
from clockwork.gate.catalogue import CheckId
from clockwork.gate.decide import Guardrail, Question, SliceRules, decide
from clockwork.gate.decisions import check_replaced
from clockwork.gate.noninferiority import Rules
from clockwork.gate.outcome import Check, Outcome
from clockwork.gate.pairs import AT_BASE_RATE
from clockwork.gate.rows import Bools
from clockwork.gate.tasks.ranking import judged_at
from clockwork.gate.tasks.task import Task, faults
from clockwork.support.errors import BadInput

Floats = npt.NDArray[np.float64]
ROOM = 0.25  # share of decisions that may change beyond what a new seed changes


def question(encoded: Encoded, columns: Columns, options: Options, digest: str) -> Question:
    """The options as the gate's question; the same rows give the same resamples. Raises `BadInput` for no metric."""
    task = encoded.task
    sure = task.name == "multiclass" and not columns.classes
    primary = options.primary or ("accuracy" if sure else task.primary)
    guardrails = options.guardrails
    if guardrails is None:
        guardrails = {name: Guardrail(margin) for name, margin in task.guardrails.items() if name != primary}
    for name in (primary, *guardrails):
        if name.removesuffix(AT_BASE_RATE) not in task.metrics:
            raise BadInput(f"{task.name} has no metric '{name}', only {', '.join(task.metrics)}")
    return Question(
        algorithms={options.name: True},
        primary=primary,
        guardrails=guardrails,
        slices=SliceRules(options.slice_margin, 0.05, options.slice_clusters),
        rules=Rules(options.margin, options.alpha_pass, options.alpha_block, options.credible_gain),
        resamples=options.resamples,
        min_positive_clusters=options.clusters,
        seed=int(digest[:8], 16),
        thresholds={options.name: (options.threshold, options.threshold)},
        task=task,
    )


def digest_of(table: pd.DataFrame, columns: Columns, encoded: Encoded) -> str:
    """The SHA-256 of the rows: their keys, clusters and targets. It is the pipeline's own where rows are its rows."""
    if encoded.rows.time is not None and encoded.names is not None:
        rows = encoded.rows
        return fingerprint(pd.DataFrame({"entity": encoded.names, "time": rows.time, "label": rows.label}))
    named = pd.util.hash_pandas_object(table[list(columns.meaning)], index=False)
    return hashlib.sha256(named.to_numpy().tobytes()).hexdigest()


def answers(
    asked: Question, encoded: Encoded, head: Floats, base: Floats, slices: dict[str, Bools], name: str
) -> list[Check]:
    """Every check on the predictions of both files."""
    task, rows = encoded.task, encoded.rows
    wrong = known.faults() if task.name == "binary" else faults(task)
    message = "; ".join(wrong[:3]) or "perfect, constant, tied and reversed predictions have the values they must have"
    checks = [Check(CheckId.KNOWN_ANSWERS, Outcome.INVALID if wrong else Outcome.PASS, message)]
    checks += decide(asked, rows, {name: head}, {name: base}, slices)
    if any(check.estimate for check in checks):
        checks.append(replace(check_replaced(task, rows, head, base, ROOM), algorithm=name))
    return [*checks, *_judged(task, encoded, head, base)]


def _judged(task: Task, encoded: Encoded, head: Floats, base: Floats) -> list[Check]:
    if task.name != "ranking" or not np.isnan(encoded.rows.label).any():
        return []
    ours, theirs = (float(np.mean([judged_at(encoded.rows, run) for run in runs])) for runs in (head, base))
    fair = ours >= theirs
    message = f"{ours:.1%} of head's first ten items have a judgement, {theirs:.1%} of base's"
    return [Check(CheckId.ITEMS_JUDGED, Outcome.PASS if fair else Outcome.NOT_COMPARABLE, message)]
