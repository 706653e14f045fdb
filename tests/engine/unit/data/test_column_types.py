"""Whatever type a column has, rows are read and learnt from, or one line says what is wrong."""

import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clockwork.learning.data.profile import profile
from clockwork.learning.data.rows import feature_columns, read_rows
from clockwork.learning.tables import read_keys, write_parts
from clockwork.settings.data import DataSettings
from clockwork.settings.features import FeatureSettings
from clockwork.support.errors import BadInput
from pipelines.features import build_features, feature_names
from tests.engine.unit.data.conftest import table

BITS = [0, 1, 0, 1, 0, 0, 0, 1]
DAYS = [bit * 86_400_000 for bit in BITS]
HOW = FeatureSettings(every=1, windows={3: ["mean", "std"]})
NUMBERS = [getattr(pa, f"{kind}{bits}")() for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
STAMPS = [
    *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")),
    pa.timestamp("ms", "Europe/Berlin"),
]
STAMPS += [pa.timestamp("us", "Nowhere/Land"), pa.timestamp("ns", "+05:30")]
SPANS = [
    *(pa.duration(unit) for unit in ("s", "ms", "us", "ns")),
    pa.date64(),
    pa.time64("us"),
    pa.time64("ns"),
]
TEXTS = [pa.string(), pa.large_string(), pa.string_view(), pa.json_(pa.string())]


def categories(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0, 1] * 4, pa.int8()), pa.array(values, kind))


def arrays() -> dict[str, pa.Array]:
    """A column of eight for each type Parquet can hold, and values that some cast would spoil."""
    found = {
        str(kind): pa.array(BITS).cast(kind)
        for kind in [*NUMBERS, pa.float32(), pa.float64(), pa.bool_()]
    }
    found |= {str(kind): pa.array(DAYS, pa.int64()).cast(kind) for kind in [*STAMPS, *SPANS]}
    found |= {
        str(kind): pa.array(BITS, pa.int32()).cast(kind) for kind in (pa.date32(), pa.time32("ms"))
    }
    found |= {str(kind): pa.array(["1", "0"] * 4, pa.string()).cast(kind) for kind in TEXTS}
    for kind in (
        pa.decimal32(7, 2),
        pa.decimal64(9, 2),
        pa.decimal128(10, 2),
        pa.decimal256(40, 2),
    ):
        found[str(kind)] = pa.array([Decimal(bit) for bit in BITS]).cast(kind)
    for kind in (pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(2)):
        found[str(kind)] = pa.array([b"ab", b"\xff\xfe"] * 4, pa.binary()).cast(kind)
    for kind in (
        pa.list_(pa.int64()),
        pa.large_list(pa.int64()),
        pa.list_(pa.int64(), 2),
        pa.list_(pa.string()),
    ):
        found[str(kind)] = pa.array([[1, 2], [2, 3]] * 4, pa.list_(pa.int64())).cast(kind)
    for name, kind in (("text", pa.string()), ("long text", pa.large_string())):
        found[f"category of {name}"] = categories(["a", "b"], kind)
    for kind in (pa.int64(), pa.float64(), pa.timestamp("ms"), pa.bool_()):
        found[f"category of {kind}"] = categories([0, 1], pa.int64()).cast(
            pa.dictionary(pa.int8(), kind)
        )
    return found | {
        "halffloat": pa.array(np.array(BITS, np.float16)),
        "struct": pa.array([{"a": 1}, {"a": 2}] * 4),
        "struct of a list": pa.array([{"a": [1]}, {"a": [2]}] * 4),
        "list of structs": pa.array([[{"a": 1}], []] * 4),
        "map": pa.array([[("a", 1)], [("b", 2)]] * 4, pa.map_(pa.string(), pa.int64())),
        "text as bytes": pa.array([b"a", b"b"] * 4),
        "category of bytes": categories([b"a", b"\xff"], pa.binary()),
        "category, some missing": pa.DictionaryArray.from_arrays(
            pa.array([0, None] * 4, pa.int8()), ["a", "b"]
        ),
        "category, one twice": categories(["a", "a"], pa.string()),
        "uuid": pa.array([uuid.UUID(int=1).bytes] * 8, pa.uuid()),
        "bool8": pa.ExtensionArray.from_storage(pa.bool8(), pa.array([0, 1] * 4, pa.int8())),
        "null": pa.nulls(8),
        "missing numbers": pa.nulls(8, pa.int64()),
        "missing texts": pa.nulls(8, pa.string()),
        "no numbers": pa.array([float("nan")] * 8),
        "largest unsigned": pa.array([2**64 - 1] * 8, pa.uint64()),
        "least": pa.array([-(2**63)] * 8, pa.int64()),
        "beyond float32": pa.array([1e300, -1e300] * 4),
        "infinite": pa.array([float("inf"), 1.0] * 4),
        "some sites no text": pa.array(["\x1b[31m", "[/dev/sda1]"] * 4),
    }


ARRAYS = arrays()


def outcome(settings: DataSettings, root: Path) -> tuple[str, pd.DataFrame | None]:
    try:
        return "", read_rows(settings, root)
    except BadInput as error:
        return str(error), None


@pytest.mark.parametrize("role", ["machine", "at", "failed", "site", "metric_a"])
@pytest.mark.parametrize("kind", ARRAYS)
def test_a_column_of_any_type_in_any_role_works_or_is_one_line(
    tmp_path: Path, settings: DataSettings, kind: str, role: str
) -> None:
    (tmp_path / "data").mkdir()
    rows = {"at": list(range(8)), "machine": ["m1"] * 8} | {role: ARRAYS[kind]}
    if role == "machine":
        # Each entity in one piece.
        rows[role] = pa.concat_arrays([ARRAYS[kind][:1]] * 4 + [ARRAYS[kind][1:2]] * 4)
    pq.write_table(table(**rows), tmp_path / "data" / "0.parquet")
    reported, read = outcome(settings, tmp_path)
    if read is None:
        assert "\n" not in reported
        assert any(word in reported for word in (f"'{role}'", "'entity'", "entity '")), reported
        return
    metrics = feature_columns(read, settings)
    assert len(read) == 8
    numbers = [name for name in metrics if read[name].dtype.kind == "f"]
    profile(read[numbers].to_numpy(dtype=np.float32), numbers)
    how = HOW if numbers == metrics else FeatureSettings()  # windows are of numbers
    keys, x = build_features(read, metrics, 1, how)
    write_parts(tmp_path, [(keys, x)], feature_names(metrics, how))
    assert (
        read_keys(tmp_path / "keys.parquet")["entity"].astype(str).tolist()
        == read["entity"].astype(str).tolist()
    )


def test_the_types_are_many() -> None:
    assert len(ARRAYS) >= 60
