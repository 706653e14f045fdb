"""validate: the raw rows against their contract and configs/expectations.yaml -> build/validation.json."""

import sys

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clockwork.learning.data.accounts import account, check_none_lost
from clockwork.learning.data.contract import check_minutes_apart, check_numbers
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
from clockwork.settings.features import feature_settings
from clockwork.support.errors import BadInput, printable
from clockwork.support.paths import VALIDATION


def main() -> None:
    """Write every finding; stop where a critical expectation failed."""
    settings = data_settings()
    rows = read_rows(settings)
    how = feature_settings()
    features = feature_columns(rows, settings)
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
    keys = rows.drop(columns=features)
    keep = account(keys, keys[kept(keys[TIME].to_numpy(), settings.grid, how.every)], every(settings, how))
    check_none_lost(keep, "make `every` of configs/features.yaml smaller, or drop them from the data")
    expected = expectations()
    check_columns(rows, expected)
    findings = check_expectations(rows, expected)
    names = [name for name in features if rows[name].dtype.kind == "f"]
    looks = profile(rows[names].to_numpy(dtype=np.float32), names)
    found = [finding.as_dict() for finding in findings]
    counted = keep.as_dict()
    whole = {name: counted[name] and [None, counted[name][0]] for name in ("entities", "positives")}
    read = {"reason": "read", "rows": [raw_rows(settings), len(rows)], **whole}
    accounts = {"read": read, "kept": counted}
    document = {
        "unused": unused_columns(settings),
        "empty": empty_columns(rows, features),
        "rows": len(rows),
        "findings": found,
        "columns": looks,
        "accounts": accounts,
    }
    write_json(VALIDATION, {**document, "values": digests(rows)})
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
