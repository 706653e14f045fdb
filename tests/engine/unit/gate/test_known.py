"""Known cases find a metric that measures something else, whatever the mistake was."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clockwork.gate import known, probability
from clockwork.gate.known import CASES, cases, faults
from clockwork.gate.metrics import METRICS, Scored, Weights
from clockwork.gate.resamples import totals
from tests.engine.unit.gate.conftest import Floats

Weighted = Callable[[Scored, Weights], Floats]
RANKED = ["average_precision", "mean_average_precision", "roc_auc"]
# The known rows have positives of one entity alone, and these metrics are means over entities or
# events.
OURS = {**os.environ, "PYTHONPATH": str(Path(known.__file__).parents[2])}


def rescored(name: str, change: Callable[[Scored], Floats]) -> Weighted:
    """The metric as it is, of scores that were changed before."""
    right = METRICS[name].weighted
    return lambda scored, weights: right(replace(scored, scores=change(scored)), weights)


def by_row(loss: Any) -> Weighted:
    """The mean of a loss of (scores, labels) over rows."""

    def mean(scored: Scored, weights: Weights) -> Floats:
        rows, of_rows = scored.rows, loss(scored.scores, scored.rows.label)
        sums = [
            np.bincount(rows.entity, one, rows.entities) for one in (of_rows, np.ones(len(of_rows)))
        ]
        return probability.divide(*totals(weights, np.stack(sums, axis=1)).T)

    return mean


def plant(monkeypatch: pytest.MonkeyPatch, name: str, weighted: Weighted) -> list[str]:
    """What is found where a metric is counted in this way."""
    monkeypatch.setitem(METRICS, name, replace(METRICS[name], weighted=weighted))
    return faults()


def test_our_metrics_have_no_fault() -> None:
    assert faults() == []


def test_a_metric_without_known_values_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    further = replace(METRICS["brier"], name="further")
    monkeypatch.setitem(METRICS, "further", further)
    assert faults() == ["further has no known values: declare some with it"]
    monkeypatch.setitem(METRICS, "further", replace(further, known={"perfect": 0.0, "half": 0.25}))
    assert faults() == []
    monkeypatch.setitem(METRICS, "further", replace(further, known={"half": 0.5}, sign=1))
    assert faults() == ["further counts the wrong way", "further of case 0 is 0.25, not 0.5"]


@pytest.mark.parametrize("name", CASES)
def test_a_metric_that_is_gone_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delitem(METRICS, name)
    assert faults() == [f"{name} is gone"]


@pytest.mark.parametrize("name", METRICS)
def test_a_sign_turned_round_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(METRICS, name, replace(METRICS[name], sign=-METRICS[name].sign))
    assert faults() == [f"{name} counts the wrong way"]


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_without_a_value_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert plant(monkeypatch, name, lambda _, weights: np.full(len(weights), np.nan))


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("by", [1e-6, -1e-6])
def test_a_value_that_is_off_by_a_little_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, by: float
) -> None:
    right = METRICS[name].weighted
    found = plant(monkeypatch, name, lambda scored, weights: right(scored, weights) + by)
    assert len(found) == len(cases(METRICS[name]))


@pytest.mark.parametrize("name", RANKED)
@pytest.mark.parametrize("kindly", [True, False], ids=["for the positives", "by the order of rows"])
def test_ties_ignored_are_found(monkeypatch: pytest.MonkeyPatch, name: str, kindly: bool) -> None:
    def apart(scored: Scored) -> Floats:
        shift = scored.rows.label if kindly else -np.arange(len(scored.scores))
        return scored.scores + 1e-6 * shift

    found = plant(monkeypatch, name, rescored(name, apart))
    assert found
    assert any(fault.startswith(f"{name} of case ") for fault in found)
    assert all(fault.startswith(f"{name} of ") for fault in found)


@pytest.mark.parametrize("name", [name for name in RANKED if name != "roc_auc"])
def test_another_area_under_the_ranking_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert plant(monkeypatch, name, METRICS["roc_auc"].weighted)


def test_pooled_and_by_entity_are_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plant(monkeypatch, "average_precision", METRICS["mean_average_precision"].weighted)
    monkeypatch.undo()
    assert plant(monkeypatch, "mean_average_precision", METRICS["average_precision"].weighted)


def test_swapped_arguments_of_a_loss_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = plant(monkeypatch, "log_loss", by_row(probability.log_loss))
    assert len(found) == 1
    assert found[0].endswith("not 0.693147")


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("brier", lambda scores, label: np.abs(scores - label)),
        ("brier", lambda scores, label: np.square(scores - label) / 2),
        (
            "log_loss",
            lambda scores, label: np.log2(
                1 / np.maximum(1e-15, np.where(label == 1, scores, 1 - scores))
            ),
        ),
        ("calibration_error", lambda scores, label: np.abs(scores - label)),
    ],
)
def test_another_loss_under_the_same_name_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, loss: Any
) -> None:
    found = plant(monkeypatch, name, by_row(loss))
    assert found
    assert all(fault.startswith(name) for fault in found)


@pytest.mark.parametrize("name", [name for name in METRICS if len(cases(METRICS[name])) > 1])
def test_a_metric_that_always_says_its_best_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    best = cases(METRICS[name])[0][1]
    assert plant(monkeypatch, name, lambda _, weights: np.full(len(weights), float(best)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event_recall_at_3", 1.0),
        ("event_recall_at_3", 0.0),
        ("event_recall_at_0_5", 1.0),
        ("event_recall_at_0_5", 0.0),
        ("detection_delay", 0.0),
        ("detection_delay", 60.0),
    ],
)
def test_a_metric_of_events_that_is_always_the_same_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    fault, *_ = plant(monkeypatch, name, lambda _, weights: np.full(len(weights), value))
    assert fault.startswith(f"{name} of case ")
    assert f" is {value:g}, not " in fault


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_that_ignores_weights_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    right = METRICS[name].weighted
    found = plant(monkeypatch, name, lambda scored, weights: right(scored, np.ones_like(weights)))
    assert found == [f"{name} of an entity that counts thrice is not that of three such entities"]


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_that_gives_one_value_with_weights_and_a_known_one_without_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    right = METRICS[name].weighted
    found = plant(
        monkeypatch,
        name,
        lambda scored, weights: right(scored, weights) + 0.1 * (weights != 1).any(axis=1),
    )
    assert found == [f"{name} of an entity that counts thrice is not that of three such entities"]


@pytest.mark.parametrize("name", [*RANKED, "event_recall_at_0_5", "event_recall_at_3"])
def test_labels_turned_round_are_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert plant(monkeypatch, name, rescored(name, lambda scored: 1 - scored.scores))


@pytest.mark.parametrize("at", [0.0, 0.3])
def test_alerts_counted_at_another_threshold_are_found(
    monkeypatch: pytest.MonkeyPatch, at: float
) -> None:
    right = METRICS["alerts_per_day"].weighted
    assert plant(
        monkeypatch,
        "alerts_per_day",
        lambda scored, weights: right(replace(scored, threshold=at), weights),
    )


def test_the_message_names_the_case_and_both_values(monkeypatch: pytest.MonkeyPatch) -> None:
    found = plant(monkeypatch, "brier", lambda _, weights: np.zeros(len(weights)))
    assert found[:2] == ["brier of case 1 is 0, not 0.25", "brier of case 2 is 0, not 0.109167"]


def test_as_a_script_it_prints_every_fault_and_at_last_that_it_asked() -> None:
    done = subprocess.run(
        [sys.executable, known.__file__], capture_output=True, text=True, check=True, env=OURS
    )
    assert done.stdout.splitlines() == [known.ASKED]
    assert done.stderr == ""
