"""The packed model is tried on files' raw rows; what depends on how they are sent is found."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.learning.probes.agreement import breach
from clockwork.learning.probes.as_sent import extreme, read_files, sample
from clockwork.learning.probes.calls import Sample
from clockwork.learning.probes.served import serving
from clockwork.learning.serving.scorer import Scorer, minutes
from clockwork.settings.data import data_settings
from clockwork.support.paths import PACKAGES
from tests.engine.unit.serving.conftest import INPUTS, ROOT, load_scorer

Predict = Callable[[pd.DataFrame], Any]


@pytest.fixture(scope="module")
def scorer(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    """The scorer of logistic regression, which every change of a value moves."""
    return load_scorer(trained, "logistic", tmp_path_factory.mktemp("scorer"))


@pytest.fixture(scope="module")
def some(trained: Path, expected: pd.DataFrame) -> Sample:
    """Some scored rows, those with extreme and missing values among them, with their history."""
    files = read_files(trained, data_settings(trained), INPUTS)
    written = expected.assign(entity=expected["entity"].astype(str)).set_index(["entity", "time"])
    written = written[["logistic"]].rename(columns={"logistic": "score"})
    asked = written.index[50::97].append(extreme([files], expected)).unique()
    return sample(files, written.loc[asked], 20)


def honest(scorer: Scorer) -> Predict:
    return lambda rows: {"score": scorer.score(rows)}


def test_a_model_that_scores_rows_by_themselves_holds(some: Sample, scorer: Scorer) -> None:
    assert breach(some, honest(scorer), honest(scorer)) == ""


def test_rows_with_the_least_the_greatest_and_no_value_are_among_those_asked_for(
    some: Sample, raw: pd.DataFrame, expected: pd.DataFrame
) -> None:
    minute = minutes(raw["at"])
    keys = list(zip(raw["machine"], minute, strict=True))
    heat, load = (raw[name].to_numpy(copy=True) for name in ("m_heat", "m_load"))
    heat[minute % 3 != 0] = load[minute % 3 != 0] = np.nan
    gone = np.flatnonzero(np.isnan(raw["m_load"]) & (minute % 3 == 0))[0]
    for number in (np.nanargmax(heat), np.nanargmin(load), gone):
        assert keys[int(number)] in some.asked.index
    assert len(some.asked) < len(expected) / 4


def in_own_order(scorer: Scorer, rows: pd.DataFrame) -> Any:
    order = np.lexsort((rows["at"].to_numpy(), rows["machine"].to_numpy(dtype=str)))
    return scorer.score(rows)[order]


def with_the_label(scorer: Scorer, rows: pd.DataFrame) -> Any:
    return scorer.score(rows) * (1 - 0.5 * rows["broken"].to_numpy())


def with_the_label_if_there(scorer: Scorer, rows: pd.DataFrame) -> Any:
    return with_the_label(scorer, rows) if "broken" in rows else scorer.score(rows)


def by_place(scorer: Scorer, rows: pd.DataFrame) -> Any:
    return scorer.score(
        rows.set_axis(sorted(rows.columns), axis=1).rename(
            columns={"at": "machine", "machine": "at"}
        )
    )


def against_the_batch(scorer: Scorer, rows: pd.DataFrame) -> Any:
    scores = scorer.score(rows)
    return scores / np.nanmax(scores)


def as_a_set(scorer: Scorer, rows: pd.DataFrame) -> Any:
    return scorer.score(rows)[~np.isnan(scorer.score(rows))]


def two_entities_or_more(scorer: Scorer, rows: pd.DataFrame) -> Any:
    return scorer.score(rows) * (1.0 if rows["machine"].nunique() > 1 else 0.999)


@pytest.mark.parametrize(
    ("served", "reported"),
    [
        (in_own_order, "rows and columns shuffled"),
        (with_the_label, "no scores but KeyError: 'broken'"),
        (
            with_the_label_if_there,
            "rows and columns shuffled, labels and slices there but permuted",
        ),
        (by_place, "no scores but"),
        (against_the_batch, "the pipeline wrote"),
        (as_a_set, "scores for"),
        (two_entities_or_more, "a row alone with its history: 'machine-"),
    ],
)
def test_a_score_that_depends_on_how_rows_are_sent_is_found(
    some: Sample, scorer: Scorer, served: Callable[[Scorer, pd.DataFrame], Any], reported: str
) -> None:
    found = breach(
        some,
        lambda rows: {"score": served(scorer, rows)},
        lambda rows: {"score": served(scorer, rows)},
    )
    assert reported in found


@pytest.mark.parametrize(
    "change", [lambda v: v.round(1), lambda v: v.clip(upper=v.max() - 0.5), lambda v: v / 1000]
)
def test_a_reader_that_rounds_clips_or_rescales_is_found(
    some: Sample, scorer: Scorer, change: Callable[["pd.Series[float]"], "pd.Series[float]"]
) -> None:
    read = some.rows.assign(m_heat=change(some.rows["m_heat"]))
    at = pd.Index([some.number(key) for key in some.asked.index])
    written = (
        pd.Series(scorer.score(read), index=some.rows.index)
        .loc[at]
        .set_axis(some.asked.index)
        .to_frame("score")
    )
    unclean = replace(some, asked=written)
    found = breach(unclean, honest(scorer), honest(scorer))
    assert "entities one after the other: 'machine-" in found
    assert "at 2026-03-01 " in found
    assert "the pipeline wrote" in found
    assert "off by" in found


def test_a_scored_row_that_the_files_do_not_have_is_found(some: Sample, scorer: Scorer) -> None:
    elsewhere = pd.DataFrame({"score": [0.5]}, pd.MultiIndex.from_tuples([("machine-3", 7)]))
    found = breach(replace(some, asked=elsewhere, history=20), honest(scorer), honest(scorer))
    assert "'machine-3' at minute 7, and the raw files have no such row" in found


@pytest.fixture
def checkout(
    trained: Path, expected: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A checkout with code of its own and the scores that the pipeline wrote of two algorithms."""
    root = tmp_path / "checkout"
    shutil.copytree(trained, root, ignore=shutil.ignore_patterns(*PACKAGES))
    for name in PACKAGES:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "build" / "scores").mkdir()
    for name in ("logistic", "robust_z"):
        scored = expected[["entity", "time"]].assign(
            label=expected["label"], score_11=expected[name]
        )
        scored.to_parquet(root / "build" / "scores" / f"{name}.parquet")
    monkeypatch.chdir(root)
    return root


@pytest.mark.slow
def test_the_packed_model_runs_its_own_code_in_another_process(checkout: Path) -> None:
    with serving(["logistic", "robust_z"]) as served:
        assert [(one.held, one.algorithm) for one in served()] == [
            (True, "logistic"),
            (True, "robust_z"),
        ]
    learner = checkout / "pipelines" / "models" / "logistic.py"
    learner.write_text(
        learner.read_text() + "\n\nMODEL.score = lambda self, x: x[:, 0] * 0.0 + 0.5\n"
    )
    scorer = checkout / "clockwork" / "learning" / "serving" / "scorer.py"
    place = 'scores[keys["place"].to_numpy()] ='
    assert place in scorer.read_text()
    scorer.write_text(
        scorer.read_text().replace(place, 'scores[np.sort(keys["place"].to_numpy())] =')
    )
    with serving(["logistic", "robust_z"]) as served:
        one, two = served()
    assert "entities one after the other" in one.message
    assert "rows and columns shuffled" in two.message
    assert (one.held, two.held) == (False, False)


def test_a_process_that_cannot_serve_is_never_a_pass(checkout: Path) -> None:
    shutil.rmtree(checkout / "build" / "models" / "logistic")
    with serving(["logistic"]) as served:
        (found,) = served()
    assert not found.held
    assert "serving ended with code" in found.message


def test_files_of_other_types_become_what_the_signature_takes(
    trained: Path, tmp_path: Path
) -> None:
    data = data_settings(trained)
    (tmp_path / "data").mkdir()
    rows = pd.DataFrame(
        {"machine": [7, 7, 9], "at": np.array([3, 6, 3], dtype=np.int32), "broken": [0, 1, 0]}
    )
    rows = rows.assign(
        site=pd.Categorical(["a", "b", "a"]), m_heat=[1, 2, 3], m_load=[0.5, np.nan, 2.0]
    )
    rows.iloc[:2].to_parquet(tmp_path / "data" / "one.parquet", index=False)
    other = rows.iloc[2:].assign(site=["a"], m_heat=[3.5], machine=["9"])
    other.to_parquet(tmp_path / "data" / "two.parquet", index=False)
    files = read_files(tmp_path, data, INPUTS)
    asked = pd.DataFrame({"score": [0.1, 0.2]}, pd.MultiIndex.from_tuples([("7", 6), ("9", 3)]))
    found = sample(files, asked, 20)
    assert found.rows[INPUTS].dtypes.astype(str).tolist() == ["str", "int64", "float64", "float64"]
    assert found.rows["m_heat"].tolist() == [1.0, 2.0, 3.5]
    assert found.rows["machine"].tolist() == ["7", "7", "9"]
    assert [found.number(key) for key in asked.index] == [1, 2]
