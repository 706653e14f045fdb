"""Are both arms judged by the same rows, did neither see them, and are they apart from the training rows?"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.compare.built_commit import BuiltCommit
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.settings.features import feature_settings

GONE = 0.02  # share of base's judging rows that head's period may lack
KEPT = 0.25  # share of base's judging rows that must judge head, too
Bools = npt.NDArray[np.bool_]


def shared(head: BuiltCommit, base: BuiltCommit) -> Bools:
    """Which of head's judging rows (rows,) base has, too, with the same label: those that both are judged by."""
    if head.fingerprint == base.fingerprint:
        return np.ones(len(head.judging), dtype=np.bool_)
    known = _matched(head.judging, base.judging)
    return (known["theirs"] == known["label"]).to_numpy()


def same_rows(head: BuiltCommit, base: BuiltCommit) -> Check:
    """Whether head is judged by base's rows and labels; by those that both have, where the data changed."""
    ours, theirs = head.judging, base.judging
    lost = [name for name in theirs.columns if name not in ours.columns]
    if lost:
        return _others(f"base's slices by {', '.join(lost)} are gone: an owner must look")
    same = head.fingerprint == base.fingerprint
    if same and any(_differ(ours[name], theirs[name]) for name in _slices(theirs)):
        return _others("judging rows are of another slice than on base: an owner must look")
    if same:
        return Check(CheckId.SAME_ROWS, Outcome.PASS, f"{len(ours)} rows, the same as base's")
    if head.document().data == base.document().data:
        return _others(f"{_moved(ours, theirs)}, on the same data: an owner must look")
    both = int(shared(head, base).sum())
    relabelled = int(_matched(ours, theirs)["theirs"].notna().sum()) - both
    within = theirs[theirs["time"] >= ours["time"].min()]  # what came before is old, what came after was cut off
    gone = int(_matched(within, ours)["theirs"].isna().sum())
    if relabelled:
        return _others(f"{relabelled} judging rows have another label than on base")
    if not both:
        return _others("the data changed, and no judging row is base's, too")
    if both < KEPT * len(theirs):
        return _others(f"only {both} of base's {len(theirs)} judging rows judge head, too")
    if gone > GONE * len(within):
        return _others(f"{gone} of base's {len(within)} judging rows are gone from the data")
    said = f"the data changed: {both} rows that both have judge, {len(ours) - both} new ones wait for the next baseline"
    return Check(CheckId.SAME_ROWS, Outcome.PASS, said)


def _others(said: str) -> Check:
    return Check(CheckId.SAME_ROWS, Outcome.NOT_COMPARABLE, said)


def _slices(rows: pd.DataFrame) -> list[str]:
    return [name for name in rows.columns if name not in ("entity", "time", "label")]


def _differ(ours: pd.Series, theirs: pd.Series) -> bool:
    one = ours.astype("category")
    other = theirs.astype("category").cat.set_categories(one.cat.categories)
    return bool((one.cat.codes.to_numpy() != other.cat.codes.to_numpy()).any())


def _matched(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    # `ours` with the label that `theirs` gives each row, NaN where it has no such row.
    left, right = (frame[["entity", "time", "label"]].astype({"entity": str}) for frame in (ours, theirs))
    return left.merge(right.rename(columns={"label": "theirs"}), on=["entity", "time"], how="left")


def _moved(ours: pd.DataFrame, theirs: pd.DataFrame) -> str:
    known = _matched(ours, theirs)["theirs"].notna().sum()
    told = [f"head is judged by {len(ours)} rows, base by {len(theirs)}, {known} of them the same"]
    for column in _slices(ours):
        counts = pd.DataFrame({"head": ours[column].value_counts(), "base": theirs[column].value_counts()}).fillna(0)
        told += [f"{column} {name}: {row['head']:.0f} of {row['base']:.0f}" for name, row in counts.iterrows()][:2]
    return "; ".join(told)


def unseen_rows(head: BuiltCommit, base: BuiltCommit) -> list[Check]:
    """Whether either arm trained on rows that judge."""
    checks = []
    for check, name, arm in ((CheckId.UNSEEN_BY_HEAD, "head", head), (CheckId.UNSEEN_BY_BASE, "base", base)):
        seen = len(_matched(head.judging, arm.training().assign(label=0))["theirs"].dropna())
        outcome = Outcome.NOT_COMPARABLE if seen else Outcome.PASS
        said = f"{name} trained on {seen} of the judging rows" if seen else f"{name} trained on none of them"
        checks.append(Check(check, outcome, said))
    return checks


def rows_apart(head: BuiltCommit, base: BuiltCommit) -> Check:
    """Whether no window of a judging row reaches a training row, and no more entities are on both than on base."""
    window = max(max(feature_settings(arm.root).windows) for arm in (head, base))
    gap = int(head.judging["time"].min()) - int(head.training()["time"].max())
    both, before = (_on_both_sides(arm) for arm in (head, base))
    moved = (both - before) & _entities(base)
    if gap < window:
        said = f"judging begins {gap} minutes after training ends, and windows reach back {window}; raise the embargo"
        return Check(CheckId.ROWS_APART, Outcome.SUSPICIOUS, said)
    if moved:
        told = f"{len(moved)} entities train and judge that were on one side on base, such as '{min(moved)}'"
        return Check(CheckId.ROWS_APART, Outcome.SUSPICIOUS, told)
    said = f"{gap} minutes between them, no window is longer than {window}; {len(both)} entities on both sides"
    return Check(CheckId.ROWS_APART, Outcome.PASS, said)


def _on_both_sides(arm: BuiltCommit) -> set[str]:
    return _names(arm.training()) & _names(arm.judging)


def _entities(arm: BuiltCommit) -> set[str]:
    return _names(arm.training()) | _names(arm.judging)


def _names(rows: pd.DataFrame) -> set[str]:
    return set(map(str, rows["entity"].unique()))
