"""A whole regression run with every check: seed pool, costs, changed data, the same once more."""

import json
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from clockwork.gate.catalogue import CheckId

from .conftest import Project, Projects, declare
from .tiny import SPARED

pytestmark = pytest.mark.slow
# What may differ between two runs of the same commits: times, and what is not the model's doing.
PASSING = ("seconds", "costs", "head", "base", "pages")


def judged(project: Project) -> tuple[int, Any]:
    """The exit code and the verdict of the commit that is checked out, against main."""
    ended = project.call("regression", "--base", "main")
    assert "Traceback" not in ended.text
    return ended.code, project.verdict()


def tighten(project: Project) -> None:
    """Give main a margin that a few runs cannot tell of, and then a change of LightGBM on top."""
    project.edit("configs/gate.yaml", "margin: 0.03 ", "margin: 0.0002 ")
    project.edit("configs/gate.yaml", "  logistic: gating\n", f"  logistic: gating\n{SPARED}")
    project.commit("Ask for much")
    project.git("branch", "--force", "main")
    project.git("checkout", "--quiet", "-B", "pull-request")
    project.set(
        "configs/models/lightgbm.yaml", "params", "{max_bin: 127, lambda_l2: 6.0, rounds: 40}"
    )
    project.commit("More ridge")


def play(place: Project) -> tuple[int, Any]:
    """Judge the change of `tighten` in a project."""
    place.git("checkout", "--quiet", "-B", "work", "main")
    tighten(place)
    return judged(place)


@pytest.fixture(scope="module")
def once(project: Projects) -> tuple[int, Any]:
    return play(project("one"))


def test_where_few_runs_cannot_tell_head_is_trained_with_the_pool(once: tuple[int, Any]) -> None:
    seeds = {side: document["seeds"] for side, document in once[1]["commits"].items()}
    assert seeds["base"]["lightgbm"] == [101, 102, 103, 104]
    assert seeds["head"]["lightgbm"] == [101, 102, 103, 104]
    assert seeds["head"]["isolation_forest"] == [101, 102], (
        "what is watched, or did not move, needs no more runs"
    )


def test_what_both_commits_cost_is_measured_side_by_side(once: tuple[int, Any]) -> None:
    verdict = once[1]
    assert {cost["name"] for cost in verdict["costs"]} == {
        "features",
        "scoring",
        "training",
        "size",
    }
    assert all(cost["head"] > 0 and cost["base"] > 0 for cost in verdict["costs"])
    names = {check["id"] for check in verdict["checks"]}
    assert {CheckId.COST_SCORING, CheckId.COST_SIZE} <= names


def test_the_same_commits_give_the_same_verdict_to_the_byte(
    once: tuple[int, Any], project: Projects
) -> None:
    (one_code, first), (two_code, second) = once, play(project("two"))
    one, two = (
        {key: value for key, value in verdict.items() if key not in PASSING}
        for verdict in (first, second)
    )
    assert json.dumps(one) == json.dumps(two)
    assert one_code == two_code


def drop_the_first_hours(project: Project, minutes: int) -> None:
    """Rewrite the raw files without their first `minutes`."""
    for path in sorted((project.root / "data").glob("*.parquet")):
        table = pq.read_table(path)
        time = table.column("time")
        since = pc.min(time).as_py() + np.timedelta64(minutes, "m").astype("timedelta64[s]").item()
        path.unlink()
        pq.write_table(table.filter(pc.greater_equal(time, since)), path)


def test_where_data_and_code_change_the_shared_rows_judge_and_both_causes_are_reported(
    project: Projects,
) -> None:
    place = project("data")
    place.git("checkout", "--quiet", "-B", "pull-request", "main")
    drop_the_first_hours(place, 360)
    place.pin()
    place.set(
        "configs/models/lightgbm.yaml", "params", "{max_bin: 127, lambda_l2: 6.0, rounds: 40}"
    )
    declare(place)
    assert place.call("run").code == 0
    assert place.call("golden").code == 0
    place.commit("Forget the first hours, and more ridge")
    code, verdict = judged(place)
    without_metric = {check["id"]: check for check in verdict["checks"] if not check["metric"]}
    assert without_metric[CheckId.SAME_ROWS]["outcome"] == "pass"
    assert without_metric[CheckId.SAME_ROWS]["message"].startswith("the data changed: ")
    causes = {
        check["id"] for check in verdict["checks"] if check["estimate"] and not check["gating"]
    }
    assert {CheckId.OF_DATA, CheckId.OF_CODE} <= causes
    assert code in (0, 1, 3)
