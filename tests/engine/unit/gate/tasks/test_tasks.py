"""Every task through the whole gate.

Each is given known answers, a harmless head and a harmful one; and a new task is made in one
module.
"""

from dataclasses import replace

import numpy as np
import pytest

from clockwork.gate.decide import decide
from clockwork.gate.metric import mean_of_rows
from clockwork.gate.noninferiority import Rules
from clockwork.gate.outcome import Check, Outcome, overall
from clockwork.gate.question import Guardrail, Question, SliceRules
from clockwork.gate.registry import TASKS
from clockwork.gate.rows import Floats, Rows, Scored
from clockwork.gate.tasks.ranking import judged_at
from clockwork.gate.tasks.task import Known, Task, distance, faults, table

CLUSTERS, SIZE = 200, 6
OTHERS = [name for name in TASKS if name != "binary"]


def case(task: str, skill: float, runs: int = 3, start: int = 0) -> tuple[Rows, Floats]:
    """Rows of 200 clusters and the predictions of some runs, the better the higher `skill` is."""
    rng = np.random.default_rng(7)
    entity = np.repeat(np.arange(CLUSTERS), SIZE)
    true, noise = rng.normal(size=len(entity)), rng.normal(size=len(entity))
    own = np.stack(
        [np.random.default_rng(start + run).normal(size=len(entity)) for run in range(runs)]
    )
    reported = skill * true + 0.3 * noise + 0.05 * own
    if task == "regression":
        return Rows(entity, 10 + true, CLUSTERS, every=True), 10 + reported
    if task == "answers":
        return Rows(entity, np.zeros(len(entity)), CLUSTERS, every=True), 3 * skill + reported
    if task == "ranking":
        return Rows(entity, np.clip(np.round(true + 1), 0, 3), CLUSTERS), reported
    edges = np.array([-0.5, 0.5])
    chance = np.exp(-np.square(reported[..., None] - np.array([-1.2, 0.0, 1.2])))
    rows = Rows(
        entity, np.digitize(true, edges), CLUSTERS, classes=("low", "middle", "high"), every=True
    )
    return rows, chance / chance.sum(axis=-1, keepdims=True)


def question(task: Task) -> Question:
    return Question(
        algorithms={"model": True},
        primary=task.primary,
        guardrails={name: Guardrail(margin) for name, margin in task.guardrails.items()},
        slices=SliceRules(margin=0.1, alpha=0.05, min_positive_clusters=20),
        rules=Rules(margin=0.05, alpha_pass=0.05, alpha_block=0.01, credible_gain=5.0),
        resamples=300,
        min_positive_clusters=30,
        seed=5,
        task=task,
    )


def judged(task: str, head: float, base: float = 1.0) -> list[Check]:
    rows, ours = case(task, head, start=50)
    return decide(question(TASKS[task]), rows, {"model": ours}, {"model": case(task, base)[1]})


@pytest.mark.parametrize("task", OTHERS)
def test_every_metric_has_known_answers_and_gives_them(task: str) -> None:
    assert faults(TASKS[task]) == []


@pytest.mark.parametrize("task", OTHERS)
def test_a_metric_that_is_wrong_or_without_a_known_answer_is_found(task: str) -> None:
    one, name = TASKS[task], TASKS[task].primary
    right = one.metrics[name]
    wrong = replace(right, weighted=lambda scored, weights: right.weighted(scored, weights) + 1e-6)
    assert faults(replace(one, metrics={**one.metrics, name: wrong}))
    assert faults(replace(one, metrics={**one.metrics, "other": right})) == [
        "other has no known case"
    ]


@pytest.mark.parametrize("task", OTHERS)
def test_new_seeds_pass_and_a_lost_skill_is_a_regression(task: str) -> None:
    assert overall(judged(task, 1.0)).green
    lost = judged(task, 0.2)
    assert overall(lost) is Outcome.REGRESSION
    assert (
        next(check.outcome for check in lost if check.metric == TASKS[task].primary)
        is Outcome.REGRESSION
    )


@pytest.mark.parametrize("task", [name for name in OTHERS if name != "answers"])
def test_a_base_without_skill_makes_the_run_invalid(task: str) -> None:
    assert overall(judged(task, 1.0, base=0.0)) is Outcome.INVALID


@pytest.mark.parametrize("task", OTHERS)
def test_predictions_that_are_not_finite_are_invalid(task: str) -> None:
    rows, runs = case(task, 1.0)
    broken = runs.copy()
    broken.flat[3] = np.nan
    checks = decide(question(TASKS[task]), rows, {"model": broken}, {"model": runs})
    assert overall(checks) is Outcome.INVALID
    assert "head has 1 predictions that are not finite" in [check.message for check in checks]


@pytest.mark.parametrize("task", OTHERS)
def test_a_run_replaces_no_decision_of_its_own_and_some_of_another(task: str) -> None:
    rows, runs = case(task, 1.0)
    worse = case(task, 0.2)[1]
    assert (TASKS[task].replaced(rows, runs, runs).diagonal() == 0).all()
    assert (
        TASKS[task].replaced(rows, runs, worse).min() > TASKS[task].replaced(rows, runs, runs)[0, 1]
    )


def test_the_recall_of_each_class_is_a_slice_that_can_be_lost_alone() -> None:
    rows, base = case("multiclass", 1.0)
    head = base.copy()
    high = rows.label == 2
    head[:, high] = head[:, high][..., [2, 1, 0]]
    checks = decide(question(TASKS["multiclass"]), rows, {"model": head}, {"model": base})
    lost = {check.slice: check.outcome for check in checks if check.slice}
    assert lost["class high"] is Outcome.REGRESSION
    assert lost["class low"].green


@pytest.mark.parametrize(
    ("task", "label", "expected"),
    [
        ("multiclass", np.zeros(4), "of one class"),
        ("regression", np.ones(4), "the same target"),
        ("regression", np.array([1, 2, np.nan, 3]), "not finite"),
        ("ranking", np.array([1.0, -1, 0, 0]), "negative"),
        ("ranking", np.zeros(4), "no list has a relevant item"),
        ("ranking", np.ones(4), "one item only"),
    ],
)
def test_rows_that_cannot_be_judged_are_named(task: str, label: Floats, expected: str) -> None:
    reported = TASKS[task].unfit(Rows(np.arange(4), label, 4, every=True))
    assert reported
    assert expected in reported


def test_items_without_a_judgement_show_in_the_share_that_is_judged() -> None:
    rows = Rows(np.zeros(4, dtype=np.intp), np.array([1.0, 0.0, np.nan, np.nan]), 1)
    assert judged_at(rows, np.array([4.0, 3.0, 2.0, 1.0]), most=2) == 1.0
    assert judged_at(rows, np.array([1.0, 4.0, 3.0, 2.0]), most=2) == 0.5


def test_a_toy_task_is_one_object_and_the_gate_takes_it() -> None:
    """A count for each row, of which only whether it is exact matters."""

    def exact(scored: Scored) -> Floats:
        return np.asarray(np.round(scored.scores) == scored.rows.label, dtype=np.float64)

    two = Rows(np.arange(2), np.array([1, 2]), 2, every=True)
    toy = Task(
        name="counts",
        metrics=table(mean_of_rows("exact", 1, exact)),
        primary="exact",
        cases="clusters",
        unfit=lambda _: None,
        fault=lambda _, __: None,
        spoiled=lambda scored: np.asarray(scored.scores + 1),
        replaced=lambda _, one, other: distance(
            one, other, lambda mine, its: np.round(mine) != np.round(its)
        ),
        known=(Known("exact", Scored(two, np.array([1.2, 3.0])), 0.5),),
        guardrails={},
    )
    assert faults(toy) == []
    rng = np.random.default_rng(2)
    rows = Rows(np.arange(300), rng.poisson(4, 300), 300, every=True)
    good, bad = (rows.label + rng.normal(0, spread, (3, 300)) for spread in (0.3, 0.9))
    assert (
        overall(decide(question(toy), rows, {"model": bad}, {"model": good})) is Outcome.REGRESSION
    )
    assert overall(decide(question(toy), rows, {"model": good}, {"model": good})).green
