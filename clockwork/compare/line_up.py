"""Both commits' scores on the same rows, whose slices and classes are those of both."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.checks.rows import shared
from clockwork.compare.paired_scores import Evidence
from clockwork.compare.rescore import on_rows_of
from clockwork.gate.outcome import Check
from clockwork.learning.keys import TARGET, RowKeys
from clockwork.settings.gate import GateSettings, algorithm_roles
from clockwork.support.pinned import data_hash


def line_up(head: BuiltCommit, base: BuiltCommit) -> BuiltCommit:
    """`base` with scores for head's evaluation rows.

    They are its own, or its code's from head's where rows or data differ. Raises `BadInput` where
    base cannot read head's rows.
    """
    data = data_hash(head.checkout)
    if data == data_hash(base.checkout) and head.fingerprint == base.fingerprint:
        return base
    return on_rows_of(base, head, hashlib.sha256(f"{head.fingerprint} {data}".encode()).hexdigest())


def gather(head: BuiltCommit, base: BuiltCommit, settings: GateSettings) -> Evidence:
    """The evaluation rows both commits share and the scores of both, which must be lined up."""
    roles = all_roles(settings, base.root)
    keys, both = with_all_classes(head.evaluation, base.evaluation), shared(head, base)
    found = []
    for commit in (head, base):
        runs = commit.runs(keys, [name for name in roles if name in commit.algorithms()])
        found.append({name: scores[:, both] for name, scores in runs.items()})
    head_scores, base_scores = found
    return Evidence(
        _with_all_slices(keys, base.evaluation)[both].reset_index(drop=True),
        head_scores,
        base_scores,
        head.task,
    )


def with_all_classes(keys: pd.DataFrame, base_keys: pd.DataFrame) -> pd.DataFrame:
    """`keys` with the classes of both commits.

    A class that one commit alone knows has no chance on the other.
    """
    target, base_target = keys[TARGET], base_keys[TARGET]
    if not (
        isinstance(target.dtype, pd.CategoricalDtype)
        and isinstance(base_target.dtype, pd.CategoricalDtype)
    ):
        return keys
    more = [name for name in base_target.cat.categories if name not in target.cat.categories]
    return keys.assign(**{TARGET: target.cat.add_categories(more)}) if more else keys


def _with_all_slices(keys: pd.DataFrame, base_keys: pd.DataFrame) -> pd.DataFrame:
    # A slice that lost its rows must show, so the values of both commits are its columns'
    # categories.
    columns = [name for name in RowKeys(keys).slices if name in RowKeys(base_keys).slices]
    values = {
        name: sorted(
            {str(one) for rows in (keys, base_keys) for one in rows[name].dropna().unique()}
        )
        for name in columns
    }
    named = {name: keys[name].astype("category").cat.rename_categories(str) for name in columns}
    return keys.assign(
        **{name: column.cat.set_categories(values[name]) for name, column in named.items()}
    )


def all_roles(settings: GateSettings, base_root: Path) -> dict[str, bool]:
    """Which algorithms gate: those that gate on either side, so head cannot drop or demote one."""
    head_roles = {name: role == "gating" for name, role in settings.algorithms.items()}
    base_roles = {name: role == "gating" for name, role in algorithm_roles(base_root).items()}
    return {
        name: base_roles.get(name, False) or head_roles.get(name, False)
        for name in {**base_roles, **head_roles}
    }


def by_role(checks: Iterable[Check], roles: Mapping[str, bool]) -> list[Check]:
    """The checks, of which those of an algorithm gate only where it does by its role."""
    return [
        replace(one, gating=one.gating and roles.get(one.algorithm or "", True)) for one in checks
    ]
