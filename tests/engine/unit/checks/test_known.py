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
    shutil.copytree(ROOT / "clockwork" / "gate", tmp_path / "clockwork" / "gate", ignore=shutil.ignore_patterns("__*"))
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
    assert known_answers(edited("holm", '"""Several tests', '"""Many tests'), BASE).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("name", "find", "put", "told"),
    [
        ("metrics", "loss(rows.label, scored.scores)", "loss(scored.scores, rows.label)", "log_loss of case 1 is"),
        (
            "metrics",
            'Metric("log_loss", -1',
            'Metric("log_loss", 1',
            "known cases differ (1): log_loss counts the wrong way",
        ),
        ("metrics", 'Metric("brier", -1', 'Metric("bryer", -1', "known cases differ (2): brier is gone"),
        ("ranking", "reached += true\n", "reached += 2 * true\n", "average_precision of case 0 is"),
        ("metrics", "METRICS = {", "raise RuntimeError('not ready')\nMETRICS = {", "cannot be asked: RuntimeError"),
        ("metrics", "METRICS = {", "METRICS = (", "cannot be asked: "),
        ("metrics", "METRICS = {", "raise SystemExit(0)\nMETRICS = {", "metrics ended before they were asked"),
        ("metrics", "METRICS = {", "import sys\nsys.exit(0)\nMETRICS = {", "metrics ended before they were asked"),
        ("metrics", "METRICS = {", "print('fine')\nraise SystemExit\nMETRICS = {", "ended before they were asked"),
        ("metrics", "_swept(recall, MANY)", "lambda _, weights: np.ones(len(weights))", "event_recall_at_3 of case 1"),
        ("metrics", "_swept(delay, MANY)", "lambda _, weights: np.zeros(len(weights))", "detection_delay of case 1"),
        (
            "metrics",
            "_ranked(roc_auc)",
            "lambda scored, weights: _ranked(roc_auc)(scored, np.ones_like(weights))",
            "known cases differ (1): roc_auc of an entity that counts thrice is not that of three such entities",
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
        "ends by sys.exit",
        "ends after a word",
        "every event found",
        "no event late",
        "weights ignored",
    ],
)
def test_a_head_that_measures_wrongly_or_not_at_all_is_invalid(
    edited: Edit, name: str, find: str, put: str, told: str
) -> None:
    check = known_answers(edited(name, find, put), BASE)
    assert check.outcome is Outcome.INVALID
    assert told in check.message
    assert "\n" not in check.message


def test_cases_that_head_softens_do_not_count(edited: Edit) -> None:
    edited("known", "return found", "return []")
    check = known_answers(edited("metrics", 'Metric("log_loss", -1', 'Metric("log_loss", 1'), BASE)
    assert check.message == "known cases differ (1): log_loss counts the wrong way"


def test_a_wrong_metric_that_both_have_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(METRICS, "roc_auc")
    assert known_answers(BASE, BASE).message == "known cases differ (1): roc_auc is gone"
