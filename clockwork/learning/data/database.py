"""The result of a query, kept as the file that configs/data.yaml names for raw rows."""

import os
from pathlib import Path
from typing import Any

import pyarrow as pa

from clockwork.learning.data.sources import check_place, write_table
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput


def fetch(settings: DataSettings, root: Path = Path()) -> int:
    """Run the query of configs/data.yaml and keep its rows in the file that `rows` names.

    Gives how many there are. Raises `BadInput` where the address is not in the environment, or the
    database does not answer as it should.
    """
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    if settings.sql is None:
        raise BadInput(
            "configs/data.yaml: no key 'sql' with a query; "
            "add it, or put the files where `rows` says"
        )
    check_place(settings)
    if "*" in settings.rows:
        raise BadInput(
            "configs/data.yaml: "
            f"with `sql`, rows '{settings.rows}' must name one file; take the * out"
        )
    url = os.environ.get(settings.sql.url)
    if not url:
        raise BadInput(
            "configs/data.yaml: "
            f"sql.url names {settings.sql.url}, which the environment lacks; set it"
        )
    try:
        with create_engine(url).connect() as connection:
            result = connection.execute(text(settings.sql.query))
            names, rows = list(result.keys()), [tuple(row) for row in result]
    except (SQLAlchemyError, ImportError, ValueError) as error:
        reason = str(error).splitlines()[0].replace(url, "***")
        raise BadInput(
            f"configs/data.yaml: sql: {reason}; fix the query, or {settings.sql.url}"
        ) from None
    write_table(_table(names, rows), root / settings.rows, settings)
    return len(rows)


def _table(names: list[str], rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    try:
        return pa.table([pa.array(column) for column in columns], names)
    except pa.ArrowException as error:
        raise BadInput(
            f"configs/data.yaml: sql.query: a column mixes types ({error}); cast it in the query"
        ) from None
