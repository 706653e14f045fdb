"""A verdict that is written stands, whatever becomes of its views."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clockwork.commands import regression
from clockwork.compare.request import Request
from clockwork.gate.outcome import Outcome
from clockwork.support.checkout import Checkout
from clockwork.support.paths import REPORT_HTML, REPORT_MD, TUNING
from clockwork.verdict.schema import Verdict


@pytest.fixture
def root(tmp_path: Path, same: Verdict, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a green verdict, no settings of MLflow, and a search that is cut short."""
    for path, text in {
        TUNING / "some.json": '{"trials": [',
        Path("configs/gate.yaml"): "algorithms: {some: gating}\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    monkeypatch.setattr(regression, "begin", lambda _: None)
    monkeypatch.setattr(regression, "compare", judged_as(same))
    return tmp_path


def judged_as(verdict: Verdict) -> Callable[[Request], tuple[Verdict, None]]:
    """A comparison that ends in `verdict`, with what runs beside its tests."""

    def compare(request: Request) -> tuple[Verdict, None]:
        request.meanwhile(verdict, None)()
        return verdict, None

    return compare


def test_a_view_that_fails_is_a_line_and_the_verdict_stands(root: Path) -> None:
    reported: list[str] = []
    assert regression.pull_request(Checkout(root), None, reported.append) == 0
    assert [line.split(":")[0] for line in reported if line.endswith("; the verdict stands")] == [
        "the pages of the searches",
        "mlflow",
    ]
    assert all("\n" not in line for line in reported)
    assert (root / REPORT_MD).exists()
    assert (root / REPORT_HTML).exists()


def test_a_table_that_cannot_be_shown_changes_no_exit_code(
    root: Path, same: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Verdict) -> None:
        raise ValueError("no such terminal\nat all")

    worse = same.model_copy(update={"exit_code": 1, "outcome": Outcome.REGRESSION})
    monkeypatch.setattr(regression, "compare", judged_as(worse))
    monkeypatch.setattr(regression, "show", broken)
    reported: list[str] = []
    assert regression.pull_request(Checkout(root), None, reported.append) == 1
    assert "the table: ValueError: no such terminal; the verdict stands" in reported


def test_without_its_report_a_verdict_is_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise ValueError("no page")

    monkeypatch.setattr(regression, "page_with", broken)
    with pytest.raises(ValueError, match="no page"):
        regression.pull_request(Checkout(root), None, print)
