"""Parquet files of a small fleet, whole or with a fault, and the settings that read them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clockwork.learning.data.rows import read_rows
from clockwork.settings.columns import Columns
from clockwork.settings.data import DataSettings, Split

Read = Callable[..., pd.DataFrame]
SPLIT = Split(
    train_share_of_time=0.5, train_share_of_entities=0.5, embargo=5, folds=2, fold_by="entity"
)
COLUMNS = Columns(
    entity="machine", time="at", label="failed", slices=["site"], metrics=["metric_*"]
)


def table(**changes: Any) -> pa.Table:
    """Two machines of four minutes each; a change sets a column, None takes it away."""
    columns: dict[str, Any] = {
        "machine": ["m1"] * 4 + ["m2"] * 4,
        "at": [10, 11, 12, 13] * 2,
        "failed": [0, 0, 1, 0, 0, 0, 0, 1],
        "site": ["north"] * 4 + ["south"] * 4,
        "metric_a": np.arange(8.0),
        "metric_b": np.arange(8),
        "remark": ["-"] * 8,
        **changes,
    }
    return pa.table({name: column for name, column in columns.items() if column is not None})


@pytest.fixture
def settings() -> DataSettings:
    """Rows of every file below data/, a minute apart."""
    return DataSettings(rows="data/*.parquet", step=1, columns=COLUMNS, split=SPLIT)


@pytest.fixture
def read(tmp_path: Path, settings: DataSettings) -> Read:
    """Write tables as data/0.parquet, data/1.parquet, ... and read them as the pipeline does."""

    def written(*tables: pa.Table, how: DataSettings = settings) -> pd.DataFrame:
        (tmp_path / "data").mkdir(exist_ok=True)
        for at, one in enumerate(tables):
            pq.write_table(one, tmp_path / "data" / f"{at}.parquet")
        return read_rows(how, tmp_path)

    return written
