"""Two small files of predictions of each task."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROWS = 1200
Make = Callable[..., pd.DataFrame]


def binary(skill: float, seeds: range) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    label, noise = rng.random(ROWS) < 0.2, rng.normal(size=ROWS)
    rows = pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "label": np.where(label, "yes", "no"),
            "slice_kind": rng.choice(["a", "b"], ROWS),
        }
    )
    return rows.assign(
        **{f"prediction_{seed}": _chance(skill * label + noise + _own(seed)) for seed in seeds}
    )


def regression(skill: float, seeds: range) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    price, noise = rng.gamma(3, size=ROWS), rng.normal(size=ROWS)
    rows = pd.DataFrame({"id": np.arange(ROWS), "price": price})
    return rows.assign(
        **{f"prediction_{seed}": skill * price + 0.3 * noise + _own(seed) for seed in seeds}
    )


def multiclass(skill: float, seeds: range) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    label, noise = rng.integers(0, 3, ROWS), rng.normal(size=(ROWS, 3))
    rows = pd.DataFrame({"id": np.arange(ROWS), "target": np.array(["low", "mid", "top"])[label]})
    for seed in seeds:
        odds = np.exp(skill * np.eye(3)[label] + noise + _own(seed)[:, None] * [0, 1, 2])
        for at, name in enumerate(("low", "mid", "top")):
            rows[f"prediction_{seed}_{name}"] = odds[:, at] / odds.sum(axis=1)
    return rows


def ranking(skill: float, seeds: range) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    relevance, noise = rng.integers(0, 4, ROWS), rng.normal(size=ROWS)
    rows = pd.DataFrame(
        {"query": np.arange(ROWS) // 8, "item": np.arange(ROWS) % 8, "relevance": relevance}
    )
    return rows.assign(
        **{f"prediction_{seed}": skill * relevance + noise + _own(seed) for seed in seeds}
    )


def _own(seed: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return 0.1 * np.random.default_rng(100 + seed).normal(size=ROWS)


def _chance(
    odds: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.asarray(1 / (1 + np.exp(1.5 - odds)))


MAKE: dict[str, Make] = {
    "binary": binary,
    "regression": regression,
    "multiclass": multiclass,
    "ranking": ranking,
}
TARGET = {"binary": "label", "regression": "price", "multiclass": "target", "ranking": "relevance"}


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """Writes base with skill 1.5 and head with another, as CSV and Parquet; gives both paths."""

    def written(
        task: str, skill: float, change: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows
    ) -> tuple[Path, Path]:
        base, head = tmp_path / "base.csv", tmp_path / "head.parquet"
        make = MAKE[task]
        make(BEST[task], range(5)).to_csv(base, index=False)
        change(make(skill, range(10, 13))).to_parquet(head)
        return base, head

    return written


BEST = {"binary": 1.5, "regression": 1.0, "multiclass": 1.5, "ranking": 1.0}
WORST = {"binary": 0.7, "regression": 0.7, "multiclass": 0.8, "ranking": 0.4}
