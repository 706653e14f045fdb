"""configs/expectations.yaml from the rows: what holds for them, with room for rows to come."""

from collections import defaultdict
from collections.abc import Iterable
from math import ceil, floor, log10
from typing import Any

from clockwork.adopt.inspect import Column
from clockwork.adopt.propose import Proposal
from clockwork.learning.data.columns import MANY
from clockwork.learning.encoding import OF_A_SLICE
from clockwork.settings.columns import ENTITY, TARGET, TIME

VALUES = 20  # of a category whose values are listed
ROOM = 0.02  # of rows that may be without a value where none of these is
MOST = 0.99  # of rows that lie in a range


def expectations(
    proposal: Proposal, rate: float | None, values: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """The expectations. `rate` is the share of positives, `values` those of each category of few.

    Their columns are those of the table that the reader makes: see `read_rows`.
    """
    keys = [
        TARGET,
        *([ENTITY] if proposal["entity"] else []),
        *([TIME] if proposal["time"] else []),
    ]
    found: list[dict[str, Any]] = [
        _one("column_values_to_not_be_null", [*keys, *(proposal["slices"] or [])])
    ]
    found += _target(proposal, rate, values)
    found += _missing(proposal)
    found += _ranges(proposal)
    return found + _sets(proposal, values)


def _one(expect: str, columns: Iterable[str], **arguments: Any) -> dict[str, Any]:
    return {"expect": expect, "columns": list(columns), **arguments}


def _target(
    proposal: Proposal, rate: float | None, values: dict[str, list[str]]
) -> list[dict[str, Any]]:
    target = proposal.target
    if proposal.task == "binary" and rate is not None:
        low, high = floor(rate * 500) / 1000, min(1.0, ceil(rate * 2000) / 1000)
        return [
            _one("column_values_to_be_in_set", [TARGET], value_set=[0, 1]),
            _one("column_mean_to_be_between", [TARGET], min_value=low, max_value=high),
        ]
    if proposal.task == "multiclass":
        return [_one("column_values_to_be_in_set", [TARGET], value_set=values[target.name])]
    low, high = _range(target)
    return [
        _one("column_values_to_be_between", [TARGET], min_value=low, max_value=high, mostly=MOST)
    ]


def _missing(proposal: Proposal) -> list[dict[str, Any]]:
    by_share: dict[float, list[str]] = defaultdict(list)
    for column in _plain(proposal):
        share = column.missing / column.rows
        by_share[max(0.0, floor((1 - 2 * share - ROOM) * 100) / 100)].append(
            _named(proposal, column)
        )
    return [
        _one("column_values_to_not_be_null", names, mostly=share)
        for share, names in sorted(by_share.items(), reverse=True)
        if share > 0
    ]


def _ranges(proposal: Proposal) -> list[dict[str, Any]]:
    by_range: dict[tuple[float, float], list[str]] = defaultdict(list)
    for column in _plain(proposal):
        if not _category(proposal, column) and column.least is not None:
            by_range[_range(column)].append(_named(proposal, column))
    return [
        _one("column_values_to_be_between", names, min_value=low, max_value=high, mostly=MOST)
        for (low, high), names in by_range.items()
    ]


def _sets(proposal: Proposal, values: dict[str, list[str]]) -> list[dict[str, Any]]:
    by_set: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for column in _plain(proposal):
        if _category(proposal, column) and column.name in values:
            by_set[tuple(values[column.name])].append(_named(proposal, column))
    return [
        _one(
            "column_values_to_be_in_set",
            names,
            value_set=list(these),
            mostly=MOST,
            severity="warning",
        )
        for these, names in by_set.items()
    ]


def listed(proposal: Proposal) -> list[str]:
    """The columns whose values are to be listed."""
    few = [
        one.name for one in proposal.features if _category(proposal, one) and one.distinct <= VALUES
    ]
    return [*few, proposal.target.name] if proposal.task == "multiclass" else few


def _category(proposal: Proposal, column: Column) -> bool:
    # A slice is one, even where its values are numbers.
    return column.kind == "text" or column.name in (proposal["slices"] or [])


def _plain(proposal: Proposal) -> list[Column]:
    own = [one for one in proposal.features if one.kind != "date" and one.name not in proposal.text]
    return [one for one in own if one.distinct < MANY or one.kind != "text"]


def _named(proposal: Proposal, column: Column) -> str:
    return (
        f"{column.name}{OF_A_SLICE}" if column.name in (proposal["slices"] or []) else column.name
    )


def _range(column: Column) -> tuple[float, float]:
    # A whole span of room on either side; what was never negative is not expected to be.
    least, most = column.least or 0.0, column.most or 0.0
    span = most - least or abs(most) or 1.0
    return (0.0 if least >= 0 else _rounded(least - span, floor)), _rounded(most + span, ceil)


def _rounded(value: float, way: Any) -> float:
    if value == 0:
        return 0.0
    unit = 10.0 ** (floor(log10(abs(value))) - 1)
    return float(f"{way(value / unit) * unit:.6g}")
