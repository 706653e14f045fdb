"""A small table of customers, as somebody might bring it, and what is made of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.adopt.guess import Given
from clockwork.commands.adopt.found import Found, look

ROWS = 600
Bring = Callable[..., tuple[Found | None, list[str]]]


def customers(**columns: Any) -> pd.DataFrame:
    """Who left, with plan, region and age; a further column replaces one, None takes it away."""
    rng = np.random.default_rng(3)
    left = rng.random(ROWS) < 0.4
    table: dict[str, Any] = {
        "left": np.where(left, "Yes", "No"),
        "region": rng.choice(["north", "south"], ROWS),
        "age": rng.integers(18, 90, ROWS),
        "spent": np.round(rng.gamma(2, 30, ROWS) + 20 * left, 2),
        **columns,
    }
    return pd.DataFrame({name: values for name, values in table.items() if values is not None})


def days(pattern: str = "%Y-%m-%d") -> list[str]:
    """A day for each row, from January 2025 on, as text."""
    return [
        str(day)
        for day in (pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(ROWS), "D")).strftime(
            pattern
        )
    ]


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """Write a table (or text, or bytes) to a file and look at it; `options` are the verb's."""

    def brought(
        content: pd.DataFrame | str | bytes,
        name: str = "customers.csv",
        /,
        target: str = "left",
        **options: Any,
    ) -> tuple[Found | None, list[str]]:
        path = tmp_path / name
        if isinstance(content, pd.DataFrame):
            content.to_parquet(path) if name.endswith("parquet") else content.to_csv(
                path, index=False
            )
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        folder = tmp_path / "staged"
        folder.mkdir()
        return look(path, Given(target, **options), None, folder)

    return brought


@pytest.fixture
def found(bring: Bring) -> Callable[..., Found]:
    """The same where nothing is wrong."""

    def fine(*args: Any, **options: Any) -> Found:
        what, problems = bring(*args, **options)
        assert problems == []
        assert what is not None
        return what

    return fine
