"""What must hold before computing: each breach is one line that names the first row at fault."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.data.sources import CSV
from clockwork.learning.data.times import Minutes, Times
from clockwork.learning.encoding import OF_A_SLICE
from clockwork.learning.keys import ENTITY, QUERY, ROW, STAMPED, TARGET, TIME, RowKeys
from clockwork.learning.targets import task_of
from clockwork.project import READER_FILE
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput, BadRows

FEW = 0.1  # of the values of a column: so many texts among numbers are slips
DAY, SUNDAY = 24 * 60, 6
# Minutes: nothing is silent for ten years, but a clock that was reset may say so.
LONG = 10 * 366 * DAY
# So few rows on a grid, further away than all others reach, are of such a clock, too.
MONTH, STRAY = 30 * DAY, 0.01
BLANK = " (NA, null and the like are none in CSV)"
DUPLICATE = "drop one of them"
APART = ", or name by `key` what tells them apart"
CUT = (
    "two of its times are within a minute: "
    "average or drop rows until there is one a minute, or take `step` out"
)
CLOCK = "; or, if clocks were set back then, write times in UTC"
UNIT = "; or set `unit` to what its times are in"


def check_contract(
    rows: pd.DataFrame, settings: DataSettings, times: Times = None, *, part: bool = False
) -> None:
    """Raise `BadInput` unless `rows` (as `read_rows` gives them) can be learnt from.

    `times` are their times to the last digit, for what is twice within a minute need not be there
    twice. A `part` of the rows may be of one class.
    """
    columns, csv = settings.columns, settings.rows.endswith(CSV)
    if not part:
        _check_classes(rows, settings)
    for name in [ENTITY, *columns.slices, *([QUERY] if columns.query else [])]:
        missing = rows[name].isna()
        if missing.any():
            at = rows.index[missing].min()
            shown = {ENTITY: columns.entity, QUERY: columns.query}.get(name, name)
            raise BadRows(
                f"column '{shown}': "
                f"{int(missing.sum())} rows have none, the first is row {at}; fill or drop them"
                f"{BLANK * csv}"
            )
    _check_order(rows, settings, times)


def check_reader(rows: Any, settings: DataSettings) -> None:
    """Raise `BadInput` unless `rows` of a reader of the project's own are as `read_rows` has them.

    What takes them trusts the columns, their types, and that entities lie together.
    """
    try:
        _check_table(rows, settings)
        check_contract(rows, settings)
    except BadInput as error:
        raise BadInput(f"{READER_FILE}: {error}") from None


def _check_table(rows: Any, settings: DataSettings) -> None:
    if not isinstance(rows, pd.DataFrame) or rows.empty:
        raise BadInput("read_rows gives no table with rows; return one")
    if not rows.columns.is_unique:
        twice = rows.columns[rows.columns.duplicated()][0]
        raise BadInput(f"column '{twice}' is there twice; drop or rename one")
    names = [ENTITY, *settings.columns.slices, *([QUERY] if settings.columns.query else [])]
    for name in (*names, TIME, TARGET):
        if name not in rows:
            raise BadInput(f"no column '{name}' among {list(rows.columns)}; add it")
    if rows[TIME].dtype != np.int64:
        raise BadInput(f"column '{TIME}' is {rows[TIME].dtype}; give minutes as int64")
    if task_of(rows).name != settings.task:
        raise BadInput(f"column '{TARGET}' is {rows[TARGET].dtype}, no target of {settings.task}")
    for name in rows.columns.drop([TIME, TARGET, ROW], errors="ignore"):
        kind = rows[name].dtype
        number = (kind.kind in "iuf" or kind == np.bool_) and name not in names
        if not (number or isinstance(kind, pd.CategoricalDtype)):
            raise BadInput(f"column '{name}' is {kind}; give a category, or a feature as numbers")


def _check_classes(rows: pd.DataFrame, settings: DataSettings) -> None:
    name = settings.columns.label
    found = rows[TARGET].unique().tolist()
    if settings.task == "binary" and not set(found) <= {0, 1}:
        raise BadRows(f"column '{name}': labels must be 0 or 1, found {sorted(found)[:5]}")
    if settings.task in ("binary", "multiclass") and len(found) < 2:
        both = (
            "both classes are needed" if settings.task == "binary" else "several classes are needed"
        )
        raise BadRows(f"column '{name}': every label is {found[0]}; {both}")


def check_numbers(rows: pd.DataFrame, features: list[str]) -> None:
    """Raise `BadInput` where a column is text for the sake of a few values among numbers.

    A slice is of names, whatever they look like.
    """
    for name in features:
        raw = name.removesuffix(OF_A_SLICE)
        of_a_slice = raw != name and raw in rows and raw not in features
        if of_a_slice or not isinstance(rows[name].dtype, pd.CategoricalDtype):
            continue
        odd = (
            pd.to_numeric(pd.Series(rows[name].cat.categories.astype(str)), errors="coerce")
            .isna()
            .to_numpy()
        )
        of_rows = odd[rows[name].cat.codes.to_numpy()] & rows[name].notna().to_numpy()
        if 0 < of_rows.sum() < FEW * len(rows):
            at = RowKeys(rows).first(of_rows)
            raise BadRows(
                f"column '{name}': {int(of_rows.sum())} values are no numbers, "
                f"the first ('{rows[name].iat[at]}') of {row_name(rows, at)}; "
                "write null where there is none, or add it to `exclude`"
            )


def check_clock(rows: pd.DataFrame, settings: DataSettings) -> None:
    """Raise `BadInput` where few rows are years off the rest, or further than it reaches on a grid.

    Of whole data alone: what a probe cuts out of them may leave rows far apart.
    """
    time = rows[TIME].to_numpy()
    gap, odd = astray(*np.unique(time, return_counts=True), settings)
    if odd:
        at = RowKeys(rows).first((time >= odd[0]) & (time <= odd[1]))
        away = f"{gap / LONG * 10:.0f} years" if gap > LONG else f"{gap / DAY:,.0f} days"
        raise BadInput(
            f"{settings.rows}: {row_name(rows, at)} is {away} away from the others; "
            "mend its time or drop it"
        )


def astray(
    seen: Minutes, counts: Minutes, settings: DataSettings
) -> tuple[int, tuple[int, int] | None]:
    """The widest gap of the minutes `seen`, and the span beyond it, if few stray there.

    `counts` are the rows of each minute.
    """
    if len(seen) < 2:
        return 0, None
    gaps = np.diff(seen)
    at = int(gaps.argmax())
    gap, share = int(gaps[at]), counts[: at + 1].sum() / counts.sum()
    early = share < 0.5  # the fewer rows are the odd ones
    odd, others = (seen[: at + 1], seen[at + 1 :]) if early else (seen[at + 1 :], seen[: at + 1])
    few = (counts[: at + 1] if early else counts[at + 1 :]).sum() / counts.sum() <= STRAY
    stray = settings.step and few and gap > max(MONTH, int(np.ptp(others)))
    return gap, (int(odd[0]), int(odd[-1])) if gap > LONG or stray else None


def _set_back(minutes: npt.NDArray[np.int64]) -> bool:
    # All in the night to a Sunday of spring or autumn, when a clock without a zone may show an hour
    # twice.
    stamps = pd.DatetimeIndex(minutes.astype("datetime64[m]"))
    nights = (stamps.day_of_week == SUNDAY) & (stamps.hour < 4) & stamps.month.isin((3, 4, 10, 11))
    return bool(((minutes >= STAMPED) & nights).all())


def _check_order(rows: pd.DataFrame, settings: DataSettings, times: Times) -> None:
    names = RowKeys(rows).names
    time = rows[TIME].to_numpy()
    entity = rows[ENTITY].cat.codes.to_numpy()
    same = entity[1:] == entity[:-1]
    starts = np.flatnonzero(np.r_[True, ~same])
    apart = pd.Series(entity[starts]).duplicated().to_numpy()
    if apart.any():
        at = int(starts[apart.argmax()])
        raise BadRows(f"{row_name(rows, at)} is apart from others of its entity; put them together")
    back = same & (time[1:] < time[:-1])
    if back.any():
        at = int(back.argmax()) + 1
        raise BadRows(f"{row_name(rows, at)} is after a later one of its entity; sort them by time")
    beside = np.r_[False, same & (time[1:] == time[:-1])]  # sorted, so the two stand side by side
    again = rows.duplicated(names).to_numpy() if ROW in names else beside
    if again.any():
        at = RowKeys(rows).first(again)
        first = int(np.flatnonzero((rows[names] == rows[names].iloc[at]).all(axis=1))[0])
        cut = times is not None and times[first] != times[at]
        both = f"{row_name(rows, at)} is there twice, as row {rows.index[first]} too"
        unit = UNIT * (settings.columns.unit not in (None, "minutes"))
        remedy = CUT + unit if cut else DUPLICATE + APART * (not settings.step)
        remedy += CLOCK * _set_back(time[again])
        raise BadInput(f"{settings.rows}: {both}; {remedy}")
    off = same & ((time[1:] - time[:-1]) % settings.grid != 0)
    if off.any():
        at = RowKeys(rows).first(np.r_[False, off])
        misplaced = f"{row_name(rows, at)} is off the {settings.step}-minute grid"
        raise BadInput(f"{settings.rows}: {misplaced}; align it, or fix `step`")


def check_minutes_apart(rows: pd.DataFrame) -> None:
    """Raise `BadInput` where an entity has two rows in a minute: a window would see one alone."""
    again = rows.duplicated([ENTITY, TIME]).to_numpy()
    if again.any():
        first = RowKeys(rows).first(again)
        raise BadInput(
            "configs/features.yaml: windows take one row a minute, and "
            f"{row_name(rows, first)} is one of {int(again.sum())} beside another; "
            "average or drop rows, or take `windows` out"
        )


def row_name(rows: pd.DataFrame, at: int) -> str:
    """The row at a place, for a message."""
    return RowKeys(rows).message(at)
