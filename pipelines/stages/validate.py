"""validate: the raw rows against their contract and configs/expectations.yaml -> build/validation.json."""

import sys

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.data.accounts import account, check_none_lost
from pipelines.data.expectations import Finding, check_expectations
from pipelines.data.profile import profile
from pipelines.data.rows import metric_names, raw_rows, read_rows
from pipelines.data.values import digests
from pipelines.errors import BadInput, printable
from pipelines.features.kept import kept
from pipelines.paths import VALIDATION
from pipelines.settings.data import data_settings, expectations
from pipelines.settings.features import feature_settings
from pipelines.stages.tables import stage, write_json


def main() -> None:
    """Write every finding; stop where a critical expectation failed."""
    settings = data_settings()
    rows = read_rows(settings)
    every = feature_settings().every
    keep = account(rows, rows[kept(rows["time"].to_numpy(), settings.step, every)], f"every {every} minutes")
    check_none_lost(keep, "make `every` of configs/features.yaml smaller, or drop them from the data")
    findings = check_expectations(rows, expectations())
    names = metric_names(list(rows.columns), settings.columns.metrics)
    looks = profile(rows[names].to_numpy(dtype=np.float32), names)
    found = [finding.as_dict() for finding in findings]
    read = {"reason": "read", "rows": [raw_rows(settings), len(rows)]}
    accounts = {"read": read, "kept": keep.as_dict()}
    document = {"rows": len(rows), "findings": found, "columns": looks, "accounts": accounts}
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


def failures(failed: list[Finding]) -> Table:
    """Failed expectations as a table for people."""
    table = Table("expectation", "column", "severity", "expected", "observed", title="Data that is not as expected")
    for one in failed:
        cells = (one.expectation, one.column, one.severity, one.expected, one.observed)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


if __name__ == "__main__":
    stage(main)
