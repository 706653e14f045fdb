"""Where raw rows lie: Parquet or CSV files below the checkout."""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq

from clockwork.learning.data.dates import dated
from clockwork.learning.data.target import with_target
from clockwork.settings.data import Csv, DataSettings
from clockwork.support.errors import BadInput

CSV = (".csv", ".csv.gz")
COMMA = re.compile(r"-?\d+,\d+")  # a number with one
STAMP = "%Y-%m-%dT%H:%M:%S.%f%z"  # also where all are at midnight, or they would be read as days


def files(settings: DataSettings, root: Path = Path()) -> list[Path]:
    """The files that configs/data.yaml names, in the order in which they are read.

    Raises `BadInput` where none is.
    """
    check_place(settings)
    try:
        found = sorted(root.glob(settings.rows))
    except ValueError as error:  # such as `**` within a name
        raise BadInput(f"configs/data.yaml: rows '{settings.rows}': {error}; mend it") from None
    if not found:
        remedy = (
            "run `python -m clockwork fetch`" if settings.sql else "run `make run` or fix the key"
        )
        raise BadInput(f"configs/data.yaml: rows '{settings.rows}' match no file; {remedy}")
    return found


def check_place(settings: DataSettings) -> None:
    """Raise `BadInput` where `rows` of configs/data.yaml is no path below the checkout."""
    pattern = Path(settings.rows)
    if pattern.is_absolute() or ".." in pattern.parts or not pattern.parts:
        raise BadInput(
            f"configs/data.yaml: rows '{settings.rows}' must be a path below the checkout"
        )


def one_table(tables: Sequence[pa.Table], rows: str) -> pa.Table:
    """The tables of all files of `rows` as one.

    Raises `BadInput` where the types of a column do not fit.
    """
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        one = "zone, best in UTC," if "zone" in str(error) else "type"
        raise BadInput(
            f"{rows}: the files disagree ({error}); write a column as one {one} in all"
        ) from None


def read_table(path: Path, settings: DataSettings, columns: list[str] | None = None) -> pa.Table:
    """All `columns` of one file, typed as it says or as its text reads, without rows to be dropped.

    Raises `BadInput` where it cannot.
    """
    try:
        if path.name.endswith(CSV):
            table = _named(path, _read_csv(path, settings), settings)
            _check_commas(path, table, settings)
            table = table if columns is None else table.select(columns)
        else:
            table = pq.read_table(path, columns=columns, partitioning=None)
            _check_text(path, table)
        label = settings.columns.label
        if settings.unlabelled == "drop" and label in table.column_names:
            table = with_target(table, label)
        return dated(path, table, settings)
    except (pa.ArrowException, OSError, ValueError, LookupError) as error:
        raise _unreadable(path, error) from None


def schema_of(path: Path, settings: DataSettings) -> pa.Schema:
    """The names and types of the columns of one file. Raises `BadInput` where it cannot be read."""
    if path.name.endswith(CSV):
        return read_table(path, settings).schema
    try:
        schema = pq.read_schema(path)
        return dated(path, schema.empty_table(), settings).schema if settings.dates else schema
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None


def first_rows(path: Path, settings: DataSettings, columns: list[str], count: int) -> pa.Table:
    """The first `count` rows of one file, with these columns."""
    if path.name.endswith(CSV):
        return read_table(path, settings, columns).slice(0, count)
    with pq.ParquetFile(path) as file:
        rows = pa.Table.from_batches(
            [next(file.iter_batches(batch_size=count, columns=columns))]
        ).select(columns)
        return dated(path, rows, settings)


def _unreadable(path: Path, error: Exception) -> BadInput:
    kind = "CSV" if path.name.endswith(CSV) else "Parquet"
    fix = ", or fix `csv` of configs/data.yaml" if kind == "CSV" else ""
    return BadInput(
        f"{path}: not a readable {kind} file ({error}); "
        f"fetch it again{fix}, or leave it out of `rows`"
    )


def _check_text(path: Path, table: pa.Table) -> None:
    # Arrow takes text that is none as it is, and a column of a CSV file with such text for bytes.
    csv = path.name.endswith(CSV)
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        text = (
            pa.types.is_string(kind)
            or pa.types.is_large_string(kind)
            or (csv and pa.types.is_binary(kind))
        )
        if text and not _readable(column):
            at = next(at for at in range(len(column)) if not _readable(column.slice(at, 1)))
            remedy = "set `encoding` of `csv` in configs/data.yaml" if csv else "write it as UTF-8"
            raise BadInput(f"{path}: column '{name}': row {at} is no UTF-8 text; {remedy}")


def _check_commas(path: Path, table: pa.Table, settings: DataSettings) -> None:
    # Numbers with a comma would be text without a word, each a category of its own.
    if settings.csv.decimal != ".":
        return
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name in {*settings.columns.names, *settings.columns.exclude} or not pa.types.is_string(
            column.type
        ):
            continue
        texts = column.drop_null()
        if not len(texts) or not COMMA.fullmatch(texts[0].as_py()):  # most columns are text at once
            continue
        if pc.all(pc.match_substring_regex(texts, f"^{COMMA.pattern}$")).as_py():
            raise BadInput(
                f"{path}: column '{name}' is of numbers with a comma, such as '{texts[0]}'; "
                "where it is the decimal sign, set `decimal` of `csv` in configs/data.yaml, "
                "else write them without, or list it in `exclude`"
            )


def _readable(column: pa.ChunkedArray) -> bool:
    try:
        column.cast(pa.large_binary()).cast(pa.large_string())
    except pa.ArrowException:
        return False
    return True


def _read_csv(path: Path, settings: DataSettings) -> pa.Table:
    # A mark of the byte order at the start is skipped, and what ends in .gz is unpacked, both by
    # Arrow itself.
    how = settings.csv
    return pv.read_csv(
        path,
        read_options=pv.ReadOptions(encoding=how.encoding),
        parse_options=pv.ParseOptions(delimiter=how.separator, newlines_in_values=True),
        convert_options=pv.ConvertOptions(
            decimal_point=how.decimal,
            strings_can_be_null=True,
            column_types=dict.fromkeys(settings.columns.names, pa.binary()),
        ),
    )


def _named(path: Path, table: pa.Table, settings: DataSettings) -> pa.Table:
    # Names stay as they are written: 007 is not 7. But whole numbers are often written as 7.0
    # beside a missing one.
    _check_text(path, table)
    for name in settings.columns.names:
        at = table.schema.get_field_index(name)
        if at < 0:
            continue
        texts = table.column(at).cast(pa.string())
        if pc.all(pc.match_substring_regex(texts, r"^-?\d+(\.0+)?$")).as_py():
            texts = pc.replace_substring_regex(texts, r"\.0+$", "")
        table = table.set_column(at, name, texts)
    return table


def write_table(table: pa.Table, path: Path, settings: DataSettings) -> None:
    """Write `table` to `path` so that `read_table` reads it back; half of it is never there.

    Raises `BadInput` where the encoding of a CSV file lacks a character.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=".rows-") as place:
        draft = Path(place) / path.name  # its ending says how it is packed
        if path.name.endswith(CSV):
            _write_csv(table, draft, settings.csv)
        else:
            pq.write_table(table, draft)
        draft.replace(path)


def _write_csv(table: pa.Table, path: Path, how: Csv) -> None:
    try:
        table.to_pandas().to_csv(
            path,
            sep=how.separator,
            decimal=how.decimal,
            encoding=how.encoding,
            date_format=STAMP,
            index=False,
        )
    except (UnicodeError, LookupError) as error:
        raise BadInput(
            f"configs/data.yaml: csv.encoding '{how.encoding}' cannot write the rows ({error}); "
            "set utf8, or rename `rows` to a Parquet file"
        ) from None
