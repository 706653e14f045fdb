"""Which raw columns features are made of, and how each of them is taken."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from clockwork.learning.data.columns import kind_of
from clockwork.learning.data.sources import files, schema_of
from clockwork.learning.encoding import Kind
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput, BadRows

INDEX = re.compile(r"__index_level_\d+__")  # of rows that pandas wrote: their numbers, no values


def raw_features(available: Sequence[str], settings: DataSettings) -> list[str]:
    """The raw columns that features are made of.

    They are those that match `features`, without what is excluded or has a role, and without an
    index of pandas that is not named in full. A slice that is named by a pattern is a feature as
    well, and so is what `text` names.
    """
    columns = settings.columns
    out = set(matching(available, columns.exclude))
    out |= {name for name in columns.roles if name not in columns.slices}
    named = (*columns.metrics, *columns.text)
    out |= {name for name in available if INDEX.fullmatch(name) and name not in named}
    found = dict.fromkeys(matching(available, named))
    return [name for name in found if name not in out]


def raw_kinds(schema: pa.Schema, settings: DataSettings) -> Mapping[str, Kind]:
    """How each of the raw features is taken. Raises `BadInput` for one that cannot be.

    A slice is a category, also where its values are numbers.
    """
    text = set(matching(schema.names, settings.columns.text))
    kinds = {
        name: _kind(schema, name, text=name in text)
        for name in raw_features(schema.names, settings)
    }
    return {**kinds, **{name: "category" for name in settings.columns.slices if name in kinds}}


def _kind(schema: pa.Schema, name: str, *, text: bool) -> Kind:
    column = schema.field(schema.names.index(name)).type
    kind = kind_of(column)
    if text and kind != "category":
        raise BadRows(
            f"column '{name}' is {column}, not text; take it out of `text` of configs/data.yaml"
        )
    if kind is None:
        raise BadRows(
            f"column '{name}' is {column}, no number, date or text; convert it or add it to exclude"
        )
    return "text" if text else kind


def matching(available: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Those of `available` that a pattern names.

    Only * is special: "heat [K]" or "ok?" stand for themselves.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        shape = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
        found |= dict.fromkeys(
            [pattern] if pattern in available else filter(shape.fullmatch, available)
        )
    return list(found)


def columns_of_files(settings: DataSettings, root: Path = Path()) -> tuple[list[str], list[str]]:
    """The columns of the files that have no role and are no feature, each once, in order of name.

    Beside them the features that some files lack, each with the first of these.
    """
    names = {path: schema_of(path, settings).names for path in files(settings, root)}
    known = list(dict.fromkeys(name for there in names.values() for name in there))
    for name in settings.dates:
        if name not in known:
            raise BadInput(
                f"{settings.rows}: no file has a column '{name}', "
                "which `dates` of configs/data.yaml names"
            )
    features = raw_features(known, settings)
    held, partial = {path: set(there) for path, there in names.items()}, []
    for name in features:
        lacking = next((path for path, there in held.items() if name not in there), None)
        partial += [] if lacking is None else [f"'{name}' ({lacking})"]
    return sorted(set(known) - set(settings.columns.roles) - set(features)), partial
