"""The small checkout in which every algorithm was trained, and its rows as minutes."""

from pathlib import Path

import pandas as pd
import pytest

from clockwork.fleet.served import PARTS, SERVED
from tests.engine.unit.serving.conftest import expected, raw, trained

__all__ = ["expected", "raw", "trained"]


def served(folder: Path) -> pd.DataFrame:
    """The served log of a fleet's folder: whole hours, and the parts of the present one."""
    files = sorted((folder / SERVED).glob("*.parquet"))
    files += sorted(
        (folder / PARTS).glob("*.parquet"), key=lambda path: path.stem.rpartition("-")[2]
    )
    return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)


@pytest.fixture
def minutes(raw: pd.DataFrame) -> list[pd.DataFrame]:
    """The raw rows of the first 90 minutes, one frame a minute."""
    early = raw[raw["at"] < pd.Timestamp("2026-03-01 01:30")]
    return [rows.reset_index(drop=True) for _, rows in early.groupby("at")]


@pytest.fixture
def inbox(minutes: list[pd.DataFrame], tmp_path: Path) -> Path:
    """A folder with a Parquet file for each of them."""
    folder = tmp_path / "in"
    folder.mkdir()
    for rows in minutes:
        rows.to_parquet(folder / f"{rows['at'].iloc[0]:%H%M}.parquet", index=False)
    return folder
