"""Adoption, measured: tables from a fresh clone to a verdict.

Guesses are held against the truth, and harm against the gate.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from clockwork.selftest.audit.matrix import state_of
from clockwork.selftest.bench.adopt.adoption import adopted
from clockwork.selftest.bench.adopt.files import absent, cases_of, file_of
from clockwork.selftest.bench.adopt.page import tables, write
from clockwork.selftest.bench.adopt.row import Row, missed, read_row
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput
from clockwork.support.paths import BUILD

ADOPT = "adopt"  # the group of `bench`
PLACE = BUILD / "bench" / ADOPT


def bench_adoption(
    root: Path, folder: Path | None, report: Report, only: Sequence[str], *, keep: bool = False
) -> int:
    """Adopt the tables in `folder` and show what became of them; 1 for a missed bar.

    Where `only` names some, it is those alone. What an earlier call measured is kept below build/,
    and taken where nothing that counts differs. `keep` puts the tables into docs/adopt.md.
    """
    cases = cases_of(only)
    if folder is None or not folder.is_dir():
        raise BadInput(
            "bench adopt: "
            f"{'no --tables is given' if folder is None else f'{folder} is no folder'}; name "
            f"one that holds such tables as {cases[0].file} (`make bench adopt TABLES=folder`)"
        )
    checkout, rows = Checkout(root), []
    state = hashlib.sha256(state_of(checkout, "HEAD").encode()).hexdigest()
    for case in cases:
        reason = absent(case, folder)
        kept = checkout.main / PLACE / case.name / "row.json"
        if reason:
            report(f"{case.name}: left out, for {reason}")
            continue
        row = read_row(kept, state)
        if row is None:
            report(f"{case.name}: adopting it in a fresh clone, with its pull requests")
            with tempfile.TemporaryDirectory(prefix="clockwork-bench-") as drafts:
                row = adopted(
                    root, state, case, file_of(case, folder, Path(drafts)).resolve(), kept.parent
                )
            kept.write_text(
                row.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8"
            )
        rows.append(row)
    return _show(root, rows, report, keep=keep)


def _show(root: Path, rows: list[Row], report: Report, *, keep: bool) -> int:
    if not rows:
        raise BadInput("bench adopt: none of its tables is there; see the lines above")
    console = Console(width=170, markup=False, highlight=False)
    for table in tables(rows):
        console.print(table)
    faults = missed(rows)
    for fault in faults:
        report(f"missed: {fault}")
    report(f"{PLACE}: logs, reports and figures of each table")
    if keep:
        report(write(root, rows))
    return int(bool(faults))
