"""How stages hand tables to each other: keys and features of the kept rows, and scores of the evaluation rows."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

KEYS, MATRIX, ACCOUNT = "keys.parquet", "features.parquet", "account.json"


def write_features(folder: Path, keys: pd.DataFrame, x: npt.NDArray[np.float32], names: list[str]) -> None:
    """Keys and features in two files with the same rows in the same order."""
    folder.mkdir(parents=True, exist_ok=True)
    keys.to_parquet(folder / KEYS, index=False)
    columns = [np.ascontiguousarray(column) for column in x.T]
    pq.write_table(pa.Table.from_arrays([pa.array(c) for c in columns], names), folder / MATRIX, compression="none")


def read_keys(path: Path) -> pd.DataFrame:
    """Keys as they were written: entity and slices as categories, time in minutes, label 0 or 1."""
    return pd.read_parquet(path)


def read_matrix(folder: Path, keep: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.float32], list[str]]:
    """The kept rows of the features as a matrix (rows, features), and the names of its columns."""
    table = pq.read_table(folder / MATRIX, memory_map=True)
    x = np.empty((int(keep.sum()), table.num_columns), dtype=np.float32)
    for at, column in enumerate(table.columns):
        x[:, at] = column.to_numpy()[keep]
    return x, table.column_names


def write_json(path: Path, document: Any) -> None:
    """`document` as JSON that reads the same whenever it says the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """The JSON document at `path`."""
    return json.loads(path.read_text(encoding="utf-8"))
