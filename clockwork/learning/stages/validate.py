"""validate: raw rows against contract and configs/expectations.yaml -> build/validation.json."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clockwork.learning.data.accounts import Account, tally
from clockwork.learning.data.contract import (
    astray,
    check_clock,
    check_minutes_apart,
    check_numbers,
    check_reader,
)
from clockwork.learning.data.disguise import check_disguise, suspects
from clockwork.learning.data.expectations import Finding, check_columns, check_parts
from clockwork.learning.data.parts import Parts, Reader, read_parts, spooled
from clockwork.learning.data.profile import Profile, profile_of
from clockwork.learning.data.raw_columns import columns_of_files
from clockwork.learning.data.rows import (
    empty_columns,
    feature_columns,
    file_places,
    raw_rows,
    read_rows,
)
from clockwork.learning.data.sources import files
from clockwork.learning.data.split import check_evaluate
from clockwork.learning.data.values import digests_of
from clockwork.learning.kept import check_no_text, kept
from clockwork.learning.keys import TIME
from clockwork.learning.stages.features import account_of
from clockwork.learning.tables import write_json
from clockwork.learning.targets import task_of
from clockwork.project import find_reader
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.expectations import expectations
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.support.errors import BadInput, BadRows, printable
from clockwork.support.paths import VALIDATION


def main() -> None:
    """Write every finding; stop where a critical expectation failed."""
    settings, how = data_settings(), feature_settings()
    try:
        findings = _findings(settings, how)
    except BadRows as error:
        raise _of_file(error, settings) from None
    _stop_at(findings, settings)


def _of_file(error: BadRows, settings: DataSettings) -> BadInput:
    paths = files(settings)
    where = (
        str(paths[0])
        if len(paths) == 1
        else f"{settings.rows} ({len(paths)} files, rows counted through all)"
    )
    return BadInput(f"{where}: {error}")


def _findings(settings: DataSettings, how: FeatureSettings) -> list[Finding]:
    with spooled(read_parts(settings, _reader()), VALIDATION.parent) as rows:
        features = feature_columns(rows.header, settings)
        _check(rows, features, settings, how)
        check_evaluate(rows.header, settings.split)
        unused, partial = columns_of_files(settings)
        keep = _kept(rows, features, settings, how)
        expected = expectations()
        check_columns(rows.header, expected)
        findings = check_parts(rows, expected)
        document = {
            "unused": unused,
            **({"partial": partial} if partial else {}),
            "empty": _empty(rows, features),
            "rows": keep.rows[0],
            "findings": [finding.as_dict() for finding in findings],
            "columns": _profile(rows, features),
            "accounts": _accounts(keep, settings),
            "values": digests_of(rows),
        }
    write_json(VALIDATION, document)
    return findings


def _reader() -> Reader:
    # The project's own is held to what the engine's keeps by itself.
    reader = find_reader()
    if reader is read_rows:
        return reader

    def held(settings: DataSettings, root: Path = Path()) -> pd.DataFrame:
        rows = reader(settings, root)
        check_reader(rows, settings)
        return rows

    return held


def _check(rows: Parts, features: list[str], settings: DataSettings, how: FeatureSettings) -> None:
    # Parts are checked one by one; after a fault all rows are, so that its message has the row's
    # place among all.
    if rows.count > 1 and not _faulty(rows, features, settings, how):
        return
    fault = _fault(rows.whole(), features, settings, how)
    if fault and find_reader() is read_rows:  # once more, to name the row as the files count it
        with suppress(MemoryError):
            places = file_places(settings)
            fault = _fault(rows.whole().set_axis(places), features, settings, how) or fault
    if fault:
        raise fault


def _faulty(rows: Parts, features: list[str], settings: DataSettings, how: FeatureSettings) -> bool:
    counted = [np.unique(part[TIME].to_numpy(), return_counts=True) for part in rows.read([TIME])]
    seen, place = np.unique(np.concatenate([one for one, _ in counted]), return_inverse=True)
    counts = np.bincount(place, weights=np.concatenate([one for _, one in counted]))
    if astray(seen, counts, settings)[1]:
        return True
    try:
        for part in rows:
            _check_rows(part, features, settings, how)
    except BadInput:
        return True
    return bool(suspects(rows, features))


def _fault(
    rows: pd.DataFrame, features: list[str], settings: DataSettings, how: FeatureSettings
) -> BadInput | None:
    try:
        check_clock(rows, settings)
        _check_rows(rows, features, settings, how)
        check_disguise(rows, features)
    except BadInput as error:
        return error.with_traceback(None)  # which would hold the rows
    return None


def _check_rows(
    rows: pd.DataFrame, features: list[str], settings: DataSettings, how: FeatureSettings
) -> None:
    fault = task_of(rows).fault(rows, settings.columns)
    if fault:
        raise BadRows(fault)
    check_numbers(rows, features)
    if how.windows:
        _check_windows(rows, features, settings)


def _kept(
    rows: Parts, features: list[str], settings: DataSettings, how: FeatureSettings
) -> Account:
    before, after = [], []
    for part in rows.read([name for name in rows.header.columns if name not in features]):
        before.append(tally(part))
        after.append(tally(part[kept(part[TIME].to_numpy(), settings.grid, how.every)]))
    return account_of(before, after, settings, how)


def _empty(rows: Parts, features: list[str]) -> list[str]:
    for part in rows.read(features):
        features = empty_columns(part, features)
    return features


def _profile(rows: Parts, features: list[str]) -> Profile:
    names = [name for name in features if rows.header[name].dtype.kind == "f"]

    def blocks() -> Iterator[npt.NDArray[np.float32]]:
        return (part.to_numpy(dtype=np.float32) for part in rows.read(names))

    return profile_of(blocks, names, lambda at: _present(rows, names[at]))


def _present(rows: Parts, name: str) -> npt.NDArray[np.float32]:
    # The values of a column that are there, of all rows: in one array from the start, for two may
    # be too many.
    found, filled = np.empty(rows.rows, dtype=np.float32), 0
    for part in rows.read([name]):
        values = part[name].to_numpy(dtype=np.float32)
        values = values[~np.isnan(values)]
        found[filled : filled + len(values)] = values
        filled += len(values)
    return found[:filled]


def _accounts(keep: Account, settings: DataSettings) -> dict[str, Any]:
    read = "read" if settings.unlabelled == "refuse" else "read, those with a target"
    counted = {"entities": keep.entities, "positives": keep.positives}
    whole = {name: pair and [None, pair[0]] for name, pair in counted.items()}
    return {"read": {"reason": read, "rows": [raw_rows(settings), keep.rows[0]], **whole}}


def _stop_at(findings: list[Finding], settings: DataSettings) -> None:
    failed = [finding for finding in findings if not finding.success]
    if failed:
        Console(file=sys.stderr, width=110, markup=False).print(failures(failed))
    critical = [finding for finding in failed if finding.severity == "critical"]
    if critical:
        columns = ", ".join(dict.fromkeys(finding.column or "the table" for finding in critical))
        raise BadInput(
            f"{settings.rows}: {len(critical)} of {len(findings)} expectations failed ({columns}); "
            "mend the data, or configs/expectations.yaml where it asks too much"
        )


def _check_windows(rows: pd.DataFrame, features: list[str], settings: DataSettings) -> None:
    columns = settings.columns
    if not (columns.entity and columns.time):
        raise BadInput(
            "configs/features.yaml: `windows` are of an entity's earlier rows, "
            "and configs/data.yaml does not name both `entity` and `time`; "
            "name them, or take `windows` out"
        )
    check_no_text(rows, features)
    check_minutes_apart(rows)
    if columns.text:
        raise BadInput(
            "configs/features.yaml: "
            f"windows are of numbers, and '{columns.text[0]}' is text; take it out of `text`"
        )


def failures(failed: list[Finding]) -> Table:
    """Failed expectations as a table for people."""
    table = Table(
        "expectation",
        "column",
        "severity",
        "expected",
        "observed",
        title="Data that is not as expected",
    )
    for one in failed:
        cells = (one.expectation, one.column, one.severity, one.expected, one.observed)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table
