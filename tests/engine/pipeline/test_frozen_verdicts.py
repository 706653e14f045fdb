"""A change of structure changes no result: verdicts that were written down stay what they are.

Where a result is meant to change, `CLOCKWORK_FREEZE=1` writes them anew; the diff of
tests/engine/pipeline/frozen is then what the change does.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from clockwork.selftest.edits import read_change
from clockwork.selftest.simulate import simulate
from clockwork.support.checkout import Checkout

from .conftest import Project, clone, is_the_demo
from .test_real_telemetry import PRESENT, judged, real  # noqa: F401 - fixtures

FROZEN = Path(__file__).parent / "frozen"
DEMO = ("harmless-refactoring", "labels-late")
PLANTED = (
    "centred-window",
    "unit-in-serving",
    "kind-lost-in-training",
    "metric-arguments-swapped",
    "column-dropped",
    "sign-flipped",
)
TIMED = ("cost-features", "cost-scoring", "cost-training")  # a busy machine may leave these open
EXACT = ("id", "outcome", "gating", "algorithm", "metric", "slice")
LAST_BIT = 1e-12
pytestmark = pytest.mark.slow


def facts(verdict: Any) -> list[dict[str, Any]]:
    """What a verdict decided and every number it rests on; without times, words and commits."""
    checks = [
        {**{key: check[key] for key in EXACT}, "estimate": check["estimate"]}
        for check in verdict["checks"]
    ]
    for check in checks:
        if check["id"] in TIMED:
            check["outcome"] = None
        # Where nothing differs, the last bit of a matrix product decides whether the scores are
        # called the same.
        if (
            check["estimate"]
            and abs(check["estimate"]["delta"]) < LAST_BIT
            and check["outcome"] == "unchanged"
        ):
            check["outcome"] = "pass"
    checks = [check for check in checks if not _of_that_bit(check)]
    return [
        {"outcome": verdict["outcome"], "exit_code": verdict["exit_code"], "estimate": None},
        *checks,
    ]


def _of_that_bit(check: dict[str, Any]) -> bool:
    # Checks that are made only where some score differs.
    at_base_rate = str(check["metric"]).endswith("_at_base_rate")
    return check["id"] == "decisions-change" or (
        at_base_rate and abs(check["estimate"]["delta"]) < LAST_BIT
    )


def hold(name: str, verdict: Any) -> None:
    """Compare a verdict with the one that was written down under `name`, or write it down."""
    path, found = FROZEN / f"{name}.json", facts(verdict)
    if os.environ.get("CLOCKWORK_FREEZE"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    frozen = json.loads(path.read_text(encoding="utf-8"))
    assert [{**check, "estimate": None} for check in found] == [
        {**check, "estimate": None} for check in frozen
    ]
    for check, before in zip(found, frozen, strict=True):
        assert (check["estimate"] is None) == (before["estimate"] is None), check
        numbers = {**(before["estimate"] or {})}
        if abs(numbers.get("delta", 1.0)) < LAST_BIT:
            numbers = {name: numbers[name] for name in ("head", "base", "margin")}
        for number, value in numbers.items():
            assert _rounded(check["estimate"][number]) == _rounded(value), (number, check)


def _rounded(value: Any) -> Any:
    # Six digits: another processor may round the last bits of a product otherwise.
    return f"{value:.6g}" if isinstance(value, float) else value


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """This repository as one commit, whose graph has run."""
    if not is_the_demo():
        pytest.skip("configs/ is no longer the demo's")
    made = clone(tmp_path_factory.mktemp("frozen") / "project")
    made.commit("The project as it is")
    ran = made.run("run")
    assert ran.code == 0, ran.text
    return made


@pytest.mark.parametrize("name", [*DEMO, *PLANTED])
def test_a_planted_pull_request_has_the_verdict_that_was_written_down(
    demo: Project, name: str
) -> None:
    head = demo.git("rev-parse", "HEAD").strip()
    reports = Path("build") / "frozen" / name
    simulated = simulate(Checkout(demo.root), head, read_change(name), name, reports, quick=False)
    assert simulated.as_it_should
    hold(name, json.loads((demo.root / reports / "verdict.json").read_text(encoding="utf-8")))


@PRESENT
def test_real_telemetry_has_the_verdict_that_was_written_down(
    judged: Any,  # noqa: F811 - the fixture
) -> None:
    hold("real-telemetry", judged[1])
