"""What the evaluation rows cannot carry is said before a pull request finds out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.compare.paired_scores import Evidence
from clockwork.doctor.rows import (
    Margin,
    advised,
    counted,
    ill_sliced,
    look,
    margins,
    too_few,
    too_fine,
)
from clockwork.gate.noninferiority import Rules
from clockwork.gate.question import Guardrail, Question, SliceRules
from clockwork.support.checkout import Checkout

CASES = "clusters with a positive"


def question(margin: float, guardrail: float) -> Question:
    """The gate's question about one algorithm that gates and one that is watched."""
    return Question(
        algorithms={"forest": True, "rule": False},
        primary="average_precision",
        guardrails={"roc_auc": Guardrail(guardrail)},
        slices=SliceRules(0.1, 0.05, 20),
        rules=Rules(margin, 0.05, 0.01, 0.15),
        resamples=200,
        min_positive_clusters=10,
        seed=7,
        thresholds={"forest": (0.5, 0.5), "rule": (0.5, 0.5)},
    )


def evidence(entities: int, noise: float, runs: int = 3) -> Evidence:
    """`runs` of an algorithm whose seeds move its scores by `noise`, on ten rows of each entity."""
    rng = np.random.default_rng(3)
    rows = 10 * entities
    label = (rng.random(rows) < 0.3).astype(int)
    scores = label + rng.normal(size=rows)
    each = np.stack([scores + noise * rng.normal(size=rows) for _ in range(runs)])
    keys = pd.DataFrame(
        {
            "entity": np.repeat([f"e{at:03}" for at in range(entities)], 10),
            "time": np.tile(np.arange(10), entities),
            "label": label,
            "site": pd.Categorical(np.repeat(["big", "small"], [rows - 30, 30])),
        }
    )
    return Evidence(keys, {"forest": each, "rule": each[:1]}, {"forest": each, "rule": each[:1]})


def test_a_task_whose_models_raise_no_alerts_has_margins_too() -> None:
    asked = replace(question(0.2, 0.2), thresholds={})
    found = evidence(20, 0.01)
    assert {one.metric for one in margins(found, found.rows(), asked, 0)} == {
        "average_precision",
        "roc_auc",
    }


def test_clusters_that_suffice_need_nothing_and_one_too_few_says_what_to_do() -> None:
    assert list(too_few(30, 30, CASES)) == []
    (need,) = too_few(29, 30, CASES)
    assert str(need).startswith(
        "configs/gate.yaml min_positive_clusters: "
        "the evaluation rows have 29 clusters with a positive of 30; "
    )


def test_thin_slices_are_named_the_thinnest_first() -> None:
    assert list(ill_sliced({"site a": 20, "site b": 40}, 20, CASES)) == []
    (need,) = ill_sliced({"site a": 19, "site b": 0, "site c": 40}, 20, CASES)
    assert (
        "2 have fewer than 20 clusters with a positive (site b 0, site a 19), so nothing gates"
        in need.what
    )


def test_more_slices_than_the_gate_takes_are_reported_before_it_refuses_them() -> None:
    assert list(ill_sliced({f"plan {at}": 50 for at in range(12)}, 20, CASES)) == []
    (need,) = ill_sliced({f"plan {at}": 50 for at in range(13)}, 20, CASES)
    assert (need.where, need.what) == (
        "configs/data.yaml slices",
        "they have 13 values, and the gate takes 12",
    )


@pytest.mark.parametrize(
    ("needed", "remedy"),
    [
        (411.0, "raise it to 0.05, or have 411 clusters with a positive (now 100)"),
        (np.inf, "or train more seeds"),
    ],
)
def test_a_margin_finer_than_what_shows_is_advised_another(needed: float, remedy: str) -> None:
    (need,) = too_fine(Margin("forest", "roc_auc", "margin", 0.02, 0.04, needed, 100))
    assert need.where == "configs/gate.yaml margin"
    assert need.what == "2 % of roc_auc is finer than the minimum detectable effect of forest, 4 %"
    assert need.remedy.endswith(remedy)


def test_a_loss_that_no_margin_could_be_is_advised_to_get_more_rows() -> None:
    for smallest in (0.9, np.inf):
        (need,) = too_fine(Margin("forest", "roc_auc", "margin", 0.02, smallest, 9_000, 100))
        assert need.remedy == "have 9,000 clusters with a positive (now 100)"


def test_a_metric_that_has_no_value_is_reported_to_pass_nothing() -> None:
    (need,) = too_fine(Margin("forest", "roc_auc", "margin", 0.02, np.nan, np.nan, 100))
    assert need.what == "roc_auc of forest has no value on some resamples, so nothing could pass"


@pytest.mark.parametrize(
    ("margin", "smallest"), [(0.04, 0.04), *((advised(one), one) for one in (0.001, 0.0333, 0.2))]
)
def test_a_margin_that_shows_needs_nothing(margin: float, smallest: float) -> None:
    assert list(too_fine(Margin("forest", "roc_auc", "margin", margin, smallest, 1, 100))) == []


def test_the_margins_of_what_gates_are_measured_by_seeds_alone() -> None:
    asked, noisy = question(0.02, 0.5), evidence(60, 0.5)
    found = list(margins(noisy, noisy.rows(), asked, extra=0))
    assert [(one.algorithm, one.key, one.margin) for one in found] == [
        ("forest", "margin", 0.02),
        ("forest", "guardrails.roc_auc.margin", 0.5),
    ]
    assert [bool(list(too_fine(one))) for one in found] == [True, False]
    more = list(margins(noisy, noisy.rows(), asked, extra=7))
    assert more[0].smallest < found[0].smallest
    quiet = evidence(60, 0.01)
    assert next(margins(quiet, quiet.rows(), asked, extra=0)).smallest < found[0].smallest / 4


def test_one_run_is_taken_to_meet_a_change_that_is_nearly_none() -> None:
    asked, alone = question(0.02, 0.5), evidence(60, 0.0, runs=1)
    assert 0 < next(margins(alone, alone.rows(), asked, extra=0)).smallest < 0.05


def test_the_clusters_of_each_slice_are_counted() -> None:
    found = evidence(60, 0.0)
    rows = found.rows()
    assert counted(rows, found) == {"site big": rows.positive_entities - 3, "site small": 3}


def test_rows_that_nothing_was_computed_of_are_not_called_well(tmp_path: Path) -> None:
    assert [need.remedy for need in look(Checkout(tmp_path)).needs] == ["run `make run`"]
