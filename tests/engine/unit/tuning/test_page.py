"""The page of a search shows every trial and loads nothing."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from clockwork.learning.tuning.best import best_trials
from clockwork.report.study import headline, study_page, write_studies
from clockwork.settings.models import ModelSettings

SPACE = ModelSettings.model_validate(
    {
        "search": {
            "rate": {"low": 0.01, "high": 1.0, "log": True},
            "depth": {"low": 2, "high": 9, "when": {"kind": ["wild"]}},
            "kind": ["plain", "wild"],
        }
    }
)


def trial(number: int) -> dict[str, Any]:
    wild = number % 3 > 0
    params = {
        "rate": 0.01 + 0.05 * number,
        "kind": "wild" if wild else "plain",
        **({"depth": 2 + number % 7} if wild else {}),
    }
    pruned = number % 4 == 3
    score = 0.5 + 0.01 * (number * 7 % 11)
    state = "pruned" if pruned else "complete"
    return {
        "number": number,
        "state": state,
        "score": score,
        "rounds": 20,
        "params": params,
        "curve": [score / 2, score],
    }


TRIALS = [trial(number) for number in range(12)]
DOCUMENT: dict[str, Any] = {
    "trials": TRIALS,
    "score": 0.6,
    "params": {},
    "stopped": None,
    "taken": 2,
}


def test_the_best_trials_are_those_that_ran_to_their_end_by_their_score() -> None:
    best = best_trials(DOCUMENT, 3)
    assert [one["score"] for one in best] == sorted(
        (one["score"] for one in TRIALS if one["number"] % 4 != 3), reverse=True
    )[:3]
    assert len(best_trials(DOCUMENT)) == 5
    assert best_trials({"trials": [], "params": {}}) == []


@pytest.fixture(scope="module")
def page() -> str:
    return study_page("<b>some</b>", DOCUMENT, SPACE)


def test_a_page_has_every_figure_and_the_same_search_is_the_same_page(page: str) -> None:
    titles = ["The best trials", "History", "Importance", "Slices", "Parallel coordinates"]
    assert re.findall(r"<h2>(.*?)</h2>", page) == titles
    assert page.count("<svg") == 4
    assert page == study_page("<b>some</b>", DOCUMENT, SPACE)


def test_a_page_loads_nothing_and_says_no_date_and_takes_names_as_data(page: str) -> None:
    namespaces = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert set(re.findall(r"https?://[^\"' <]+", page)) <= namespaces
    assert not re.search(r"<script|<image|<link|dc:date|url\((?!#)", page)
    assert "<b>some" not in page


def test_a_search_of_nothing_or_of_little_has_a_page_without_figures() -> None:
    nothing = study_page("some", {"trials": [], "params": {"top": 3}}, ModelSettings())
    assert "Nothing to search" in nothing
    little = study_page("some", {**DOCUMENT, "trials": TRIALS[:2]}, SPACE)
    assert "<svg" not in nothing + little
    assert "<table" in little


def test_an_early_end_is_reported() -> None:
    reported = headline({**DOCUMENT, "stopped": "4 trials in a row brought nothing better"})
    assert reported.startswith(
        "12 trials, 3 of them given up early; trial 2 is taken, which scores 0.6000"
    )
    assert reported.endswith("It ended early: 4 trials in a row brought nothing better.")


def test_pages_are_written_beside_their_searches_and_again_only_after_another_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "configs" / "models").mkdir(parents=True)
    (tmp_path / "configs" / "models" / "some.yaml").write_text("params: {}\n", encoding="utf-8")
    source = tmp_path / "build" / "tuning" / "some.json"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps({"trials": [], "params": {}}), encoding="utf-8")
    page = source.with_suffix(".html")
    assert write_studies(tmp_path, ["some", "absent"]) == [page]
    assert write_studies(tmp_path, ["some"]) == []
    os.utime(source, (page.stat().st_mtime + 10, page.stat().st_mtime + 10))
    assert write_studies(tmp_path, ["some"]) == [page]


def test_a_few_trials_can_be_drawn() -> None:
    assert study_page("some", {**DOCUMENT, "trials": TRIALS[:3]}, SPACE).count("<svg") == 4


def test_a_search_of_one_parameter_can_be_drawn() -> None:
    one = ModelSettings.model_validate(
        {"search": {"penalty": {"low": 0.01, "high": 100.0, "log": True}}}
    )
    trials = [{**trial(at), "params": {"penalty": 0.1 * (at + 1)}} for at in range(4)]
    assert study_page("some", {**DOCUMENT, "trials": trials}, one).count("<svg") == 4
