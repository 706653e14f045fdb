"""Rows as somebody sent them to what a tick takes; unreadable ones are refused, others go on."""

from decimal import Decimal
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from clockwork.learning.ticks.state import Rows
from clockwork.learning.values import FAR, in_minutes
from clockwork.settings.columns import Columns, Unit
from clockwork.support.errors import BadInput

Refused = dict[str, list[int]]


def in_pandas(table: pa.Table, columns: Columns) -> pd.DataFrame:
    """`table` as a frame. Whole numbers that name or time a row stay exact beside a null."""
    frame = cast(pd.DataFrame, table.to_pandas())
    for name in {*columns.entity_and_time, *columns.slices[:1]}.intersection(frame.columns):
        at = table.schema.get_field_index(name)
        if at >= 0 and pa.types.is_integer(table.schema.types[at]):  # else it is there twice
            frame[name] = table[at].to_pandas(integer_object_nulls=True).array
    return frame


def read(
    frame: pd.DataFrame, columns: Columns, metrics: list[str], latest: int = FAR
) -> tuple[Rows, npt.NDArray[np.intp], Refused]:
    """The readable rows of `frame`, their places in it, and by reason the places of those refused.

    A row after the minute `latest` is none of them. Raises `BadInput` where no row can be read as
    the columns are: one is missing, twice there or unknown.
    """
    _check_columns([str(name) for name in frame.columns], columns, metrics)
    reason = np.full(len(frame), "", dtype=object)
    named, timed = columns.entity_and_time
    unit = columns.unit or "minutes"
    names = texts(frame[named])
    _refuse(reason, names == "", f"no '{named}'")
    time, known = _minutes(frame[timed], unit)
    _refuse(reason, frame[timed].isna(), f"no '{timed}'")
    whole = "whole " * (unit == "minutes")
    _refuse(reason, ~known, f"'{timed}' is no timestamp and no {whole}number of {unit}")
    _refuse(reason, time > latest, f"'{timed}' is in the future by this machine's clock")
    values = np.empty((len(frame), len(metrics)), dtype=np.float32)
    for place, name in enumerate(metrics):
        numbers, fine = _numbers(_measured(frame[name]))
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


def texts(names: "pd.Series[Any]") -> npt.NDArray[Any]:
    """Names as text, 1.0 as 1; empty where there is none."""
    found: npt.NDArray[Any] = names.astype(object).to_numpy()
    if set(map(type, found.tolist())) != {str}:
        found = np.array([_text(name) for name in found], dtype=object)
        found[names.isna().to_numpy()] = ""
    return found


def _text(name: Any) -> str:
    # As the pipeline's reader casts it.
    return str(int(name) if isinstance(name, float) and name.is_integer() else name)


def _minutes(
    times: "pd.Series[Any]", unit: Unit
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    # The minute of each time, and which are times of this unit that are not centuries away.
    numbers, fine = _numbers(times)
    scaled = in_minutes(numbers, unit)
    known = fine & (np.abs(scaled) <= FAR)
    if unit == "minutes":
        known &= numbers == np.floor(numbers)
    out = np.where(known, scaled, 0).astype(np.int64)
    if not fine.all():
        stamps = _stamps(times if _is_time(times) else times.astype(object).where(~fine, None))
        seconds = stamps.dt.tz_convert(None).to_numpy(dtype="datetime64[s]").astype(np.int64)
        stamped = stamps.notna().to_numpy() & ~fine & (np.abs(seconds // 60) <= FAR)
        out[stamped] = seconds[stamped] // 60
        known |= stamped
    return out, known


def _stamps(times: "pd.Series[Any]") -> "pd.Series[Any]":
    written = None if _is_time(times) else "ISO8601"
    try:
        return pd.to_datetime(times, errors="coerce", utc=True, format=written)
    except (TypeError, ValueError, OverflowError):
        return pd.to_datetime(pd.Series([None] * len(times)), utc=True)


def _is_time(times: "pd.Series[Any]") -> bool:
    return pd.api.types.is_datetime64_any_dtype(times.dtype)


def _measured(values: "pd.Series[Any]") -> "pd.Series[Any]":
    # A column of truth values is one of numbers, as it is for the pipeline's reader.
    truths = pd.api.types.infer_dtype(values, skipna=True) == "boolean"
    return values.astype("boolean").astype("Float64") if truths else values


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
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return float("inf")
    return float("nan") if value is None or value is pd.NA else None
