"""The file of each case: the table's own, or a variant that is written from it."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from clockwork.selftest.bench.adopt.cases import FLIGHTS, ODD, TABLES, Case
from clockwork.support.errors import BadInput


def cases_of(only: Sequence[str]) -> list[Case]:
    """The cases called `only`; all where it is empty. Raises `BadInput` for a name that is none."""
    known = {case.name: case for case in (*TABLES, *ODD)}
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise BadInput(
            f"bench adopt: --only '{unknown[0]}' is no table; there are {', '.join(known)}"
        )
    return [known[name] for name in only or known]


def absent(case: Case, tables: Path) -> str | None:
    """Why `case` is left out; None where its rows can be had."""
    if case.file != FLIGHTS:
        return None if (tables / case.file).exists() else f"there is no {tables / case.file}"
    return None if find_spec(FLIGHTS) else f"the package {FLIGHTS} is not installed"


def file_of(case: Case, tables: Path, folder: Path) -> Path:
    """The file to adopt, which is written below `folder` where it is a variant."""
    if case.change is None:
        return tables / case.file
    path = folder / f"{case.name}.csv"
    case.change(_rows(case, tables)).to_csv(  # type: ignore[call-overload]
        path, index=False, **dict(case.csv)
    )
    return path


def _rows(case: Case, tables: Path) -> pd.DataFrame:
    if case.file == FLIGHTS:
        spec = find_spec(FLIGHTS)  # whose import asks for a package that is gone
        folder = Path(spec.origin or "").parent if spec else tables
        source = next(folder.rglob("flights.csv*"))
    else:
        source = tables / case.file
    return pd.read_parquet(source) if source.suffix == ".parquet" else pd.read_csv(source)
