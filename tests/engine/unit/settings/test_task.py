"""The task of a checkout, and what its gate may name."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from clockwork.compare.preflight import check_settings, unread
from clockwork.gate.registry import TASKS
from clockwork.settings.gate import gate_settings
from clockwork.settings.task import task_of
from clockwork.support.errors import BadInput

ROOT = Path(__file__).parents[4]


def put_gate(root: Path, **gate: Any) -> None:
    """Write this gate's settings, without a primary metric where `gate` has none."""
    document = gate_settings(ROOT).model_dump(exclude={"primary", "guardrails"})
    (root / "configs" / "gate.yaml").write_text(json.dumps(document | gate))


def checkout(root: Path, task: str | None, **gate: Any) -> Path:
    """A checkout's files of gate and data."""
    (root / "configs").mkdir()
    put_gate(root, **gate)
    (root / "configs" / "data.yaml").write_text(
        json.dumps({"task": task} if task else {"later": "key"})
    )
    return root


def test_a_checkout_that_names_no_task_is_binary(tmp_path: Path) -> None:
    assert task_of(tmp_path) is task_of(checkout(tmp_path, None)) is TASKS["binary"]


def test_a_task_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"configs/data\.yaml: key 'task': input should be 'binary', 'multiclass'"
    ):
        task_of(checkout(tmp_path, "forecast"))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "ranking"])
def test_metrics_that_are_left_out_are_the_tasks_own(tmp_path: Path, task: str) -> None:
    settings = gate_settings(checkout(tmp_path, task))
    assert settings.primary == TASKS[task].primary
    assert {name: one.margin for name, one in settings.guardrails.items()} == TASKS[task].guardrails


def test_guardrails_that_are_left_out_beside_a_primary_metric_are_none(tmp_path: Path) -> None:
    assert gate_settings(checkout(tmp_path, "regression", primary="rmse")).guardrails == {}


@pytest.mark.parametrize(
    ("task", "gate", "expected"),
    [
        (
            "regression",
            {"primary": "average_precision"},
            "no metric 'average_precision' of regression, only mae, rmse",
        ),
        (
            "regression",
            {"primary": "mae", "guardrails": {"alerts_per_day": {"margin": 0.5}}},
            "'alerts_per_day' of",
        ),
        (
            "multiclass",
            {"primary": "mae"},
            "there is no metric 'mae' of multiclass, only log_loss, macro_f1",
        ),
        ("binary", {"primary": "mae"}, "there is no metric 'mae', only average_precision"),
    ],
)
def test_a_metric_of_another_task_is_refused(
    tmp_path: Path, task: str, gate: dict[str, Any], expected: str
) -> None:
    with pytest.raises(BadInput, match=expected):
        gate_settings(checkout(tmp_path, task, **gate))


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_what_a_task_does_not_read_is_reported(tmp_path: Path, task: str) -> None:
    checkout(tmp_path, task)
    assert unread(tmp_path) == []
    (tmp_path / "configs" / "alerts.yaml").write_text("thresholds: {lightgbm: 0.5}")
    found = ["configs/alerts.yaml: not read, for a model of regression raises no alerts"]
    assert unread(tmp_path) == (found if task == "regression" else [])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {
                "entity: device\ntime: time\nunit: minutes\nstep: 1": "#",
                "embargo: 60": "embargo: 0",
                "by: both": "#",
            },
            "names no `time`",
        ),
        (
            {"target: label": "target: label\ntask: ranking\nquery: batch"},
            "would cut the lists of a ranking",
        ),
    ],
)
def test_blocks_of_minutes_need_time_and_no_lists(
    tmp_path: Path, change: dict[str, str], expected: str
) -> None:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    put_gate(tmp_path, block=60)
    data = tmp_path / "configs" / "data.yaml"
    text = data.read_text()
    for find, put in change.items():
        assert find in text.replace("  # from a row of a device to its next", "")
        text = text.replace("  # from a row of a device to its next", "").replace(find, put)
    data.write_text(text)
    with pytest.raises(BadInput, match=expected):
        check_settings(tmp_path)
