"""A search starts where the last one ended.

It takes its trials over only where they would come out the same.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np
import pytest

from clockwork.learning.tuning.digest import ROOT
from clockwork.learning.tuning.job import Job, done, finish, job, run
from clockwork.learning.tuning.warm import Warm, read_warm, write_warm
from clockwork.model import Folds
from clockwork.settings.models import ModelSettings, Space, TuningSettings
from clockwork.support.errors import BadInput

BUDGET = TuningSettings(
    trials=4, seed=5, rounds_per_step=5, patience=2, settle=0.0, startup_trials=1
)
SPACE = ModelSettings.model_validate(
    {
        "params": {"rounds": 10, "min_data_in_leaf": 5},
        "search": {
            "num_leaves": {"low": 2, "high": 9},
            "learning_rate": {"low": 0.05, "high": 0.5, "log": True},
        },
        "start": [{"num_leaves": 4, "learning_rate": 0.1}],
    }
)


@pytest.fixture
def folds() -> Folds:
    rng = np.random.default_rng(6)
    y = (rng.random(300) < 0.2).astype(np.int8)
    x = (rng.normal(size=(300, 5)) + 0.7 * y[:, None]).astype(np.float32)
    return Folds(x, y, (np.arange(300) // 10 % 3).astype(np.int8))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()


def made(folds: Folds, space: ModelSettings = SPACE, **budget: Any) -> Job:
    return job("lightgbm", space, BUDGET.model_copy(update=budget), folds, read_warm("lightgbm"))


def tune(
    folds: Folds, space: ModelSettings = SPACE, **budget: Any
) -> tuple[dict[str, Any], list[int]]:
    """What a search finds, and after how many finished trials each of its own ended."""
    counts: list[int] = []
    task = made(folds, space, **budget)
    found = finish(task, lambda done, _: counts.append(done))
    document = {**vars(found), "digest": task.digest}
    Path("build/tuning").mkdir(parents=True, exist_ok=True)
    Path("build/tuning/lightgbm.json").write_text(json.dumps(document), encoding="utf-8")
    return document, counts


def other_rows(folds: Folds) -> Folds:
    folds.x = folds.x + np.float32(0.01)
    folds.kept.clear()
    return folds


def test_a_larger_budget_on_the_same_rows_costs_only_the_further_trials(folds: Folds) -> None:
    first, counts = tune(folds)
    assert counts == [1, 2, 3, 4]
    write_warm(["lightgbm", "absent"])
    assert json.loads(Path("configs/tuned.json").read_text(encoding="utf-8"))["absent"] == {}
    more, counts = tune(folds, trials=6)
    assert counts == [5, 6]
    tried, known = (
        [json.dumps(one["params"], sort_keys=True) for one in found["trials"]]
        for found in (more, first)
    )
    assert tried[:4] == known
    assert more["score"] >= first["score"]


def test_a_search_that_knows_its_trials_takes_the_one_that_it_took(folds: Folds) -> None:
    space = SPACE.model_copy(update={"start": [{"num_leaves": 2, "learning_rate": 0.05}]})
    first, _ = tune(folds, space, settle=0.9)
    assert max(first["trials"], key=lambda trial: float(trial["score"]))["number"] != 0
    write_warm(["lightgbm"])
    again, counts = tune(folds, space, settle=0.9)
    assert (counts, again["taken"], again["params"]) == ([], 0, first["params"])


def test_a_smaller_budget_knows_the_best_trials_in_their_order(folds: Folds) -> None:
    first, _ = tune(folds)
    write_warm(["lightgbm"])
    scores = [trial["score"] for trial in first["trials"]]
    known = [trial["score"] for trial in made(folds, trials=2).plan.known]
    assert known == [score for score in scores if score in sorted(scores)[-2:]]


def test_on_other_rows_the_best_point_comes_first_and_no_score_is_taken_over(folds: Folds) -> None:
    first, _ = tune(folds)
    write_warm(["lightgbm"])
    again, counts = tune(other_rows(folds))
    assert counts == [1, 2, 3, 4]
    assert again["trials"][0]["params"].items() <= first["params"].items()
    assert again["trials"][0]["score"] != first["score"]
    assert made(folds).plan.known == []


def test_what_lies_in_the_space_no_longer_is_named_and_left_to_the_sampler(folds: Folds) -> None:
    first, _ = tune(folds)
    write_warm(["lightgbm"])
    narrow = SPACE.search | {"num_leaves": Space(low=10, high=12)}
    space = SPACE.model_copy(update={"search": narrow, "start": []})
    task = made(folds, space)
    assert task.dropped == ["num_leaves"]
    again, _ = tune(folds, space)
    trial = again["trials"][0]["params"]
    assert trial["learning_rate"] == first["params"]["learning_rate"]
    assert trial["num_leaves"] in (10, 11, 12)


def test_an_algorithm_has_a_budget_of_its_own_where_its_file_says_so(folds: Folds) -> None:
    _, counts = tune(folds, SPACE.model_copy(update={"trials": 2}))
    assert counts == [1, 2]


def test_nothing_kept_is_a_cold_start_and_a_broken_file_is_reported() -> None:
    assert read_warm("lightgbm") == Warm()
    Path("configs/tuned.json").write_text('{"lightgbm": {}}', encoding="utf-8")
    assert read_warm("lightgbm") == Warm()
    assert read_warm("newcomer") == Warm()
    for text in ("[]", "{", '{"lightgbm": {"zebra": 1}}'):
        Path("configs/tuned.json").write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match=r"configs/tuned\.json: ") as error:
            read_warm("lightgbm")
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", ["number", "state", "score", "rounds", "params", "curve"])
def test_a_kept_trial_that_lacks_a_key_is_reported_when_the_file_is_read(
    key: str, folds: Folds
) -> None:
    tune(folds)
    write_warm(["lightgbm"])
    document = json.loads(Path("configs/tuned.json").read_text(encoding="utf-8"))
    assert read_warm("lightgbm")
    del document["lightgbm"]["trials"][1][key]
    Path("configs/tuned.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(
        BadInput, match=rf"^configs/tuned\.json: lightgbm: key 'trials\.1\.{key}' is missing"
    ):
        read_warm("lightgbm")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("num_leaves", 40),
        ("num_leaves", "four"),
        ("num_leaves", None),
        ("zebra", 1),
        ("score", 3.0),
        ("score", np.nan),
    ],
)
def test_a_kept_trial_that_no_search_can_have_written_is_reported(
    key: str, value: object, folds: Folds
) -> None:
    tune(folds)
    write_warm(["lightgbm"])
    document = json.loads(Path("configs/tuned.json").read_text(encoding="utf-8"))
    trial = document["lightgbm"]["trials"][1]
    where = trial if key == "score" else trial["params"]
    where[key] = value
    if value is None:
        del where[key]
    Path("configs/tuned.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BadInput, match=r"^configs/tuned\.json: ") as error:
        made(folds)
    assert "\n" not in str(error.value)


def test_what_is_taken_over_is_what_was_found_to_the_bit(folds: Folds) -> None:
    found, _ = tune(folds)
    write_warm(["lightgbm"])
    known = made(folds).plan.known
    assert json.dumps(known, sort_keys=True) == json.dumps(found["trials"], sort_keys=True)


def test_nothing_is_kept_that_nobody_reads(folds: Folds) -> None:
    tune(folds)
    write_warm(["lightgbm"])
    kept = json.loads(Path("configs/tuned.json").read_text(encoding="utf-8"))["lightgbm"]
    assert set(kept) == {"digest", "params", "trials"}


def test_a_worker_waits_for_a_database_that_its_search_found_there(
    folds: Folds, tmp_path: Path
) -> None:
    task = replace(made(folds, trials=1), storage=f"sqlite:///{tmp_path}/away/one.db")
    with pytest.raises(BadInput, match="cannot be reached"):
        done(task)
    back = Timer(0.5, (tmp_path / "away").mkdir)
    back.start()
    assert run(task) is None
    assert done(task) == 1


def test_with_no_search_there_is_nothing_to_keep() -> None:
    with pytest.raises(BadInput, match=r"build/tuning: no search has run here"):
        write_warm(["lightgbm"])


@pytest.mark.parametrize(
    "change", ["rows", "space", "order", "fixed", "seed", "folds", "lock", "helper"]
)
def test_a_search_that_depends_on_something_else_is_another_study(
    change: str, folds: Folds, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, code = Path("copy").resolve(), "clockwork.learning.tuning.digest.ROOT"
    shutil.copytree(ROOT / "pipelines", copy / "pipelines")
    monkeypatch.setattr(code, copy)
    model, helper = copy / "pipelines/models/lightgbm.py", copy / "pipelines/helper.py"
    model.write_text(f"import pipelines.helper\n{model.read_text(encoding='utf-8')}")
    helper.write_text("K = 1\n", encoding="utf-8")
    before = made(folds)
    assert made(folds, trials=9, stall=3, seconds=5.0).digest == before.digest
    space = SPACE
    if change == "rows":
        folds = other_rows(folds)
    if change == "folds":
        folds.train[0] = folds.train[0][1:]
    if change == "space":
        space = ModelSettings.model_validate(
            {**SPACE.model_dump(), "search": {"num_leaves": [2, 3]}, "start": []}
        )
    if change == "order":  # the sampler draws one after the other, so this draws others
        space = SPACE.model_copy(update={"search": dict(reversed(SPACE.search.items()))})
    if change == "helper":
        helper.write_text("K = 2\n", encoding="utf-8")
    if change == "lock":
        Path("other.lock").write_text("numpy==1\n", encoding="utf-8")
        monkeypatch.setattr("clockwork.learning.tuning.digest.REQUIREMENTS", Path("other.lock"))
    if change == "fixed":
        space = SPACE.model_copy(update={"params": {**SPACE.params, "rounds": 11}})
    after = made(folds, space, seed=6 if change == "seed" else BUDGET.seed)
    assert after.digest != before.digest
    assert after.plan.name != before.plan.name
