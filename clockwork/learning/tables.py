"""How stages hand on tables: keys and features of kept rows, and scores of evaluation rows."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clockwork.learning.encoding import Categories, Matrix, Table, encode, fit_categories

KEYS, MATRIX, ACCOUNT = "keys.parquet", "features.parquet", "account.json"
Mask = npt.NDArray[np.bool_]
GROUP = 1024 * 1024  # rows of a row group, as Arrow has it of itself


def write_parts(
    folder: Path, parts: Iterable[tuple[pd.DataFrame, Table]], names: list[str]
) -> None:
    """Keys and features in two files, same rows in the same order; categories stay what they are.

    The rows come in parts, which need not be in memory together.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        _removed_on_error(folder / MATRIX),
        writing(folder / KEYS) as write_keys,
        ExitStack() as stack,
    ):
        writer = None
        for keys, x in parts:
            write_keys(keys)
            table = pa.Table.from_arrays(_arrays(x), names)
            writer = writer or stack.enter_context(
                pq.ParquetWriter(folder / MATRIX, table.schema, compression="none")
            )
            writer.write_table(table)


@contextmanager
def _removed_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def writing(path: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """What takes one table after the other: they become the file that all of them together would.

    Where the block fails there is no file: some of the rows would be taken for all of them.
    """
    with _removed_on_error(path), ExitStack() as stack:
        writer, waiting = None, None

        def flush(least: int) -> None:
            nonlocal waiting
            while writer and waiting is not None and waiting.num_rows >= least:
                writer.write_table(waiting.slice(0, GROUP).combine_chunks(), GROUP)
                waiting = waiting.slice(GROUP) if waiting.num_rows > GROUP else None

        def write(rows: pd.DataFrame) -> None:
            nonlocal writer, waiting
            table = pa.Table.from_pandas(rows, preserve_index=False)
            writer = writer or stack.enter_context(pq.ParquetWriter(path, table.schema))
            waiting = table if waiting is None else pa.concat_tables([waiting, table])
            flush(GROUP)

        yield write
        flush(0)


def _arrays(x: Table) -> list[pa.Array]:
    if isinstance(x, pd.DataFrame):
        return [pa.Array.from_pandas(x[name]) for name in x.columns]
    return [pa.array(np.ascontiguousarray(column)) for column in x.T]


def read_keys(path: Path, names: list[str] | None = None) -> pd.DataFrame:
    """Keys as they were written, or some columns.

    Entity and slices are categories, time is in minutes, the label is 0 or 1.
    """
    return pd.read_parquet(path, columns=names)


def read_groups(path: Path, names: list[str] | None = None) -> Iterator[pd.DataFrame]:
    """The same, some rows after the other."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, names, use_threads=False).to_pandas()


def groups_alike(path: Path) -> bool:
    """Whether there are several of them, and each has the categories of all rows."""
    schema = pq.read_schema(path)
    names = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    found = [rows.dtypes for rows in read_groups(path, names)]
    return len(found) > 1 and all((one == found[0]).all() for one in found)


def read_part(path: Path, part: int) -> tuple[Mask, pd.DataFrame]:
    """Which rows of the split are of `part`, and the keys of these."""
    with pq.ParquetFile(path) as file:
        masks, kept = [], [file.schema_arrow.empty_table()]
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, use_threads=False)
            masks.append(pc.equal(rows.column("part"), part).to_numpy())
            kept.append(rows.filter(pa.array(masks[-1])))
    found = pa.concat_tables(kept).to_pandas()
    del kept
    pa.default_memory_pool().release_unused()  # Arrow would keep the room of all rows
    return np.concatenate(masks), found


def read_matrix(
    folder: Path, keep: Mask, categories: Categories | None = None
) -> tuple[Matrix, list[str]]:
    """The kept rows of the features as a matrix (rows, features), and the names of its columns.

    Categories are numbered by `categories`; without it by those of the kept rows, which are then to
    be trained on.
    """
    categories = read_categories(folder, keep) if categories is None else categories
    first = done = 0
    with pq.ParquetFile(folder / MATRIX) as file:
        names = list(file.schema_arrow.names)
        x = np.empty((int(keep.sum()), len(names)), dtype=np.float32)
        for group in range(file.num_row_groups):
            some = keep[first : first + file.metadata.row_group(group).num_rows]
            into = x[done : done + int(some.sum())]
            first, done = first + len(some), done + len(into)
            # One by one: all columns of many rows may not fit into memory.
            for at, name in enumerate(names):
                # A single column leaves threads nothing to share, and they keep its memory for a
                # while.
                column = file.read_row_group(group, [name], use_threads=False).column(0)
                if pa.types.is_dictionary(column.type):
                    into[:, at] = encode(
                        pd.DataFrame({name: column.to_pandas()[some]}), categories
                    )[:, 0]
                else:
                    into[:, at] = column.to_numpy()[some]
    return x, names


def category_places(folder: Path) -> list[int]:
    """The places of the features that are categories."""
    return [
        at
        for at, field in enumerate(pq.read_schema(folder / MATRIX))
        if pa.types.is_dictionary(field.type)
    ]


def read_categories(folder: Path, keep: Mask) -> Categories:
    """The values of each category in the features' kept rows; nothing where all are numbers."""
    schema = pq.read_schema(folder / MATRIX)
    names = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    if not names:
        return {}
    return fit_categories(pq.read_table(folder / MATRIX, columns=names).to_pandas()[keep])


def write_json(path: Path, document: Any) -> None:
    """`document` as JSON that reads the same whenever it says the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """The JSON document at `path`."""
    return json.loads(path.read_text(encoding="utf-8"))
