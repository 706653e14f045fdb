"""The way of the rows: each stage that ran tells how many rows went in and came out."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from clockwork.learning.about import About, write_about
from clockwork.learning.way import lines, way_of_rows
from clockwork.support.paths import FEATURES, MODELS, SCORES, SPLIT, VALIDATION
from clockwork.verdict.parts import RowAccount


def write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")


def counts(before: int, after: int, **lost: list[str]) -> dict[str, Any]:
    pair = [before, after]
    return {"reason": "why", "rows": pair, "entities": pair, "positives": pair, "lost": lost}


def test_each_stage_that_ran_tells_of_its_rows_and_of_those_it_left_out(tmp_path: Path) -> None:
    assert way_of_rows(tmp_path, ["trees"]) == []
    write(tmp_path / VALIDATION, {"accounts": {"read": {"reason": "read", "rows": [9, 8]}}})
    write(tmp_path / FEATURES / "account.json", counts(8, 8))
    split = {"train": counts(8, 4, entity=["c"]), "evaluate": counts(8, 3), "neither": counts(8, 1)}
    write(tmp_path / SPLIT.parent / "account.json", split)
    write_about(tmp_path / MODELS / "trees", About([1], trained_on={"all": 4, "positive": 4}))
    (tmp_path / SCORES).mkdir()
    pd.DataFrame({"score_1": [0.1, 0.2]}).to_parquet(tmp_path / SCORES / "trees.parquet")
    steps = way_of_rows(tmp_path, ["trees", "absent"])
    assert [step["stage"] for step in steps] == [
        *("validate", "features", "split", "split", "split"),
        *("train trees", "score trees"),
    ]
    assert steps[2]["lost"] == {"entity": 1}
    assert lines(steps) == ["rows: score trees: 2 of 3"], "a model that scored fewer rows is named"
    assert [RowAccount(**step).rows for step in steps][-1] == (3, 2)
