"""What the gate is asked of two files, and what it answers: the same call as the pipeline's own."""

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.commands.files.encode import Encoded
from clockwork.commands.files.options import Options
from clockwork.commands.files.read import Columns
from clockwork.compare.predictions import by_known_cases, decided, decisions
from clockwork.gate.catalogue import CheckId
from clockwork.gate.decisions import churn
from clockwork.gate.known import faults_of
from clockwork.gate.noninferiority import Rules
from clockwork.gate.outcome import Check, Outcome
from clockwork.gate.places import AT_BASE_RATE, namable
from clockwork.gate.question import Guardrail, Question, SliceRules
from clockwork.gate.rows import Bools
from clockwork.learning.keys import ENTITY, QUERY, ROW, TARGET, TIME, RowKeys
from clockwork.support.errors import BadInput

Floats = npt.NDArray[np.float64]
ROOM = 0.25  # share of decisions that may change beyond what a new seed changes


def question(encoded: Encoded, columns: Columns, options: Options, digest: str) -> Question:
    """The options as the gate's question; the same rows give the same resamples.

    Raises `BadInput` for no metric.
    """
    task = encoded.task
    sure = task.name == "multiclass" and not columns.classes
    primary = options.primary or ("accuracy" if sure else task.primary)
    guardrails, further = options.guardrails, namable(task.metrics)
    if guardrails is None:
        guardrails = {
            name: Guardrail(margin) for name, margin in task.guardrails.items() if name != primary
        }
    if primary in guardrails:
        raise BadInput(f"--guardrail {primary}: it is the primary metric; keep one")
    for name, known in ((primary, [*task.metrics]), *((one, further) for one in guardrails)):
        if name not in known:
            raise BadInput(f"{task.name} has no metric '{name}', only {', '.join(known)}")
        if encoded.rows.time is None and task.metrics[name.removesuffix(AT_BASE_RATE)].timed:
            raise BadInput(
                f"{name} is of events, and no column is their time in minutes; name it with --time"
            )
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
    """The SHA-256 of the rows: their keys, clusters and targets.

    Of the pipeline's own scores it is the pipeline's.
    """
    own = columns.target == TARGET and {ENTITY, TIME} <= set(table)
    if own and pd.api.types.is_integer_dtype(table[TIME]):
        classes, label = encoded.rows.classes, encoded.rows.label
        target = (
            pd.Categorical(np.array(classes)[label.astype(np.intp)], categories=classes)
            if classes
            else label
        )
        names = [name for name in (ENTITY, TIME, ROW, QUERY) if name in table]
        return RowKeys(table[names].assign(**{TARGET: target})).fingerprint()
    named = pd.util.hash_pandas_object(table[list(columns.meaning)], index=False)
    return hashlib.sha256(named.to_numpy().tobytes()).hexdigest()


def answers(
    asked: Question,
    encoded: Encoded,
    head: Floats,
    base: Floats,
    slices: dict[str, Bools],
    name: str,
) -> list[Check]:
    """Every check on the predictions of both files."""
    task, rows = encoded.task, encoded.rows
    checks = [
        by_known_cases(faults_of(task)),
        *decided(asked, rows, {name: head}, {name: base}, slices),
    ]
    if not any(check.estimate for check in checks):
        return checks
    if len(base) > 1 or not task.alerts:
        return [*checks, decisions(asked, rows, head, base, name, ROOM)]
    changed, _ = churn(head, base, asked.thresholds_of(name))
    message = f"{changed:.1%} of alerts are replaced; base has one run"
    return [*checks, Check(CheckId.DECISIONS, Outcome.PASS, message, False, name)]
