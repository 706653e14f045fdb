"""Head's metrics are held to base's cases, by a process of their own where head edits the gate."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clockwork.compare.built_commit import BuiltCommit, built
from clockwork.compare.checks.known import known_answers
from clockwork.gate.catalogue import CheckId
from clockwork.gate.metrics import METRICS
from clockwork.gate.outcome import Outcome
from tests.engine.unit.checks.conftest import ROOT

Edit = Callable[[str, str, str], BuiltCommit]
BASE = built(ROOT)


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A head that has our gate but for one edit of a file."""
    shutil.copytree(
        ROOT / "clockwork" / "gate",
        tmp_path / "clockwork" / "gate",
        ignore=shutil.ignore_patterns("__*"),
    )
    for folder in ("clockwork", "clockwork/gate"):
        (tmp_path / folder / "__init__.py").touch()

    def edit(name: str, find: str, put: str) -> BuiltCommit:
        path = tmp_path / "clockwork" / "gate" / f"{name}.py"
        text = path.read_text(encoding="utf-8")
        assert find in text
        path.write_text(text.replace(find, put), encoding="utf-8")
        return built(tmp_path)

    return edit


def test_the_same_gate_knows_its_answers() -> None:
    check = known_answers(BASE, BASE)
    assert (check.id, check.outcome, check.gating) == (CheckId.KNOWN_ANSWERS, Outcome.PASS, True)


def test_an_edit_that_changes_no_metric_passes(edited: Edit) -> None:
    assert (
        known_answers(edited("holm", '"""Several tests', '"""Many tests'), BASE).outcome
        is Outcome.PASS
    )


@pytest.mark.parametrize(
    ("name", "find", "put", "expected"),
    [
        (
            "tasks/binary",
            "loss(scored.rows.label, scored.scores)",
            "loss(scored.scores, scored.rows.label)",
            "log_loss of case 1 is",
        ),
        (
            "tasks/binary",
            'Metric("detection_delay", -1',
            'Metric("detection_delay", 1',
            "known cases differ (1): detection_delay counts the wrong way",
        ),
        (
            "tasks/binary",
            '_mean_of("brier"',
            '_mean_of("bryer"',
            "known cases differ (2): brier is gone",
        ),
        ("ranking", "reached += true\n", "reached += 2 * true\n", "average_precision of case 0 is"),
        (
            "tasks/binary",
            "METRICS = table(",
            "raise RuntimeError('not ready')\nMETRICS = table(",
            "cannot be asked: RuntimeError",
        ),
        ("tasks/binary", "METRICS = table(", "METRICS = table(1, ", "cannot be asked: "),
        (
            "tasks/binary",
            "METRICS = table(",
            "import sys\nsys.exit(0)\nMETRICS = table(",
            "metrics ended before they were asked",
        ),
        (
            "tasks/binary",
            "METRICS = table(",
            "print('fine')\nraise SystemExit\nMETRICS = table(",
            "ended before they were asked",
        ),
        (
            "tasks/binary",
            "scored.ranked(weights)[1]",
            "scored.ranked(np.ones_like(weights))[1]",
            "known cases differ (1): "
            "roc_auc of an entity that counts thrice is not that of three such entities",
        ),
    ],
    ids=[
        "arguments swapped",
        "sign turned",
        "renamed",
        "counted wrongly",
        "raises",
        "no Python",
        "ends",
        "ends after a word",
        "weights ignored",
    ],
)
def test_a_head_that_measures_wrongly_or_not_at_all_is_invalid(
    edited: Edit, name: str, find: str, put: str, expected: str
) -> None:
    check = known_answers(edited(name, find, put), BASE)
    assert check.outcome is Outcome.INVALID
    assert expected in check.message
    assert "\n" not in check.message


def test_cases_that_head_softens_do_not_count(edited: Edit) -> None:
    edited("known", "return found", "return []")
    check = known_answers(edited("tasks/binary", '_mean_of("brier"', '_mean_of("bryer"'), BASE)
    assert check.message.startswith("known cases differ (2): brier is gone")


def test_a_wrong_metric_that_both_have_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(METRICS, "roc_auc")
    assert known_answers(BASE, BASE).message == "known cases differ (1): roc_auc is gone"


@pytest.mark.parametrize(
    ("name", "find", "put", "expected"),
    [
        (
            "regression",
            "np.abs(_error(scored))",
            "0.5 * np.abs(_error(scored))",
            "regression: mae of case 0 is 0.375",
        ),
        (
            "regression",
            'mean_of_rows("mae", -1',
            'mean_of_rows("mae", 1',
            "mae counts the wrong way",
        ),
        ("regression", '_ratio("wape"', '_ratio("wabe"', "wape is gone"),
        (
            "multiclass",
            "scored.scores.argmax(axis=1) == scored",
            "scored.scores.argmin(axis=1) == scored",
            "accuracy",
        ),
        (
            "ranking",
            "order = np.lexsort((relevance, -scores",
            "order = np.lexsort((-relevance, -scores",
            "of case",
        ),
    ],
)
def test_metrics_of_a_task_are_held_to_bases_cases(
    edited: Edit, name: str, find: str, put: str, expected: str
) -> None:
    head = edited(f"tasks/{name}", find, put)
    (head.root / "configs").mkdir()
    (head.root / "configs" / "data.yaml").write_text(f"task: {name}\n")
    check = known_answers(head, BASE)
    assert check.outcome is Outcome.INVALID
    assert expected in check.message


def test_a_comparison_with_cases_that_head_softens_does_not_count(edited: Edit) -> None:
    edited("tasks/task", "    return found\n\n\ndef _counts", "    return []\n\n\ndef _counts")
    head = edited("tasks/regression", "np.abs(_error(scored))", "0.5 * np.abs(_error(scored))")
    (head.root / "configs").mkdir()
    (head.root / "configs" / "data.yaml").write_text("task: regression\n")
    assert "regression: mae of case 0 is 0.375" in known_answers(head, BASE).message


@pytest.mark.parametrize("name", ["regression", "multiclass", "ranking"])
def test_metrics_of_a_task_that_hold_pass(edited: Edit, name: str) -> None:
    head = edited("holm", '"""Several tests', '"""Many tests')
    (head.root / "configs").mkdir()
    (head.root / "configs" / "data.yaml").write_text(f"task: {name}\n")
    assert known_answers(head, BASE).outcome is Outcome.PASS
