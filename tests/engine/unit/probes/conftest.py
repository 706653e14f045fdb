"""A small fleet as raw files on disk, and the readers that spoil it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.learning.data.rows import read_rows
from clockwork.learning.probes import rebuild
from clockwork.learning.probes.raw import Raw, read_raw
from clockwork.learning.probes.sample import Sample, sample
from clockwork.settings.columns import Columns
from clockwork.settings.data import DataSettings, Split
from clockwork.settings.features import FeatureSettings
from pipelines.features import feature_names

METRICS = ["load", "heat"]
HOW = FeatureSettings(every=2, windows={5: ["mean", "std"], 9: ["z"]})
NAMES = feature_names(METRICS, HOW)
NAMED = [f"device-{n}" for n in range(5)]
SETTINGS = DataSettings(
    rows="data/part-*.parquet",
    step=1,
    columns=Columns(entity="device", time="at", label="failed", slices=["kind"], metrics=METRICS),
    split=Split(
        train_share_of_time=0.5, train_share_of_entities=0.5, embargo=9, folds=2, fold_by="entity"
    ),
)
Reader = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture
def raw(tmp_path: Path) -> Raw:
    """Six entities over 200 minutes in two files, with a column that nothing names.

    Beside them is a file that is no raw one.
    """
    generator = np.random.default_rng(1)
    root = tmp_path / "checkout"
    (root / "data").mkdir(parents=True)
    frame = pd.DataFrame({"device": np.repeat([*NAMED, "device-5"], 200)})
    frame["at"] = pd.Timestamp("2026-01-05") + pd.to_timedelta(
        np.tile(np.arange(200), 6), unit="min"
    )
    frame["failed"] = (generator.random(len(frame)) < 0.1).astype(np.int8)
    frame["kind"] = np.where(frame["device"] < "device-3", "camera", "pump")
    frame["load"] = np.where(
        generator.random(len(frame)) < 0.02, np.nan, generator.normal(size=len(frame))
    )
    frame["heat"] = generator.integers(-50, 50, len(frame)).astype(np.int16)
    frame["spare_part"] = generator.normal(size=len(frame))
    frame = frame[generator.random(len(frame)) > 0.01]
    for at, part in enumerate((frame[frame["kind"] == "camera"], frame[frame["kind"] == "pump"])):
        part.to_parquet(root / "data" / f"part-{at}.parquet", index=False)
    (root / "data" / "beside.txt").write_text("limits", encoding="utf-8")
    return read_raw(SETTINGS, root)


@pytest.fixture
def some(raw: Raw) -> Sample:
    """Five of the six entities."""
    return sample(raw, NAMED)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Callable[[Reader], None]:
    """Let head's reader do something to what it has read."""

    def use(reader: Reader) -> None:
        monkeypatch.setattr(
            rebuild, "read_rows", lambda settings, root: reader(read_rows(settings, root))
        )

    return use
