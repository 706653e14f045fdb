"""A pull request of every task gets a verdict.

Harmless ones pass, harmful ones are a regression by a named metric.
"""

import math

import pandas as pd
import pytest
from rich.console import Console

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Outcome
from clockwork.gate.registry import TASKS
from clockwork.report.html import page
from clockwork.report.junit import junit
from clockwork.report.markdown import comment
from clockwork.report.status_line import status_line
from clockwork.report.tables import slice_rows
from clockwork.report.terminal import render
from clockwork.verdict.schema import Verdict
from tests.engine.unit.results.conftest import BEST, WORST

from .conftest import Repository, write

OTHERS = ("regression", "multiclass", "ranking")
OF_TWO_CLASSES = ("alert", "threshold", "positive", "precision", "nan", "event")


def views(verdict: Verdict, drawn: str) -> dict[str, str]:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(render(verdict))
    return {
        "page": drawn,
        "comment": comment(verdict),
        "terminal": console.export_text(),
        "junit": junit(verdict),
    }


@pytest.mark.parametrize("task", ["binary", *OTHERS])
def test_other_seeds_pass(repository: Repository, task: str) -> None:
    verdict, found = repository.compare_skills(task, BEST[task], BEST[task])
    assert verdict.outcome.green, [(one.title, one.outcome, one.message) for one in verdict.checks]
    assert verdict.rules
    assert verdict.rules.primary == TASKS[task].primary
    measured = {
        one.metric for one in verdict.checks_of("lightgbm") if one.estimate and not one.slice
    }
    assert measured == {TASKS[task].primary, *TASKS[task].guardrails}
    assert all(math.isfinite(one.estimate.p_value) for one in verdict.checks if one.estimate)
    assert verdict.evaluation
    assert (verdict.evaluation.rows, verdict.evaluation.task) == (1200, task)
    assert verdict.evaluation.cluster == ("query" if task == "ranking" else "row")
    assert found.evidence
    assert found.evidence.task is TASKS[task]
    changed = [
        one for one in verdict.checks if one.id == CheckId.DECISIONS and one.algorithm == "lightgbm"
    ]
    assert len(changed) == 1


@pytest.mark.parametrize("task", OTHERS)
def test_a_loss_is_a_regression_by_a_named_metric(repository: Repository, task: str) -> None:
    verdict, _ = repository.compare_skills(task, BEST[task], WORST[task])
    assert (verdict.outcome, verdict.exit_code) == (Outcome.REGRESSION, 1)
    assert TASKS[task].primary in verdict.summary
    assert "lightgbm" in verdict.summary


@pytest.mark.parametrize("task", OTHERS)
def test_the_same_scores_are_unchanged(repository: Repository, task: str) -> None:
    verdict, _ = repository.compare_skills(task, BEST[task], BEST[task], range(1, 4))
    assert verdict.outcome.green
    whole = [one for one in verdict.checks if one.metric]
    assert {one.outcome for one in whole} == {Outcome.UNCHANGED}


@pytest.mark.parametrize("skill", [BEST, WORST], ids=["green", "red"])
@pytest.mark.parametrize("task", OTHERS)
def test_every_view_speaks_of_the_task_and_of_no_other(
    repository: Repository, task: str, skill: dict[str, float]
) -> None:
    verdict, found = repository.compare_skills(task, BEST[task], skill[task])
    for name, text in views(verdict, page(verdict, found.evidence)).items():
        spoken = text.lower().replace("font-variant", "")
        for word in OF_TWO_CLASSES:
            place = spoken.find(word)
            assert place < 0 or task == "ranking", (
                name,
                word,
                spoken[max(0, place - 80) : place + 80],
            )


def test_a_class_shows_the_metric_that_it_is_for(repository: Repository) -> None:
    verdict, _ = repository.compare_skills("multiclass", BEST["multiclass"], WORST["multiclass"])
    assert [row.metric for row in slice_rows(verdict) if row.algorithm == "lightgbm"] == [
        "kind camera",
        "kind server",
        *(f"class {name} (accuracy)" for name in ("low", "mid", "top")),
    ]
    assert not any(item.name == "calibration" for item in status_line(verdict)), (
        "log loss is the primary metric"
    )


def test_a_class_that_base_does_not_know_has_no_chance_there(repository: Repository) -> None:
    def with_another(rows: pd.DataFrame) -> pd.DataFrame:
        label = rows["label"].cat.add_categories(["zero"])
        return rows.assign(label=label, **{f"score_{seed}_zero": 0.0 for seed in range(4, 7)})

    best = BEST["multiclass"]
    verdict, found = repository.compare_skills("multiclass", best, best, change=with_another)
    assert verdict.outcome.green, verdict.summary
    assert found.evidence
    assert found.evidence.rows().classes == ("low", "mid", "top", "zero")


def test_another_task_on_the_same_data_is_not_comparable(repository: Repository) -> None:
    write(repository.root, "regression", 1.0, range(1, 4))
    repository.commit_base()
    write(repository.root, "ranking", 1.0, range(4, 7))
    verdict, _ = repository.compare()
    assert verdict.exit_code == 3
    (same,) = [one for one in verdict.checks if one.id == CheckId.SAME_ROWS]
    assert same.outcome is Outcome.NOT_COMPARABLE
    assert same.message == "head's task is ranking, base's regression: an owner must look"
