"""What a pull request cannot do: loosen the gate that judges it, or learn from the rows that do."""

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


def judged(tiny: Project, *words: str) -> tuple[int, Any]:
    """The exit code and the verdict of the commit that is checked out, against main."""
    ended = tiny.run("regression", "--base", "main", *words)
    assert "Traceback" not in ended.text
    return ended.code, tiny.verdict()


def outcomes(verdict: Any, name: str) -> set[str]:
    """What the checks called `name` said."""
    return {check["outcome"] for check in verdict["checks"] if check["id"] == name}


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
    code, verdict = judged(tiny, "--quick")
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
        "measure(metric, base[:1], weights)",
        "measure(metric, base[99], weights)",
    )
    tiny.commit("Break the gate")
    code, verdict = judged(tiny, "--quick")
    assert (code, verdict["outcome"]) == (0, "pass")
    assert outcomes(verdict, CheckId.NEEDS_OWNER) == {"pass"}


@pytest.mark.slow
def test_a_model_trained_on_judging_rows_is_suspicious(tiny: Project) -> None:
    tiny.edit(
        "clockwork/learning/stages/train.py",
        '(rows["part"] == TRAIN).to_numpy()',
        '(rows["part"] != 1).to_numpy()',
    )
    tiny.commit("Train on everything")
    code, verdict = judged(tiny)
    assert code == 1
    assert "suspicious" in outcomes(verdict, CheckId.TRAINING_BLIND)
    assert "suspicious" in outcomes(verdict, CheckId.TRAINED_ON)


@pytest.mark.slow
def test_another_unit_in_serving_alone_is_suspicious(tiny: Project) -> None:
    find = "    return score(folder, keys"
    tiny.edit("clockwork/learning/stages/score.py", find, f"    x[:, 4] /= 1000\n{find}")
    tiny.commit("Serve seconds")
    code, verdict = judged(tiny)
    assert code == 1
    assert "suspicious" in outcomes(verdict, CheckId.OWN_SCORES)
