"""The artifacts are what there is.

A model that cannot be packed is reported, and takes nothing else down with it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.compare.paired_scores import Evidence
from clockwork.learning.serving import package
from clockwork.learning.serving.contents import Contents
from clockwork.tracking import artifacts
from clockwork.verdict.schema import Verdict


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A checkout in which `boosting` was tuned and trained, and `linear` was not."""
    root = tmp_path / "built"
    for file, text in (
        ("tuning/boosting.json", '{"params": {}}'),
        ("models/boosting/about.json", '{"seeds": [1]}'),
    ):
        (root / "build" / file).parent.mkdir(parents=True)
        (root / "build" / file).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def evidence() -> Evidence:
    """A hundred rows that both commits score alike."""
    rng = np.random.default_rng(3)
    label = (rng.random(100) < 0.3).astype(np.int8)
    keys = pd.DataFrame({"entity": ["a", "b"] * 50, "time": np.arange(100), "label": label})
    scores = {"boosting": rng.random((1, 100))}
    return Evidence(keys, scores, scores)


def names(folder: Path) -> list[str]:
    """The files below `folder`."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_model_that_cannot_be_packed_is_reported_and_the_rest_is_there(
    built: Path, verdict: Verdict, evidence: Evidence, files: list[Path], tmp_path: Path
) -> None:
    tags = artifacts.without_reports(built, verdict, evidence)(tmp_path / "made")
    (tmp_path / "packed").mkdir()
    assert artifacts.whole(tmp_path / "made", tags, files)(tmp_path / "packed") == tags
    assert tags["boosting"]["missing.model"].startswith("BadInput: ")
    assert tags["linear"] == {}
    assert names(tmp_path / "packed") == [
        "children/0/files/plots/precision-recall.svg",
        "children/0/files/tuning.json",
        "files/plots/differences.svg",
        *[f"files/{file.name}" for file in files],
    ]


def test_a_model_that_was_packed_brings_its_hashes(
    built: Path, verdict: Verdict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "save", lambda _, out: out.mkdir(parents=True))
    monkeypatch.setattr(Contents, "served", "s1")
    tags = artifacts.without_reports(built, verdict, None)(tmp_path / "packed")
    assert tags["boosting"] == {"model": Contents(built, "boosting").model, "served": "s1"}
    assert artifacts.model_of(tmp_path / "packed", 0)
    assert artifacts.model_of(tmp_path / "packed", 1) is None
    assert artifacts.files_of(tmp_path / "packed", 1) is None
