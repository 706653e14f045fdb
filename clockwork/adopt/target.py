"""What is to be predicted: which task it is, and which of two values counts as positive."""

from typing import Any

import pandas as pd

from clockwork.adopt.guess import GIVEN, Given, Guess
from clockwork.adopt.inspect import Column
from clockwork.gate.registry import TASKS
from clockwork.learning.tasks.multiclass import MOST as MOST_CLASSES

PIPELINE = tuple(name for name in TASKS if name != "answers")
FEW_CLASSES = 10
# fmt: off
POSITIVE = (
    "yes", "true", "t", "y", "positive", "pos", "on", "bad", "fail", "failed", "failure", "fault",
    "churned", "churn", "fraud", "spam", "default", "defaulted", "malignant", "sick", "ill", "died",
    "dead", "late", "left", "gone", "anomaly", "abnormal", "attack", "hit", "won", "bought",
    "clicked", "converted", "cancelled",
)
NEGATIVE = (
    "0", "no", "false", "f", "n", "negative", "neg", "off", "good", "ok", "passed", "none",
    "benign", "healthy", "alive", "normal", "ham", "stayed", "active", "miss", "lost", "legit",
    "legitimate", "on time", "-1",
)
# fmt: on


def task_of(column: Column, query: str | None, given: Given) -> Guess:
    """Which task the target is for."""
    if given.task is not None:
        return Guess("task", given.task, GIVEN)
    if query is not None and column.kind in ("number", "whole number"):
        return Guess(
            "task", "ranking", f"rows of one '{query}' are a list, and '{column.name}' is a number"
        )
    if column.distinct == 2:
        return Guess("task", "binary", f"'{column.name}' has two values")
    if column.kind in ("text", "truth value"):
        return Guess(
            "task", "multiclass", f"'{column.name}' has {column.distinct} values that are text"
        )
    if column.kind == "whole number" and column.distinct <= FEW_CLASSES:
        ask = (
            f"'{column.name}' has {column.distinct} whole numbers: "
            "classes, or an amount (--task regression)?"
        )
        return Guess(
            "task",
            "multiclass",
            f"'{column.name}' has {column.distinct} whole numbers only",
            ask,
            0.6,
        )
    return Guess("task", "regression", f"'{column.name}' is a number of {column.distinct:,} values")


def positive_of(column: Column, values: "pd.Series[Any]", given: Given) -> Guess:
    """Which of the two values counts as positive; None where they are 0 and 1 already."""
    if given.positive is not None:
        return Guess("positive", given.positive, GIVEN)
    if column.kind in ("whole number", "number", "truth value") and set(
        values.dropna().unique()
    ) <= {0, 1}:
        return Guess("positive", None, "the target is 0/1 already")
    counts = values.value_counts()
    one, other = counts.index.tolist()
    for value, rest in ((one, other), (other, one)):
        if _word(value) in POSITIVE or _word(rest) in NEGATIVE:
            return Guess(
                "positive", _plain(value), f"'{value}' is what is looked for, rather than '{rest}'"
            )
    rare = counts.index[-1]
    ask = f"which value of '{column.name}' is looked for, '{one}' or '{other}'? (--positive)"
    return Guess(
        "positive", _plain(rare), f"'{rare}' is the rarer of '{one}' and '{other}'", ask, 0.8
    )


def problems_of(column: Column, task: str, values: "pd.Series[Any]") -> list[str]:
    """Why this column cannot be the target of this task, each with what to do."""
    name, found = column.name, []
    if task not in PIPELINE:
        found.append(
            f"--task {task}: there is no such task in the pipeline, only {', '.join(PIPELINE)}"
        )
    if column.missing and task != "ranking":
        at = int(values.isna().to_numpy().argmax())
        found.append(
            f"target '{name}': {column.missing} rows have none, the first is row {at}; "
            "keep labelled rows only, or leave them out by --unlabelled drop"
        )
    if column.distinct < 2:
        found.append(f"target '{name}' has one value only; there is nothing to learn")
    if task == "binary" and column.distinct > 2:
        found.append(
            f"target '{name}' has {column.distinct} values, not two; "
            "drop rows, or take another --task"
        )
    if task == "multiclass" and column.distinct > MOST_CLASSES:
        found.append(
            f"target '{name}' has {column.distinct} values, "
            "which are names and no classes; merge some"
        )
    if task in ("regression", "ranking") and column.kind not in ("number", "whole number"):
        found.append(
            f"target '{name}' is {column.typed}, and {task} needs a number; "
            "convert it, or take another --task"
        )
    return found


def _word(value: Any) -> str:
    return str(value).strip().lower().removesuffix(".0")


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
