"""Rows as somebody sent them to what a tick takes; unreadable ones are refused, others go on."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.ticks.state import Rows
from clockwork.learning.values import FAR
from clockwork.settings.columns import UNITS, Columns, Unit
from clockwork.support.errors import BadInput

Refused = dict[str, list[int]]


def read(
    frame: pd.DataFrame, columns: Columns, metrics: list[str]
) -> tuple[Rows, npt.NDArray[np.intp], Refused]:
    """The readable rows of `frame`, their places in it, and by reason the places of those refused.

    Raises `BadInput` where no row can be read as the columns are: one is missing, twice there or
    unknown.
    """
    _check_columns([str(name) for name in frame.columns], columns, metrics)
    reason = np.full(len(frame), "", dtype=object)
    named, timed = columns.entity_and_time
    unit = columns.unit or "minutes"
    names, known = _names(frame[named])
    _refuse(reason, ~known, f"no '{named}'")
    time, known = _minutes(frame[timed], unit)
    _refuse(reason, frame[timed].isna(), f"no '{timed}'")
    _refuse(
        reason,
        ~known | (np.abs(time) > FAR),
        f"'{timed}' is no timestamp and no whole number of {unit}",
    )
    values = np.empty((len(frame), len(metrics)), dtype=np.float32)
    for place, name in enumerate(metrics):
        numbers, fine = _numbers(frame[name])
        with np.errstate(over="ignore"):
            values[:, place] = numbers
        _refuse(reason, ~fine, f"'{name}' is no number")
        _refuse(
            reason,
            np.isinf(values[:, place]),
            f"'{name}' is infinite or beyond float32; write null",
        )
    at = np.flatnonzero(reason == "")
    refused = {
        str(why): np.flatnonzero(reason == why).tolist()
        for why in sorted(set(reason.tolist()) - {""})
    }
    return Rows(names[at], time[at], values[at]), at, refused


def refusals(refused: Refused, of: int) -> list[str]:
    """A line for each reason: how many rows, the first of them."""
    return [
        f"{len(at)} of {of} rows refused: {why} (first: row {at[0]})" for why, at in refused.items()
    ]


def newest(rows: Rows) -> int | None:
    """The minute that most rows are of, the later of two; None without rows.

    One wrong clock must not move it.
    """
    if not len(rows.time):
        return None
    minutes, count = np.unique(rows.time, return_counts=True)
    return int(minutes[::-1][count[::-1].argmax()])


def _check_columns(names: list[str], columns: Columns, metrics: list[str]) -> None:
    wanted = [*columns.entity_and_time, *metrics]
    for name in wanted:
        if names.count(name) != 1:
            raise BadInput(f"column '{name}' must be there once; the rows have {names}")
    for name in names:
        if name not in {*wanted, columns.label, *columns.slices}:
            raise BadInput(
                f"column '{name}' is unknown; "
                "drop it, or name it in configs/data.yaml and train with it"
            )


def _refuse(reason: npt.NDArray[Any], where: Any, why: str) -> None:
    where = np.asarray(where, dtype=np.bool_)
    if where.any():
        reason[where & (reason == "")] = why


def _names(entity: "pd.Series[Any]") -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    # As text, and which there are.
    names: npt.NDArray[Any] = entity.astype(object).to_numpy()
    none = np.zeros(len(names), dtype=np.bool_)
    if set(map(type, names.tolist())) != {str}:
        none = entity.isna().to_numpy()
        names = np.array([str(name) for name in names], dtype=object)
    return names, ~none & (names != "")


def _minutes(
    times: "pd.Series[Any]", unit: Unit
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    if unit == "minutes" and times.dtype.kind in "iu" and isinstance(times.dtype, np.dtype):
        return times.to_numpy(dtype=np.int64), np.ones(len(times), dtype=np.bool_)
    numbers, fine = _numbers(times)
    whole = fine & np.isfinite(numbers) & (numbers == np.floor(numbers))
    text = times if _is_time(times) else times.astype(object).where(~fine, None)
    try:
        stamps = pd.to_datetime(
            text, errors="coerce", utc=True, format=None if _is_time(times) else "ISO8601"
        )
    except (TypeError, ValueError, OverflowError):
        stamps = pd.to_datetime(pd.Series([None] * len(times)), utc=True)
    stamped = stamps.notna().to_numpy() & ~fine
    out = np.floor(np.where(whole, numbers, 0) * UNITS[unit]).astype(np.int64)
    seconds = stamps.dt.tz_convert(None).to_numpy(dtype="datetime64[s]").astype(np.int64)
    out[stamped] = seconds[stamped] // 60
    return out, whole | stamped


def _is_time(times: "pd.Series[Any]") -> bool:
    return pd.api.types.is_datetime64_any_dtype(times.dtype)


def _numbers(values: "pd.Series[Any]") -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    # As doubles, NaN for none; and which are numbers or none at all.
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iuf":
        return values.to_numpy(dtype=np.float64), np.ones(len(values), dtype=np.bool_)
    if _is_time(values):
        return np.full(len(values), np.nan), values.isna().to_numpy()
    numbers = [_number(value) for value in values.tolist()]
    fine = np.fromiter((value is not None for value in numbers), np.bool_, len(numbers))
    return np.array(
        [np.nan if value is None else value for value in numbers], dtype=np.float64
    ), fine


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return float("inf")
    return float("nan") if value is None or value is pd.NA else None
