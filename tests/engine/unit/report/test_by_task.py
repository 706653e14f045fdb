"""Each task has its own figures, drawn from rows and both commits: same input, same bytes."""

import numpy as np
import pytest

from clockwork.gate.rows import Rows
from clockwork.report.by_task import Sides, figures

SIZE = 120
ENTITY = np.arange(SIZE) // 6


def made(task: str, classes: int = 3) -> tuple[Rows, Sides]:
    rng = np.random.default_rng(1)
    several = task == "multiclass"
    sides = {
        name: rng.dirichlet(np.ones(classes), (2, SIZE)) if several else rng.normal(size=(2, SIZE))
        for name in ("base", "head")
    }
    label = rng.integers(0, classes, SIZE) if task != "regression" else rng.normal(size=SIZE)
    names = ("<b>a</b>", *(f"c{at}" for at in range(1, classes)))
    return Rows(ENTITY, label, 20, classes=names), sides


@pytest.mark.parametrize(
    ("task", "titles"), [("regression", 2), ("multiclass", 2), ("ranking", 1), ("answers", 0)]
)
def test_a_task_has_its_figures(task: str, titles: int) -> None:
    found = figures(task, *made(task))
    assert len(found) == titles
    assert all(svg.startswith("<svg ") and "<b>" not in svg for _, svg in found)
    assert found == figures(task, *made(task))


@pytest.mark.parametrize(("classes", "left_out"), [(20, False), (23, True)])
def test_classes_that_are_not_drawn_are_named_as_left_out(classes: int, left_out: bool) -> None:
    for _, svg in figures("multiclass", *made("multiclass", classes)):
        assert ("the first 20 of 23 classes" in svg) == left_out


def test_a_constant_prediction_is_drawn_as_well() -> None:
    rows, sides = made("regression")
    assert (
        len(
            figures("regression", rows, {name: np.zeros_like(runs) for name, runs in sides.items()})
        )
        == 2
    )
