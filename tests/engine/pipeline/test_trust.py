"""What a pull request cannot do: loosen or break the gate that judges it."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from clockwork.gate.catalogue import CheckId

from .conftest import Project, Projects


@pytest.fixture(scope="module")
def tiny(project: Projects) -> Project:
    return project("trust")


@pytest.fixture(autouse=True)
def fresh(tiny: Project) -> None:
    """Every test starts a pull request at main."""
    tiny.back_to("main")


def judged(tiny: Project) -> tuple[int, Any]:
    """The exit code and the verdict of the commit that is checked out, against main."""
    ended = tiny.run("regression", "--base", "main", "--quick")
    assert "Traceback" not in ended.text
    return ended.code, tiny.verdict()


def test_a_head_that_makes_a_model_worse_and_loosens_the_gate_is_judged_by_the_one_it_found(
    tiny: Project,
) -> None:
    tiny.set("configs/gate.yaml", "margin", 0.99)
    tiny.edit(
        "clockwork/gate/noninferiority.py",
        "        return Outcome.SUSPICIOUS",
        "        return Outcome.PASS",
    )
    tiny.edit(
        "pipelines/models/logistic.py", "return np.asarray(expit(z)", "return np.asarray(expit(-z)"
    )
    tiny.commit("Loosen the gate, and spoil a model")
    code, verdict = judged(tiny)
    assert (code, verdict["outcome"]) == (1, "regression")
    red = {
        check["algorithm"]
        for check in verdict["checks"]
        if check["algorithm"] and check["outcome"] == "regression"
    }
    assert red == {"logistic"}
    junit = ET.parse(tiny.root / "build" / "junit.xml")  # noqa: S314 - made by this test
    assert junit.find(".//failure") is not None
    (owner,) = [check for check in verdict["checks"] if check["id"] == CheckId.NEEDS_OWNER]
    assert "clockwork/gate/noninferiority.py changed" in owner["message"]
    found = [
        check["estimate"] for check in verdict["checks"] if check["metric"] == "average_precision"
    ]
    assert all(one["margin"] < 0.5 * one["base"] for one in found)


@pytest.mark.slow
def test_a_head_whose_gate_would_not_run_is_judged_all_the_same(tiny: Project) -> None:
    tiny.edit(
        "clockwork/gate/sentinels.py",
        "measure(metric, [run], weights)",
        "measure(metric, [run][99], weights)",
    )
    tiny.commit("Break the gate")
    code, verdict = judged(tiny)
    assert (code, verdict["outcome"]) == (0, "pass")
    (owner,) = [check for check in verdict["checks"] if check["id"] == CheckId.NEEDS_OWNER]
    assert owner["outcome"] == "pass"
