"""What MLflow must hold for a verdict: a parent run, a child per algorithm, nothing sent yet."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Self

from clockwork.compare.checks.experiments import SKIPPED
from clockwork.gate.outcome import SEVERITY, Check, Estimate
from clockwork.tracking import texts
from clockwork.tracking.inputs import Input, inputs
from clockwork.verdict.parts import Document
from clockwork.verdict.schema import Verdict

KEY = "clockwork.key"
QUICK = "quick"
ELSEWHERE = "red.elsewhere"
RED = "red.checks"
SHOWN = ("", "delta.")


class Child(Document):
    """The run of one algorithm. Every metric is finite; other values became `missing.<m>` tags."""

    name: str
    tags: dict[str, str]
    metrics: dict[str, float]
    params: dict[str, str]

    def with_tags(self, more: Mapping[str, str]) -> Self:
        """The same with further tags."""
        return self.model_copy(update={"tags": {**self.tags, **texts.tags(more)}})


class Record(Document):
    """All of one regression run, with its parent's tags and metrics.

    `started` and `ended` are milliseconds. `columns` are the metrics to show in a table: of the
    parent first, then of the children. `inputs` are the rows that all of its runs stand on.
    """

    key: str
    experiment: str
    name: str
    started: int
    ended: int
    tags: dict[str, str]
    metrics: dict[str, float]
    children: list[Child]
    primary: str | None
    columns: list[str]
    inputs: list[Input] = []

    def with_tags(self, more: Mapping[str, Mapping[str, str]]) -> Self:
        """The same with further tags of its children, by their algorithms."""
        children = [
            child.with_tags(more.get(child.tags["algorithm"], {})) for child in self.children
        ]
        return self.model_copy(update={"children": children})


def record(verdict: Verdict, now: datetime, key: str, experiment: str) -> Record:
    """What MLflow must hold for `verdict`, which ended at `now`.

    `key` makes it known again when sent twice.
    """
    names = _metric_names(verdict)
    children = [
        _child(verdict, name, key, {"primary": names[0] if names else None})
        for name in verdict.algorithms()
    ]
    metrics = {
        f"{child.name}/{name}": value
        for child in children
        for name, value in _headline(child, names)
    }
    ended = round(now.astimezone(UTC).timestamp() * 1000)
    return Record(
        key=key,
        experiment=experiment,
        name=_run_name(verdict),
        started=ended - round(1000 * verdict.seconds.get("total", sum(verdict.seconds.values()))),
        ended=ended,
        tags=texts.tags(_parent_tags(verdict, key)),
        metrics=metrics,
        children=children,
        primary=names[0] if names else None,
        columns=[*(name for name in metrics if "/delta." in name), *_columns(names)],
        inputs=inputs(verdict),
    )


def _columns(names: list[str]) -> list[str]:
    # A table takes so many: head's value of the primary metric, and the difference of each.
    return names[:1] + [f"delta.{name}" for name in names]


def _run_name(verdict: Verdict) -> str:
    parts = [short_sha(verdict.head.sha), "regression"]
    if verdict.context.pull_request:
        parts.insert(0, f"PR {verdict.context.pull_request}")
    return " · ".join(parts)


def short_sha(sha: str) -> str:
    """A commit as people say it: seven letters."""
    return sha[:7]


def _common_tags(verdict: Verdict, key: str) -> dict[str, str | None]:
    context = verdict.context
    return {
        KEY: key,
        "pr": context.pull_request,
        "branch": context.branch,
        "head": verdict.head.sha,
        "base": verdict.base.sha if verdict.base else None,
        # Where a CI system judged a merge, `head` is that and this is what people pushed.
        "commit": context.commit or verdict.head.sha,
        "ci": context.ci,
        "build_url": context.build_url,
        "mlflow.source.name": "make regression",
        "mlflow.source.type": "LOCAL" if context.ci == "local" else "JOB",
        "mlflow.source.git.commit": verdict.head.sha,
        "mlflow.source.git.branch": context.branch,
    }


def _parent_tags(verdict: Verdict, key: str) -> dict[str, str | None]:
    trained = verdict.commits.get("head")
    seeds = sorted({seed for some in trained.seeds.values() for seed in some}) if trained else []
    return {
        **_common_tags(verdict, key),
        "data": trained.data if trained else None,
        "lock": trained.dependencies if trained else None,
        "seed": texts.seeds(seeds),
        "verdict": verdict.outcome,
        "exit_code": str(verdict.exit_code),
        QUICK: "yes" if quick(verdict) else None,
        RED: _not_green(verdict.checks),
        "mlflow.note.content": texts.note(verdict.head.subject, verdict.summary),
    }


def quick(verdict: Verdict) -> bool:
    """Whether the experiments on head's code were left out."""
    return any(
        check.id == SKIPPED.id and check.outcome is SKIPPED.outcome for check in verdict.checks
    )


def _child(verdict: Verdict, algorithm: str, key: str, more: Mapping[str, str | None]) -> Child:
    checks = verdict.checks_of(algorithm)
    trained = verdict.commits.get("head")
    numbers = _numbers(checks)
    gating = [check for check in checks if check.gating]
    notable = [check for check in checks if check.estimate or not check.outcome.green]
    tags = {
        **_common_tags(verdict, key),
        "algorithm": algorithm,
        "gating": "yes" if gating else "no",
        "seed": texts.seeds(trained.seeds.get(algorithm, []) if trained else []),
        # What is only reported of a gating algorithm, such as how many alerts moved, makes no
        # verdict of it.
        "verdict": max((check.outcome for check in gating or checks), key=SEVERITY.index),
        RED: _not_green(gating),
        ELSEWHERE: "yes" if _open_elsewhere(verdict, algorithm) else None,
        "mlflow.note.content": texts.note(
            *(f"{check.title}: {check.message}" for check in notable)
        ),
        **more,
        **{
            f"missing.{name}": str(value)
            for name, value in numbers.items()
            if not math.isfinite(value)
        },
    }
    return Child(
        name=texts.plain(algorithm),
        tags=texts.tags(tags),
        metrics={name: value for name, value in numbers.items() if math.isfinite(value)},
        params=texts.params(trained.params.get(algorithm, {}) if trained else {}),
    )


def _not_green(checks: Iterable[Check]) -> str:
    return ", ".join(
        sorted({check.id for check in checks if check.gating and not check.outcome.green})
    )


def _open_elsewhere(verdict: Verdict, algorithm: str) -> bool:
    # Whether the verdict is not green for other algorithms alone: neither for this one nor for
    # what concerns them all.
    of = {check.algorithm for check in verdict.checks if check.gating and not check.outcome.green}
    return bool(of) and of.isdisjoint({algorithm, None})


def _numbers(checks: Iterable[Check]) -> dict[str, float]:
    measured, numbers = [check for check in checks if check.estimate], dict[str, float]()
    slices = texts.keys(check.slice for check in measured if check.slice)
    for check in measured:
        if check.estimate and check.metric:
            # MLflow's charts make a section of what stands before a slash: so every slice gets its
            # own.
            section = f"{slices[check.slice]}/" if check.slice else ""
            for prefix, value in _values(check.estimate).items():
                numbers.setdefault(f"{section}{prefix}{texts.plain(check.metric)}", value)
    return numbers


def _values(estimate: Estimate) -> dict[str, float]:
    return {
        "": estimate.head,
        "baseline.": estimate.base,
        "delta.": estimate.delta,
        "delta_low.": estimate.lower,
        "delta_high.": estimate.upper,
    }


def _headline(child: Child, names: list[str]) -> list[tuple[str, float]]:
    # MLflow's table keeps children folded: the primary metric of each stands on the parent, too.
    shown = [prefix + name for name in names[:1] for prefix in SHOWN]
    return [(name, child.metrics[name]) for name in shown if name in child.metrics]


def _metric_names(verdict: Verdict) -> list[str]:
    primary = verdict.rules.primary if verdict.rules else ""
    names = [
        check.metric
        for check in verdict.checks
        if check.metric and check.estimate and not check.slice
    ]
    return sorted(map(texts.plain, dict.fromkeys(names)), key=lambda name: name != primary)
