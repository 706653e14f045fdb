"""validate: the raw rows against their contract and configs/expectations.yaml -> build/validation.json."""

import sys
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clockwork.learning.data.accounts import Account, account, check_none_lost
from clockwork.learning.data.contract import check_clock, check_minutes_apart, check_numbers
from clockwork.learning.data.disguise import check_disguise
from clockwork.learning.data.expectations import Finding, check_columns, check_expectations
from clockwork.learning.data.profile import profile
from clockwork.learning.data.rows import empty_columns, feature_columns, raw_rows, unused_columns
from clockwork.learning.data.values import digests
from clockwork.learning.kept import check_no_text, kept
from clockwork.learning.keys import TIME
from clockwork.learning.stages.features import every
from clockwork.learning.tables import write_json
from clockwork.learning.targets import task_of
from clockwork.project import read_rows
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.expectations import expectations
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.support.errors import BadInput, printable
from clockwork.support.paths import VALIDATION


def main() -> None:
    """Write every finding; stop where a critical expectation failed."""
    settings, how = data_settings(), feature_settings()
    rows = read_rows(settings)
    features = feature_columns(rows, settings)

    _check(rows, features, settings, how)
    keep = _kept(rows, features, settings, how)
    expected = expectations()
    check_columns(rows, expected)
    findings = check_expectations(rows, expected)

    names = [name for name in features if rows[name].dtype.kind == "f"]
    document = {
        "unused": unused_columns(settings),
        "empty": empty_columns(rows, features),
        "rows": len(rows),
        "findings": [finding.as_dict() for finding in findings],
        "columns": profile(rows[names].to_numpy(dtype=np.float32), names),
        "accounts": _accounts(keep, raw_rows(settings), len(rows)),
        "values": digests(rows),
    }
    write_json(VALIDATION, document)
    _stop_at(findings, settings)


def _check(rows: pd.DataFrame, features: list[str], settings: DataSettings, how: FeatureSettings) -> None:
    check_clock(rows, settings)
    fault = task_of(rows).fault(rows, settings.columns)
    if fault:
        raise BadInput(fault)
    check_numbers(rows, features)
    if how.windows:
        _check_histories(settings)
        check_no_text(rows, features)
        check_minutes_apart(rows)
        _check_no_text(settings)
    check_disguise(rows, features)


def _kept(rows: pd.DataFrame, features: list[str], settings: DataSettings, how: FeatureSettings) -> Account:
    keys = rows.drop(columns=features)
    after = keys[kept(keys[TIME].to_numpy(), settings.grid, how.every)]
    keep = account(keys, after, every(settings, how))
    check_none_lost(keep, "make `every` of configs/features.yaml smaller, or drop them from the data")
    return keep


def _accounts(keep: Account, raw: int, read: int) -> dict[str, Any]:
    counted = keep.as_dict()
    whole = {name: counted[name] and [None, counted[name][0]] for name in ("entities", "positives")}
    return {"read": {"reason": "read", "rows": [raw, read], **whole}, "kept": counted}


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


def _check_histories(settings: DataSettings) -> None:
    if not (settings.columns.entity and settings.columns.time):
        raise BadInput(
            "configs/features.yaml: `windows` are of an entity's earlier rows, and configs/data.yaml does not name "
            "both `entity` and `time`; name them, or take `windows` out"
        )


def _check_no_text(settings: DataSettings) -> None:
    if settings.columns.text:
        name = settings.columns.text[0]
        raise BadInput(f"configs/features.yaml: windows are of numbers, and '{name}' is text; take it out of `text`")


def failures(failed: list[Finding]) -> Table:
    """Failed expectations as a table for people."""
    table = Table("expectation", "column", "severity", "expected", "observed", title="Data that is not as expected")
    for one in failed:
        cells = (one.expectation, one.column, one.severity, one.expected, one.observed)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table
