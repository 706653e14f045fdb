"""What many rows need at once.

Stages take a column, a block of rows or some entities at a time, to the same bits.
"""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockwork.learning.data import parts
from clockwork.learning.data import profile as profiles
from clockwork.learning.data.profile import profile
from clockwork.learning.data.rows import read_rows
from clockwork.learning.encoding import Table
from clockwork.learning.kept import blocks
from clockwork.learning.stages import features
from clockwork.learning.tables import KEYS, MATRIX, read_keys, read_matrix, write_parts
from clockwork.settings.data import data_settings
from clockwork.support.paths import FEATURES
from tests.engine.unit.serving.conftest import raw, trained

__all__ = ["raw", "trained"]


def matrix(rows: int, columns: int) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(rows)
    x = rng.normal(5, 10.0 ** rng.integers(-3, 4, columns), (rows, columns)).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = np.nan
    return x


@pytest.fixture
def pool() -> Iterator[pa.MemoryPool]:
    """Arrow's memory from here on, with a maximum of its own."""
    before = pa.default_memory_pool()
    own = pa.proxy_memory_pool(before)
    pa.set_memory_pool(own)
    yield own
    pa.set_memory_pool(before)


def test_some_rows_of_the_features_need_the_room_of_a_column_not_of_all(
    tmp_path: Path, pool: pa.MemoryPool
) -> None:
    x = matrix(20_000, 40)
    write_parts(
        tmp_path, [(pd.DataFrame({"row": np.arange(len(x))}), x)], [str(at) for at in range(40)]
    )
    written = pool.max_memory()
    keep = np.arange(len(x)) % 1000 == 0
    before = pa.total_allocated_bytes()
    with_room = pa.proxy_memory_pool(pool)
    pa.set_memory_pool(with_room)
    found, _ = read_matrix(tmp_path, keep)
    assert found.tobytes() == x[keep].tobytes()
    assert before <= written
    assert with_room.max_memory() < x.nbytes / 8


def test_the_look_of_columns_needs_little_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    x = matrix(100_000, 8)
    tracemalloc.start()
    found = profile(x, list("abcdefgh"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes
    monkeypatch.setattr(profiles, "BLOCK", 77)
    assert profile(x, list("abcdefgh")) == found


@given(st.integers(1, 40), st.integers(2, 9), st.integers(1, 50))
def test_sums_of_blocks_are_those_of_all_rows_to_the_bit(
    rows: int, columns: int, block: int
) -> None:
    x = matrix(rows, columns)
    there = ~np.isnan(x)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiles, "BLOCK", block)
        half = len(x) // 2
        mean = np.where(there, x, 0).sum(axis=0, dtype=np.float64) / np.maximum(
            there.sum(axis=0), 1
        )
        squares = np.where(there, (x - mean) ** 2, 0).sum(axis=0, dtype=np.float64)
        assert (profiles._sums(iter([x]), mean, 2) == squares).all()
        assert (
            profiles._sums(iter([x[:half], x[half:]]), 0.0)
            == np.where(there, x, 0).sum(axis=0, dtype=np.float64)
        ).all()


@given(st.lists(st.integers(1, 9), min_size=1), st.integers(1, 30))
def test_blocks_are_of_whole_entities_and_hold_every_row_once(sizes: list[int], least: int) -> None:
    entity = pd.Series(pd.Categorical(np.repeat([f"e{at}" for at in range(len(sizes))], sizes)))
    found = blocks(entity, least)
    assert [row for part in found for row in range(part.start, part.stop)] == list(
        range(len(entity))
    )
    edges = np.cumsum([0, *sizes]).tolist()
    assert {part.start for part in found} <= set(edges)
    assert all(part.stop - part.start >= least for part in found[:-1])
    assert all(part.stop - part.start < 2 * least + max(sizes) for part in found)


@pytest.fixture
def checkout(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small checkout, without what was built in it."""
    for path in trained.iterdir():
        if path.name != "build":
            (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(checkout: Path) -> tuple[bytes, pd.DataFrame, int]:
    """The features as bytes, their keys, and in how many parts they were written."""
    features.main()
    table = pq.read_table(checkout / FEATURES / MATRIX)
    keys = pd.read_parquet(checkout / FEATURES / KEYS)
    return (
        table.to_pandas().to_numpy().tobytes(),
        keys,
        pq.read_metadata(checkout / FEATURES / MATRIX).num_row_groups,
    )


def test_features_of_some_entities_at_a_time_are_those_of_all(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, keys, groups = written(checkout)
    assert groups == 1
    monkeypatch.setattr(parts, "LEAST", 500)
    again, same, groups = written(checkout)
    assert groups == 3
    assert again == x
    pd.testing.assert_frame_equal(keys, same)


def test_features_that_come_out_as_other_columns_are_made_of_all_rows(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = read_rows(data_settings(trained), trained)
    monkeypatch.setattr(parts, "LEAST", 500)

    def count(change: Callable[[pd.DataFrame], pd.DataFrame], kind: Callable[..., object]) -> int:
        def build(some: pd.DataFrame) -> tuple[pd.DataFrame, Table]:
            return (  # type: ignore[return-value]
                change(some[["entity", "time", "site"]]),
                kind(some[["m_heat"]]),
            )

        return len(list(features._parts(parts.parts_of(rows), build)))

    assert count(lambda keys: keys, np.asarray) == 3
    assert count(lambda keys: keys, pd.DataFrame) == 1
    assert (
        count(
            lambda keys: keys.assign(entity=keys["entity"].cat.remove_unused_categories()),
            np.asarray,
        )
        == 1
    )
    assert count(lambda keys: keys.assign(note="new"), np.asarray) == 1


def test_a_matrix_is_the_same_whatever_groups_it_was_written_in(tmp_path: Path) -> None:
    x = matrix(1_000, 3)
    names = ["a", "b", "c"]
    keys = pd.DataFrame({"row": np.arange(len(x))})
    write_parts(
        tmp_path,
        [(keys[first : first + 300], x[first : first + 300]) for first in range(0, 1_000, 300)],
        names,
    )
    keep = np.arange(len(x)) % 7 == 0
    keep[300:600] = False
    assert read_matrix(tmp_path, keep)[0].tobytes() == x[keep].tobytes()
    assert read_keys(tmp_path / KEYS)["row"].tolist() == list(range(1_000))
