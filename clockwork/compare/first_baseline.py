"""A pull request that has nothing to be compared with: its base has no models of these data.

Then the candidate is checked by itself and its figures are reported: they are what the next pull
request starts from.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import yaml

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.checks.experiments import probe_checks
from clockwork.compare.checks.rows import apart_by_time, unseen
from clockwork.compare.measure import attempt
from clockwork.compare.paired_scores import Evidence, Floats
from clockwork.compare.predictions import by_known_cases
from clockwork.gate.catalogue import CheckId
from clockwork.gate.decide import applies
from clockwork.gate.known import faults_of
from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.gate.pairs import measure_at
from clockwork.gate.places import places
from clockwork.gate.question import Question
from clockwork.gate.resamples import Resamples
from clockwork.gate.rows import Rows, Scored
from clockwork.gate.sentinels import check_sentinels
from clockwork.gate.soundness import check_rows, fault
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.gate import GateSettings
from clockwork.settings.strict import parse
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.paths import CONFIGS
from clockwork.support.pinned import DATA

SETTINGS = CONFIGS / "data.yaml"
DEMO = "seeds/fleet.yaml"  # what the template's own data are grown from
MEANT = 0.95  # the share of resamples that a figure's bounds hold
NONE = float("nan")


def without_baseline(checkout: Checkout, base: str) -> str:
    """Why commit `base` has no models of the data of `checkout`; empty where it may have some.

    It may wherever its data are head's, to the byte: another target of the same data is for a
    person to look at.
    """
    if not (checkout / DATA).exists():
        return ""
    settings, pin = (checkout.committed(name, base) for name in (SETTINGS.as_posix(), DATA))
    if settings is None or pin is None:
        return f"base has no {DATA if settings else SETTINGS.as_posix()}"
    if _digest(pin) == _digest((checkout / DATA).read_bytes()):
        return ""
    if checkout.committed(DEMO, base) is not None and not (checkout / DEMO).exists():
        return "base has the models of the template's demo"
    try:
        before, now = (
            parse(yaml.safe_load(settings), DataSettings, "base's settings"),
            data_settings(checkout.root),
        )
    except (BadInput, yaml.YAMLError):  # then a comparison says what is wrong
        return ""
    moved = [
        f"{name} {_shown(was)}, here {_shown(one)}"
        for name, was, one in _meanings(before, now)
        if was != one
    ]
    return f"base's models are of other data: {'; '.join(moved)}" if moved else ""


def _digest(pin: bytes) -> str | bytes:
    try:
        return str(yaml.safe_load(pin)["outs"][0]["md5"])
    except (yaml.YAMLError, KeyError, TypeError, IndexError):
        return pin


def _meanings(before: DataSettings, now: DataSettings) -> Iterator[tuple[str, Any, Any]]:
    yield "task", before.task, now.task
    for name, key in (
        ("target", "label"),
        ("entity", "entity"),
        ("time", "time"),
        ("query", "query"),
        ("key", "key"),
    ):
        yield name, getattr(before.columns, key), getattr(now.columns, key)


def _shown(value: object) -> str:
    return ", ".join(value) or "none" if isinstance(value, list) else str(value or "none")


def alone(head: BuiltCommit) -> Evidence:
    """The evaluation rows and the scores of a candidate that has no baseline."""
    return Evidence(head.evaluation, head.runs(head.evaluation, head.algorithms()), {}, head.task)


def certain(head: BuiltCommit, settings: GateSettings, reason: str, *, quick: bool) -> list[Check]:
    """What needs neither a base nor statistics."""
    return [
        Check(CheckId.FIRST_BASELINE, Outcome.FIRST_BASELINE, f"{reason}, so nothing was compared"),
        *attempt(
            CheckId.UNSEEN_BY_HEAD,
            lambda: [unseen(CheckId.UNSEEN_BY_HEAD, "head", head.evaluation, head)],
        ),
        *attempt(CheckId.ROWS_APART, lambda: [apart_by_time(head)]),
        *attempt(CheckId.KNOWN_ANSWERS, lambda: [by_known_cases(faults_of(head.task))]),
        *attempt(CheckId.EXPERIMENTS, lambda: probe_checks(head, settings, quick=quick)),
    ]


def figures(evidence: Evidence, question: Question, block: int | None) -> list[Check]:
    """Whether the rows and the scores could be judged at all, and every figure of each algorithm.

    `question` is head's own, with head as its base.
    """
    rows = evidence.rows(block)
    sound = check_rows(rows, question.min_positive_clusters, question.task)
    if not sound.outcome.green:
        return [sound]
    resamples = Resamples(rows.entities, question.resamples, question.seed)
    found = [sound]
    for name, gates in question.algorithms.items():
        runs = evidence.head.get(name)
        broken = "head has no scores" if runs is None else fault(rows, runs, runs, question.task)
        if broken or runs is None:
            found.append(Check(CheckId.SCORES, Outcome.INVALID, broken or "", gates, name))
            continue
        threshold, _ = question.thresholds_of(name)
        scored = [Scored(rows, run, threshold) for run in runs]
        if gates and not any(one.id == CheckId.SENTINELS for one in found):
            found.append(check_sentinels(question, scored[0], resamples))
        found += [
            replace(one, algorithm=name, gating=gates)
            for one in _figures(rows, scored, question, resamples)
        ]
    return found


def _figures(
    rows: Rows, runs: list[Scored], question: Question, resamples: Resamples
) -> Iterator[Check]:
    metrics = question.task.metrics
    names = [name for name in question.metrics if name in metrics and applies(name, question, rows)]
    where = list(places(rows, metrics, names, {}, question.slices.min_positive_clusters))
    for place, spread in zip(where, measure_at(where, runs, resamples), strict=True):
        value = float(spread.point.mean())
        outcome = Outcome.FIRST_BASELINE if np.isfinite(value) else Outcome.INVALID
        yield Check(
            CheckId.FIRST_BASELINE,
            outcome,
            _bounds(spread.resampled),
            metric=place.metric.name,
            estimate=_only(value),
        )


def _only(value: float) -> Estimate:
    return Estimate(value, NONE, NONE, NONE, NONE, NONE, NONE, NONE)


def _bounds(resampled: Floats) -> str:
    low, high = np.nanquantile(resampled.mean(axis=0), [(1 - MEANT) / 2, (1 + MEANT) / 2])
    return (
        f"{low:.4g} to {high:.4g} in {MEANT:.0%} of the resamples, "
        f"the mean of {len(resampled)} runs"
    )
