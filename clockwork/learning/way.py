"""The way of the rows through the graph: what went into each stage, what came out, and why."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from clockwork.learning.about import read_about
from clockwork.learning.tables import ACCOUNT, read_json
from clockwork.support.paths import FEATURES, MODELS, SCORES, SPLIT, VALIDATION

Step = dict[str, Any]


def way_of_rows(root: Path, algorithms: list[str]) -> list[Step]:
    """A step for each stage that has run in the checkout at `root`, in the order of the graph.

    Rows, entities and positives are pairs, before and after; None where a stage does not count
    them, or the task has no positives.
    """
    if not (root / VALIDATION).exists():
        return []
    made = read_json(root / VALIDATION).get("accounts", {})
    steps = [_step("validate", made["read"])] if "read" in made else []
    if (root / FEATURES / ACCOUNT).exists():
        steps.append(_step("features", read_json(root / FEATURES / ACCOUNT)))
    if not (root / SPLIT.parent / ACCOUNT).exists():
        return steps
    split = read_json(root / SPLIT.parent / ACCOUNT)
    steps += [_step("split", one) for one in split.values()]
    for name in algorithms:
        steps += [*_trained(root, name, split["train"]), *_scored(root, name, split["evaluate"])]
    return steps


def _step(stage: str, account: Step) -> Step:
    keys = ("rows", "entities", "positives")
    lost = {column: len(values) for column, values in account.get("lost", {}).items()}
    return {
        "stage": stage,
        "reason": account["reason"],
        "lost": lost,
        **{key: account.get(key) for key in keys},
    }


def _trained(root: Path, name: str, split: Step) -> list[Step]:
    if not (root / MODELS / name).exists():
        return []
    on = read_about(root / MODELS / name).trained_on
    rows, counted = (split["rows"][1], on.get("all")), split["positives"]
    positives = counted and (counted[1], on.get("positive"))
    return [_step(f"train {name}", {"reason": "fitted on", "rows": rows, "positives": positives})]


def _scored(root: Path, name: str, split: Step) -> list[Step]:
    path = root / SCORES / f"{name}.parquet"
    if not path.exists():
        return []
    count = int(pq.read_metadata(path).num_rows)
    return [_step(f"score {name}", {"reason": "scored", "rows": (split["rows"][1], count)})]


def lines(steps: list[Step]) -> list[str]:
    """Where training or scoring got fewer rows than the split has for it, as lines for people."""
    pairs = [
        (step["stage"], step["rows"])
        for step in steps
        if step["stage"].startswith(("train ", "score "))
    ]
    return [
        f"rows: {stage}: {after:,} of {before:,}"
        for stage, (before, after) in pairs
        if before != after
    ]
