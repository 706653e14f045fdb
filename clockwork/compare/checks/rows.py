"""Are both commits evaluated on the same rows, seen by neither and apart from the training rows?"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.compare.built_commit import BuiltCommit
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.learning.keys import ENTITY, TARGET, TIME, RowKeys
from clockwork.settings.data import data_settings
from clockwork.settings.features import feature_settings
from clockwork.support.errors import BadInput
from clockwork.support.pinned import data_hash

GONE = 0.02  # share of base's evaluation rows that head's period may lack
KEPT = 0.25  # share of base's evaluation rows that must be head's, too
Bools = npt.NDArray[np.bool_]


def shared(head: BuiltCommit, base: BuiltCommit) -> Bools:
    """Which of head's evaluation rows (rows,) base has, too, with the same label or with none.

    Those are the rows that both are evaluated on.
    """
    if head.fingerprint == base.fingerprint:
        return np.ones(len(head.evaluation), dtype=np.bool_)
    at = RowKeys(base.evaluation).places(RowKeys(head.evaluation))
    label, base_label = _labels(head.evaluation), _labels(base.evaluation)[at]
    same = (label == base_label) | (pd.isna(label) & pd.isna(base_label))
    return np.asarray((at >= 0) & same, dtype=np.bool_)


def same_rows(head: BuiltCommit, base: BuiltCommit) -> Check:
    """Whether head is evaluated on base's rows and labels; on those of both, where data changed."""
    if head.task is not base.task:
        return _others(
            f"head's task is {head.task.name}, base's {base.task.name}: an owner must look"
        )
    head_rows, base_rows = head.evaluation, base.evaluation
    lost = [name for name in base_rows.columns if name not in head_rows.columns]
    if lost:
        return _others(f"base's slices by {', '.join(lost)} are gone: an owner must look")
    same = head.fingerprint == base.fingerprint
    if same and any(
        _differ(head_rows[name], base_rows[name]) for name in RowKeys(base_rows).slices
    ):
        return _others("evaluation rows are of another slice than on base: an owner must look")
    if same:
        return Check(CheckId.SAME_ROWS, Outcome.PASS, f"{len(head_rows)} rows, the same as base's")
    if data_hash(head.checkout) == data_hash(base.checkout):
        return _others(f"{_moved(head_rows, base_rows)}, on the same data: an owner must look")
    both = int(shared(head, base).sum())
    relabelled = _known(head_rows, base_rows) - both
    # Earlier rows are old, later ones cut off.
    within = base_rows[base_rows[TIME] >= head_rows[TIME].min()]
    gone = len(within) - _known(within, head_rows)
    if relabelled:
        return _others(f"{relabelled} evaluation rows have another label than on base")
    if not both:
        return _others("the data changed, and no evaluation row is base's, too")
    if both < KEPT * len(base_rows):
        return _others(f"only {both} of base's {len(base_rows)} evaluation rows are head's, too")
    if gone > GONE * len(within):
        return _others(f"{gone} of base's {len(within)} evaluation rows are no longer among head's")
    new = len(head_rows) - both
    message = (
        "the data changed: "
        f"{both} evaluation rows of both count, {new} new ones wait for the next baseline"
    )
    return Check(CheckId.SAME_ROWS, Outcome.PASS, message)


def _others(message: str) -> Check:
    return Check(CheckId.SAME_ROWS, Outcome.NOT_COMPARABLE, message)


def _differ(head: pd.Series, base: pd.Series) -> bool:
    one = head.astype("category")
    other = base.astype("category").cat.set_categories(one.cat.categories)
    return bool((one.cat.codes.to_numpy() != other.cat.codes.to_numpy()).any())


def _labels(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    # Numbers or names of classes, of which two commits may know different ones; NaN where an item
    # of a list was not judged.
    return rows[TARGET].to_numpy(dtype=object)


def _known(rows: pd.DataFrame, others: pd.DataFrame) -> int:
    # How many of `rows` are among `others`.
    return int((RowKeys(others).places(RowKeys(rows)) >= 0).sum())


def _moved(head_rows: pd.DataFrame, base_rows: pd.DataFrame) -> str:
    known = _known(head_rows, base_rows)
    lines = [
        (
            f"head has {len(head_rows)} evaluation rows, "
            f"base {len(base_rows)}, {known} of them the same"
        )
    ]
    for column in RowKeys(head_rows).slices:
        counts = pd.DataFrame(
            {"head": head_rows[column].value_counts(), "base": base_rows[column].value_counts()}
        ).fillna(0)
        lines += [
            f"{column} {name}: {row['head']:.0f} of {row['base']:.0f}"
            for name, row in counts.iterrows()
        ][:2]
    return "; ".join(lines)


def unseen_rows(head: BuiltCommit, base: BuiltCommit) -> list[Check]:
    """Whether either commit trained on evaluation rows."""
    return [
        unseen(CheckId.UNSEEN_BY_HEAD, "head", head.evaluation, head),
        unseen(CheckId.UNSEEN_BY_BASE, "base", head.evaluation, base),
    ]


def unseen(check: CheckId, name: str, rows: pd.DataFrame, commit: BuiltCommit) -> Check:
    """Whether `commit`, which is called `name`, trained on none of the evaluation rows."""
    seen = _known(rows, commit.training)
    outcome = Outcome.NOT_COMPARABLE if seen else Outcome.PASS
    message = (
        f"{name} trained on {seen} of the evaluation rows"
        if seen
        else f"{name} trained on none of them"
    )
    return Check(check, outcome, message)


def rows_apart(head: BuiltCommit, base: BuiltCommit) -> Check:
    """Whether no window of an evaluation row reaches a training row.

    It also asks whether no more entities are on both sides than on base.
    """
    window = max(feature_settings(commit.root).history for commit in (head, base))
    both, before = (_on_both_sides(commit) for commit in (head, base))
    check = _apart(head, window, both)
    moved = (both - before) & (_names(base.training) | _names(base.evaluation))
    if check.outcome.green and moved:
        message = (
            f"{len(moved)} entities are in training and evaluation, "
            f"on base in one, such as '{min(moved)}'"
        )
        return Check(CheckId.ROWS_APART, Outcome.SUSPICIOUS, message)
    return check


def apart_by_time(head: BuiltCommit) -> Check:
    """Whether no window of an evaluation row of head reaches a training row."""
    return _apart(head, feature_settings(head.root).history, _on_both_sides(head))


def _apart(head: BuiltCommit, window: int, both: set[str]) -> Check:
    if head.training.empty:
        raise BadInput("head trained on no row")
    by = data_settings(head.root).splits_by
    fault, apart = (
        _in_time(head, window) if by in ("time", "both") else _by_entity(both, window, by)
    )
    if fault:
        return Check(CheckId.ROWS_APART, Outcome.SUSPICIOUS, fault)
    return Check(CheckId.ROWS_APART, Outcome.PASS, f"{apart}; {len(both)} entities on both sides")


def _in_time(commit: BuiltCommit, window: int) -> tuple[str, str]:
    # What is wrong, empty where nothing is; and what is right.
    gap = int(commit.evaluation[TIME].min()) - int(commit.training[TIME].max())
    if gap < window:
        fault = (
            f"evaluation begins {gap} minutes after training, "
            f"and windows reach back {window}; raise the embargo"
        )
        return fault, ""
    return "", f"{gap} minutes between them, no window is longer than {window}"


def _by_entity(both: set[str], window: int, by: str) -> tuple[str, str]:
    if window and both:
        fault = (
            f"windows reach back {window} minutes, "
            f"into training rows of {len(both)} entities that evaluate, too"
        )
        return f"{fault}, such as '{min(both)}'; split by time, or by entity", ""
    return "", f"split by {by}"


def _on_both_sides(commit: BuiltCommit) -> set[str]:
    return _names(commit.training) & _names(commit.evaluation)


def _names(rows: pd.DataFrame) -> set[str]:
    return set(map(str, rows[ENTITY].unique()))
