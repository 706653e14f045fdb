"""Names in columns, such as those of entities and slices, as categories."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from clockwork.learning.data.columns import blank
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput


def with_categories(path: Path, table: pa.Table, settings: DataSettings) -> pa.Table:
    """Some rows of the file at `path`, with entity and slices as categories."""
    for name in key_columns(settings):
        table = table.set_column(
            table.schema.get_field_index(name), name, _category(path, name, table.column(name))
        )
    return table


def _category(path: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_finite(column), column, None)  # no number is no name either
    plain = pa.types.is_dictionary(kind) and (
        pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)
    )
    if plain and not any(map(_nameless, column.chunks)):
        return column
    try:
        texts = column.cast(kind.value_type if pa.types.is_dictionary(kind) else kind).cast(
            pa.string()
        )
        return pc.if_else(blank(texts), None, texts).dictionary_encode()
    except pa.ArrowException:
        raise BadInput(
            f"{path}: column '{name}' is {kind}, not text or a category; convert it"
        ) from None


def _nameless(chunk: pa.DictionaryArray) -> bool:
    # An empty text is no name, as it is none in a CSV file.
    return bool(chunk.dictionary.null_count or pc.any(blank(chunk.dictionary)).as_py())


def key_columns(settings: DataSettings) -> list[str]:
    """The columns of the files that are entity and slices."""
    entity = settings.columns.entity
    return [*([entity] if entity else []), *settings.columns.slices]
