"""A pull request whose base has no models of these data.

It is checked by itself, its figures are reported, and nothing is compared.
"""

import json
import math
from pathlib import Path

import pytest

from clockwork.compare.first_baseline import without_baseline
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Outcome
from clockwork.gate.registry import TASKS
from clockwork.report import phrases
from clockwork.report.html import page
from clockwork.report.markdown import comment
from clockwork.support.checkout import Checkout
from tests.engine.unit.results.conftest import BEST

from .conftest import Repository, git, put, write
from .test_verdicts import views

DEMO = {
    "rows": "data/*.parquet",
    "target": "label",
    "entity": "device",
    "time": "time",
    "slices": ["kind"],
}


def pinned(root: Path, data: str) -> None:
    (root / "data.dvc").write_text(f"outs: [{{md5: {data}, path: data}}]")


@pytest.fixture
def adopted(repository: Repository) -> Repository:
    """A base with the models of other data, binary and by the minute; head may be of any task."""
    write(repository.root, "binary", BEST["binary"], range(1, 4))
    put(repository.root / "configs" / "data.yaml", DEMO)
    pinned(repository.root, "bb")
    repository.commit_base()
    return repository


@pytest.mark.parametrize("task", ["binary", "regression", "multiclass", "ranking"])
def test_the_candidate_is_checked_by_itself_and_its_figures_are_reported(
    adopted: Repository, task: str
) -> None:
    write(adopted.root, task, BEST[task], range(4, 7))
    verdict, found = adopted.compare()
    assert (verdict.outcome, verdict.exit_code) == (Outcome.FIRST_BASELINE, 0), verdict.summary
    assert verdict.summary.startswith(
        "first baseline: first baseline: base's models are of other data: "
    )
    assert verdict.summary.endswith("so nothing was compared")
    ids = {one.id for one in verdict.checks}
    assert {
        CheckId.FIRST_BASELINE,
        CheckId.ENOUGH_ROWS,
        CheckId.SENTINELS,
        CheckId.UNSEEN_BY_HEAD,
    } <= ids
    assert not ids & {CheckId.NO_WORSE, CheckId.SAME_ROWS, CheckId.DECISIONS}
    figures = {(one.algorithm, one.metric): one.estimate for one in verdict.checks if one.estimate}
    names = {TASKS[task].primary, *TASKS[task].guardrails}
    assert set(figures) == {(name, metric) for name in ("lightgbm", "naive") for metric in names}
    assert all(one and math.isfinite(one.head) and math.isnan(one.base) for one in figures.values())
    assert not any(one.gating for one in verdict.checks if one.algorithm == "naive")
    assert found.evidence
    assert found.evidence.base == {}


@pytest.mark.parametrize("task", ["binary", "regression", "multiclass", "ranking"])
def test_every_view_says_that_nothing_was_compared(adopted: Repository, task: str) -> None:
    write(adopted.root, task, BEST[task], range(4, 7))
    verdict, found = adopted.compare()
    assert "so nothing was compared; lightgbm" in phrases.headline(verdict)
    primary = next(one for one in verdict.checks if one.metric == TASKS[task].primary)
    assert primary.estimate
    assert phrases.number(primary.estimate.head) in page(verdict, found.evidence)
    for name, text in views(verdict, page(verdict, found.evidence)).items():
        assert "nan" not in text.lower().replace("finance", ""), name
        assert "no loss beyond the margin" not in text, name
        assert name == "junit" or "othing was compared" in " ".join(text.split()).replace(
            "│ │ ", ""
        ), name
    assert "the next pull request is compared with them" in comment(verdict)


def test_a_candidate_that_trained_on_evaluation_rows_is_not_green(adopted: Repository) -> None:
    known = {"row-0000": "train-0"}
    write(
        adopted.root,
        "regression",
        1.0,
        range(4, 7),
        lambda rows: rows.assign(entity=rows["entity"].map(lambda name: known.get(name, name))),
    )
    verdict, _ = adopted.compare()
    assert verdict.outcome is Outcome.NOT_COMPARABLE
    assert "head trained on 1 of the evaluation rows" in verdict.summary


def test_a_candidate_without_enough_rows_is_not_green(adopted: Repository) -> None:
    write(adopted.root, "regression", 1.0, range(4, 7), lambda rows: rows.head(20))
    verdict, _ = adopted.compare()
    assert (verdict.outcome, verdict.exit_code) == (Outcome.INVALID, 3)


def test_the_next_pull_request_is_compared(adopted: Repository) -> None:
    write(adopted.root, "regression", 1.0, range(4, 7))
    git(adopted.root, "add", "-A")
    git(adopted.root, "commit", "-q", "-m", "adopt")
    assert without_baseline(Checkout(adopted.root), "HEAD") == ""
    assert without_baseline(Checkout(adopted.root), "HEAD~1").startswith(
        "base's models are of other data: task binary, here reg"
    )


@pytest.mark.parametrize(
    ("base", "head", "data", "expected"),
    [
        ({}, {}, "cc", ""),
        ({}, {"target": "y"}, "bb", ""),
        ({}, {"target": "y"}, "cc", "base's models are of other data: target label, here y"),
        ({}, {"slices": []}, "cc", ""),
        (
            {"entity": "device"},
            {"time": "when"},
            "cc",
            "base's models are of other data: time time, here when",
        ),
        ({"key": ["id"]}, {}, "cc", "base's models are of other data: key id, here none"),
        ({"unknown": 1}, {"target": "y"}, "cc", ""),
        (None, {}, "cc", "base has no configs/data.yaml"),
    ],
    ids=[
        "new rows",
        "same data",
        "another target",
        "slices",
        "another time",
        "another key",
        "unreadable",
        "no project",
    ],
)
def test_a_base_has_no_models_where_data_and_what_they_mean_are_others(
    repository: Repository,
    base: dict[str, object] | None,
    head: dict[str, object],
    data: str,
    expected: str,
) -> None:
    root, settings = repository.root, repository.root / "configs" / "data.yaml"
    (root / "build").mkdir()
    pinned(root, "bb")
    if base is not None:
        put(settings, DEMO | base)
    repository.commit_base()
    put(settings, DEMO | head)
    pinned(root, data)
    assert without_baseline(Checkout(root), "HEAD") == expected


def test_the_templates_demo_is_no_baseline_once_it_is_gone(repository: Repository) -> None:
    root = repository.root
    (root / "build").mkdir()
    pinned(root, "bb")
    put(root / "configs" / "data.yaml", DEMO)
    put(root / "seeds" / "fleet.yaml", {})
    repository.commit_base()
    pinned(root, "cc")
    assert without_baseline(Checkout(root), "HEAD") == ""
    (root / "seeds" / "fleet.yaml").unlink()
    assert without_baseline(Checkout(root), "HEAD") == "base has the models of the template's demo"
    assert json.loads((root / "configs" / "data.yaml").read_text()) == DEMO
