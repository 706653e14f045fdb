"""A scorer says of raw rows what the pipeline says, in whatever order they come.

It refuses what it cannot read.
"""

import json
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.learning.serving.scorer import Scorer, minutes
from clockwork.support.errors import BadInput
from tests.engine.unit.serving.conftest import load_scorer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a scorer is loaded from."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def scorer(trained: Path, folder: Path) -> Scorer:
    """The scorer of lightgbm."""
    return load_scorer(trained, "lightgbm", folder)


def test_kept_rows_are_scored_as_by_the_pipeline_and_others_not_at_all(
    scorer: Scorer, raw: pd.DataFrame, expected: pd.DataFrame
) -> None:
    scores = scorer.score(raw)
    kept = minutes(raw["at"]) % 3 == 0
    assert np.array_equal(scores[kept], expected["lightgbm"])
    assert np.isnan(scores[~kept]).all()


def test_machines_at_other_minutes_are_scored_as_often(
    trained: Path, raw: pd.DataFrame, tmp_path: Path
) -> None:
    scorer = load_scorer(trained, "lightgbm", tmp_path)
    scorer.data = scorer.data.model_copy(update={"step": 3})
    at = pd.Timestamp("2026-03-01") + pd.to_timedelta(3 * np.arange(len(raw)), unit="min")
    for minute in range(3):
        rows = raw.assign(machine="machine-0", at=at + pd.Timedelta(minutes=minute))
        assert np.isfinite(scorer.score(rows)).all()


def test_the_longest_window_is_history_enough(scorer: Scorer, raw: pd.DataFrame) -> None:
    late = raw[(raw["at"] > "2026-03-01 04:00") & (raw["machine"] == "machine-3")]
    known = pd.Series(scorer.score(raw), index=raw.index)[late.index].to_numpy()
    seen = minutes(late["at"]) >= minutes(late["at"])[0] + 20
    again = scorer.score(late)
    assert np.array_equal(again[seen], known[seen], equal_nan=True)
    assert not np.array_equal(again, known, equal_nan=True), (
        "the first rows lack their history, and that shows"
    )


def test_times_in_another_zone_are_the_same_minutes(raw: pd.DataFrame) -> None:
    assert np.array_equal(
        minutes(raw["at"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")), minutes(raw["at"])
    )
    assert minutes(pd.Series([1, 2])).tolist() == [1, 2]
    assert minutes(pd.Series([date(1970, 1, 2)]), None).tolist() == [24 * 60]


def test_no_rows_have_no_scores(scorer: Scorer, raw: pd.DataFrame) -> None:
    assert len(scorer.score(raw.iloc[:0])) == 0
    assert np.isnan(scorer.score(raw[minutes(raw["at"]) % 3 == 1])).all()


@pytest.mark.parametrize(
    ("spoil", "reported"),
    [
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "is there twice"),
        (lambda rows: rows.assign(machine=None), "rows have none"),
        (lambda rows: rows.assign(at=pd.NaT), "rows have none"),
        (lambda rows: rows.assign(at="noon"), "'at' is .*, not a timestamp or whole minutes"),
        (lambda rows: rows.assign(at=minutes(rows["at"]) * 60), "'at': .* is no number of minutes"),
        (
            lambda rows: rows.assign(m_heat=np.inf),
            "'m_heat': .* infinite values, the first .* 'machine-0' at 2026-03-01 00:00",
        ),
        (lambda rows: rows.assign(m_heat=1e300), "'m_heat': .* values beyond float32"),
        (lambda rows: rows.assign(m_heat="hot"), "'m_heat' is .*, not a number"),
        (lambda rows: rows.drop(columns="m_heat"), "'m_heat' must be there once"),
    ],
)
def test_rows_that_cannot_be_read_are_refused(
    scorer: Scorer, raw: pd.DataFrame, spoil: object, reported: str
) -> None:
    with pytest.raises(BadInput, match=reported):
        scorer.score(spoil(raw))  # type: ignore[operator]


@pytest.mark.usefixtures("scorer")
def test_a_model_of_other_features_is_not_served(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    about = json.loads((broken / "about.json").read_text())
    (broken / "about.json").write_text(
        json.dumps({**about, "features": about["features"][1:]}), encoding="utf-8"
    )
    with pytest.raises(BadInput, match="other features"):
        Scorer.load(broken)
