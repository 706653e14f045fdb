"""Each task has its own figures, drawn from rows and both commits: same input, same bytes."""

import numpy as np
import pytest

from clockwork.gate.rows import Rows
from clockwork.report.by_task import Sides, figures

SIZE = 120
ENTITY = np.arange(SIZE) // 6


def made(task: str) -> tuple[Rows, Sides]:
    rng = np.random.default_rng(1)
    shape = (2, SIZE, 3) if task == "multiclass" else (2, SIZE)
    sides = {
        name: rng.dirichlet(np.ones(3), (2, SIZE)) if len(shape) == 3 else rng.normal(size=shape)
        for name in ("base", "head")
    }
    label = rng.integers(0, 3, SIZE) if task != "regression" else rng.normal(size=SIZE)
    return Rows(ENTITY, label, 20, classes=("<b>a</b>", "b", "c")), sides


@pytest.mark.parametrize(
    ("task", "titles"), [("regression", 2), ("multiclass", 2), ("ranking", 1), ("answers", 0)]
)
def test_a_task_has_its_figures(task: str, titles: int) -> None:
    found = figures(task, *made(task))
    assert len(found) == titles
    assert all(svg.startswith("<svg ") and "<b>" not in svg for _, svg in found)
    assert found == figures(task, *made(task))


def test_a_constant_prediction_is_drawn_as_well() -> None:
    rows, sides = made("regression")
    assert (
        len(
            figures("regression", rows, {name: np.zeros_like(runs) for name, runs in sides.items()})
        )
        == 2
    )
