"""The gate's own error rates on this pipeline.

They are of trainings that differ by the seed alone, and of losses of a known size.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from clockwork.compare.build_verdict import settings_digest
from clockwork.compare.built_commit import BuiltCommit, built
from clockwork.compare.measure import ask
from clockwork.compare.paired_scores import Evidence, Floats
from clockwork.gate.question import Question
from clockwork.learning.scores import runs_of
from clockwork.learning.stages.score import score_evaluation
from clockwork.learning.stages.train import train
from clockwork.selftest.audit.degrade import Worse, losses, to_loss
from clockwork.selftest.audit.replay import Draws, Step, Trainings, draw, measure, seed_churn
from clockwork.settings.gate import GateSettings
from clockwork.settings.models import training_settings
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.pinned import data_hash
from clockwork.verdict.parts import Audit, PowerPoint

TRAININGS, DRAWS, POWER_DRAWS = 20, 4000, 1000
LOSSES = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0)  # margins
Begin = Callable[[str, int], Step]


def audited(checkout: Checkout, settings: GateSettings) -> list[str]:
    """The algorithms with seed noise: those that gate and whose seed matters, in `checkout`."""
    source = built(checkout.root)
    return [
        name
        for name, role in settings.algorithms.items()
        if role == "gating" and source.about(name).seeded
    ]


def replay(algorithm: str, settings: GateSettings, commit: str, begin: Begin) -> Audit:
    """The error rates of `algorithm` in the working folder, whose graph has run at `commit`.

    `begin` is called with each part of the work and of its steps, and gives what is to be called
    after each step.
    """
    source = built(Path())
    sizes, question = runs_compared(algorithm, source, settings)
    count = max(TRAININGS, 2 * sizes[1])  # head may need as many as base, and none may be in both
    step = begin(f"{algorithm}: {count} trainings, measured", 2)
    runs = trainings(algorithm, commit, count)
    step()
    evidence = Evidence(source.evaluation, {algorithm: runs}, {}, source.task)
    rows = evidence.rows(settings.block)
    measured = measure(algorithm, runs, rows, evidence.slices(), question)
    step()
    watched = begin(f"{algorithm}: nothing but seed noise", DRAWS)
    draws = draw(measured, measured, question, sizes, DRAWS, watched)
    kinds = losses(source.task, rows.entity, question.seed)
    power = [
        point
        for kind, worse in kinds.items()
        for point in powers(
            measured, kind, worse, runs, sizes, question, begin(f"{algorithm}: {kind}", len(LOSSES))
        )
    ]
    return _summary(
        measured, draws, seed_churn(runs, rows, question, algorithm), source, commit, sizes, power
    )


def _summary(
    measured: Trainings,
    draws: Draws,
    alerts: Floats,
    source: BuiltCommit,
    commit: str,
    sizes: tuple[int, int],
    power: list[PowerPoint],
) -> Audit:
    wrong = sum(outcome.exit_code == 1 for outcome in draws.final)
    exact = binomtest(wrong, len(draws.final)).proportion_ci(method="exact")
    return Audit(
        algorithm=measured.algorithm,
        data=data_hash(source.checkout),
        commit=commit,
        settings=settings_digest(source.checkout),
        trainings=measured.runs,
        head_runs=sizes[0],
        base_runs=sizes[1],
        draws=len(draws.final),
        blocked=wrong / len(draws.final),
        blocked_high=round(float(exact.high), 6),
        cannot_tell_first=draws.share(last=False, code=3),
        cannot_tell=draws.share(last=True, code=3),
        noise=round(float(draws.delta.std(ddof=1)), 6),
        churn=round(float(alerts.mean()), 6),
        minimum_detectable=round(float(draws.minimum_detectable.mean()), 6),
        power=power,
    )


def runs_compared(
    algorithm: str, source: BuiltCommit, settings: GateSettings
) -> tuple[tuple[int, int], Question]:
    """How many runs of head against how many of base, and the question a regression run asks."""
    own, pool = source.about(algorithm).seeds, training_settings(source.root).pool
    deep = replace(source, pooled=frozenset([algorithm])) if pool else source
    return (len(own), len(own) + len(pool)), ask(deep, deep, settings)


def trainings(algorithm: str, commit: str, count: int) -> Floats:
    """The scores (trainings, rows) of many seeds on the evaluation rows.

    They are kept for the next audit of the same commit.
    """
    place = paths.BUILD / "audit" / "trainings" / commit[:12] / algorithm
    known = place / f"{count}.parquet"
    if not known.exists():
        train(algorithm, list(range(1, count + 1)), place, workers=os.cpu_count() or 1)
        score_evaluation(place).to_parquet(known.with_suffix(".draft"), index=False)
        known.with_suffix(".draft").rename(known)
    return np.stack(runs_of(pd.read_parquet(known)))


def powers(
    base: Trainings,
    kind: str,
    worse: Worse,
    runs: Floats,
    sizes: tuple[int, int],
    question: Question,
    step: Step = lambda: None,
) -> list[PowerPoint]:
    """How the primary metric alone is judged where head has lost a known share of it.

    `step` is called for each loss.
    """
    alone, metric = replace(question, guardrails={}), question.task.metrics[question.primary]
    rows, points = base.places[0].rows, []
    base = _primary(base)
    for times in LOSSES:
        loss = times * question.rules.margin
        step()
        try:
            worsened = to_loss(worse, runs, rows, metric, loss)
        except ValueError:  # more than there is to lose
            continue
        head = _primary(measure(base.algorithm, worsened, rows, {}, alone))
        draws = draw(head, base, alone, sizes, POWER_DRAWS)
        passed, unclear, blocked = (draws.share(last=True, code=code) for code in (0, 3, 1))
        points.append(
            PowerPoint(kind=kind, loss=loss, passed=passed, cannot_tell=unclear, blocked=blocked)
        )
    return points


def _primary(trainings: Trainings) -> Trainings:
    # On all rows: a task has parts of its own besides, such as each class.
    return replace(trainings, places=trainings.places[:1], spreads=trainings.spreads[:1])
