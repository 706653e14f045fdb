"""From green pull request to the model in use and back: a foreign client loads what was tested."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import KEPT, REPORTS, Ended, Project, Projects
from .tiny import ALGORITHMS

CLIENT = """
import json, sys
import mlflow, numpy as np, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
raw = pd.concat([pd.read_parquet(path) for path in sys.argv[3:]], ignore_index=True)
minute = raw["time"].astype("datetime64[s]").astype("int64") // 60
apart = {}
for name in ALGORITHMS:
    model = mlflow.pyfunc.load_model(f"models:/clockwork-{name}@champion")
    rows = raw[model.metadata.get_input_schema().input_names()]
    score = model.predict(rows)["score"]
    found = pd.DataFrame({"entity": raw["device"], "time": minute, "found": score})
    scored = pd.read_parquet(f"{sys.argv[2]}/{name}.parquet").astype({"entity": str})
    both = scored.merge(found, on=["entity", "time"], how="left")
    apart[name] = float(np.abs(both["found"] - both["score_101"]).max())
print(json.dumps([apart, "clockwork" in sys.modules]))
""".replace("ALGORITHMS", repr(ALGORITHMS))

LOG = """
import sys, time
from pathlib import Path
from clockwork.compare.built_commit import BuiltCommit, built
from clockwork.compare.paired_scores import Evidence
from clockwork.commands.beside import Beside
from clockwork.commands.regression import log
from clockwork.settings.tracking import tracking_settings
from clockwork.support.checkout import Checkout
from clockwork.verdict.schema import read_verdict
root = Path.cwd()
verdict, commit = read_verdict(root / "build" / "verdict.json"), built(root)
scores = commit.runs(commit.evaluation, verdict.algorithms())
before = time.process_time()
evidence = Evidence(commit.evaluation, scores, scores)
beside = Beside(Checkout(root), print)
beside.begin(verdict, evidence)()
assert log(Checkout(root), verdict, beside, tracking_settings(root), print)
print(time.process_time() - before)
"""


@pytest.fixture(scope="module")
def tiny(project: Projects) -> Project:
    return project("promotion")


@pytest.fixture(scope="module")
def judged(tiny: Project) -> tuple[Ended, Any]:
    """A pull request of words that is judged in full: what that printed, and its verdict."""
    (tiny.root / "NOTE.md").write_text("A note.\n", encoding="utf-8")
    tiny.commit("Write a note")
    ended = tiny.run("regression", "--base", "HEAD~1", env={"CLOCKWORK_PULL_REQUEST": "7"})
    assert ended.code == 0, ended.text
    return ended, tiny.verdict()


@pytest.fixture(scope="module")
def merged(judged: tuple[Ended, Any]) -> str:
    """The same, merged: the tip of main."""
    return str(judged[1]["head"]["sha"])


@pytest.fixture(scope="module")
def tampered(tiny: Project, merged: str) -> Ended:
    """What promoting says where a file of the logged model was changed; it is mended again."""
    run = next(run for run in runs(tiny, merged) if run.info.run_name == "logistic")
    place = client(tiny).get_logged_model(run.outputs.model_outputs[0].model_id).artifact_location
    file = Path(place.removeprefix("file://")) / "code" / "clockwork" / "support" / "paths.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"import os\n{text}", encoding="utf-8")
    ended = tiny.call("promote")
    file.write_text(text, encoding="utf-8")
    return ended


@pytest.fixture(scope="module")
def promoted(tiny: Project, merged: str, tampered: Ended) -> str:  # noqa: ARG001
    """The same, promoted."""
    ended = tiny.run("promote")
    assert ended.code == 0, ended.text
    assert ended.text.count("version 1 is now champion") == len(ALGORITHMS)
    return merged


def client(project: Project) -> Any:
    """MLflow's own client of the project's store."""
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri(project))


def runs(project: Project, head: str) -> list[Any]:
    """The runs of the verdicts on a commit."""
    found = client(project)
    experiment = found.get_experiment_by_name("clockwork").experiment_id
    return list(found.search_runs([experiment], f"tags.head = '{head}'"))


def uri(project: Project) -> str:
    """The project's store."""
    return f"sqlite:///{project.root}/mlruns/mlflow.db"


def champion(project: Project, algorithm: str = "lightgbm") -> Any:
    """The version that is champion."""
    return client(project).get_model_version_by_alias(f"clockwork-{algorithm}", "champion")


def test_before_any_verdict_nothing_can_be_promoted_or_compared_with(tiny: Project) -> None:
    for words in (("promote",), ("regression", "--base", "champion")):
        assert "run `make regression`" in tiny.call(*words).refusal


def test_a_change_of_words_passes_without_any_work_and_is_in_mlflow_in_full(
    tiny: Project, judged: tuple[Ended, Any]
) -> None:
    ended, verdict = judged
    base, head = tiny.git("rev-parse", "HEAD~1", "HEAD").split()
    assert (verdict["outcome"], verdict["exit_code"]) == ("pass", 0)
    assert (verdict["head"]["sha"], verdict["base"]["sha"]) == (head, base)
    assert "nothing changed: every stage comes from the cache" in ended.text
    assert {check["outcome"] for check in verdict["checks"] if check["metric"]} == {"unchanged"}
    found = runs(tiny, head)
    (parent,) = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
    assert len(found) == 1 + len(ALGORITHMS)
    assert {file.path for file in client(tiny).list_artifacts(parent.info.run_id)} == set(REPORTS)
    for run in found:
        assert run.info.status == "FINISHED"
        if run is not parent:
            assert {
                "average_precision",
                "baseline.average_precision",
                "delta_low.log_loss",
            } <= run.data.metrics.keys()
            assert run.data.params


def test_a_run_holds_models_plots_and_what_tuning_tried(tiny: Project, merged: str) -> None:
    found = client(tiny)
    children = {
        run.info.run_name: run for run in runs(tiny, merged) if "algorithm" in run.data.tags
    }
    assert set(children) == set(ALGORITHMS)
    for run in children.values():
        files = {file.path for file in found.list_artifacts(run.info.run_id)}
        assert files == {"tuning.json", "plots"}
        assert {one.dataset.name for one in run.inputs.dataset_inputs} == {
            "data",
            "evaluation rows",
        }
        assert len(run.data.tags["model"]) == len(run.data.tags["served"]) == 64
        model = found.get_logged_model(run.outputs.model_outputs[0].model_id)
        assert str(model.status) == "READY"


def test_a_model_that_somebody_changed_in_mlflow_is_not_promoted(tampered: Ended) -> None:
    assert tampered.code == 1, tampered.text
    assert "not promoted: logistic" in tampered.text
    assert "code/clockwork/support/paths.py" in tampered.flat
    assert "now champion" not in tampered.text


@pytest.mark.slow
def test_a_foreign_client_scores_raw_rows_as_the_pipeline_did(
    tiny: Project, promoted: str, tmp_path: Path
) -> None:
    assert champion(tiny).tags["commit"] == promoted
    assert champion(tiny).tags["pr"] == "7"
    rows = sorted(map(str, (tiny.root / "data").glob("*.parquet")))
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-P", "-c", CLIENT, uri(tiny), str(tiny.root / "build" / "scores"), *rows],
        cwd=tmp_path,
        env={**environ, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    apart, ours = json.loads(done.stdout.splitlines()[-1])
    assert max(apart.values()) < 1e-12
    assert not ours


def test_promoting_again_changes_nothing(tiny: Project, promoted: str) -> None:  # noqa: ARG001
    ended = tiny.call("promote")
    assert ended.code == 0, ended.text
    assert ended.text.count("version 1 is already champion") == len(ALGORITHMS)
    assert not (tiny.root / "mlflow.db").exists()


def test_what_is_not_merged_or_not_committed_is_not_promoted(tiny: Project, promoted: str) -> None:
    tiny.git("checkout", "--quiet", "--detach", promoted)
    (tiny.root / "NOTE.md").write_text("Another.\n", encoding="utf-8")
    dirty = tiny.call("promote")
    tiny.commit("Write another")
    apart = tiny.call("promote")
    tiny.git("checkout", "--quiet", "main")
    assert "NOTE.md differs from HEAD" in dirty.refusal
    assert "is not on 'main'" in apart.refusal


@pytest.mark.slow
def test_logging_a_run_with_four_models_takes_less_than_six_seconds(
    tiny: Project, merged: str
) -> None:
    assert tiny.git("rev-parse", "HEAD").strip() == merged
    done = subprocess.run(
        [sys.executable, "-c", LOG],
        cwd=tiny.root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    assert done.returncode == 0, done.stderr
    assert "/#/experiments/" in done.stdout
    assert float(done.stdout.splitlines()[-1]) < 6


@pytest.mark.slow
def test_a_red_model_goes_only_where_a_person_says_so_and_the_next_report_says_it(
    tiny: Project, promoted: str
) -> None:
    tiny.edit("configs/models/lightgbm.yaml", "rounds: 40", "rounds: 1")
    head = tiny.commit("Train in one round")
    never = tiny.call("promote")
    assert (never.code, "no verdict on model" in never.text) == (3, True)
    judged = tiny.call("regression", "--quick", "--base", "champion")
    assert judged.code == 1, judged.text
    assert tiny.verdict()["base"]["sha"] == promoted
    red = tiny.call("promote")
    assert (red.code, "ended with regression" in red.text) == (1, True)
    (tiny.root / "NOTE.md").write_text("Harmless.\n", encoding="utf-8")
    tiny.commit("Write something harmless")
    assert tiny.call("regression", "--quick", "--base", head).code == 0
    still = tiny.call("promote")
    assert (still.code, f"accept --reason … --by … {head}" in still.flat) == (1, True), still.text
    tiny.git("reset", "--quiet", "--hard", head)
    accepted = tiny.call("accept", "--by", "Ada", "--reason", "it is <b>ten</b> times smaller")
    assert accepted.code == 0, accepted.text
    now = tiny.call("promote")
    assert now.code == 0, now.text
    assert (champion(tiny).tags["commit"], champion(tiny).tags["accepted.by"]) == (head, "Ada")
    assert champion(tiny, "logistic").tags["commit"] == head, (
        "its contents are unchanged, and HEAD's"
    )

    (tiny.root / "NOTE.md").write_text("A third.\n", encoding="utf-8")
    tiny.commit("Write a third")
    assert tiny.call("regression", "--quick", "--base", head).code == 0
    for name in ("report.md", "report.html"):
        report = (tiny.root / "build" / name).read_text(encoding="utf-8")
        assert "base was accepted by Ada" in report
        assert "<b>ten" not in report
    assert "accepted by Ada" in tiny.call("history").flat

    back = tiny.call("rollback", "lightgbm")
    assert back.code == 0, back.text
    assert champion(tiny).tags["commit"] == promoted
    assert tiny.call("rollback", "lightgbm").code == 2
    assert tiny.call("rollback", "--to", "1").code == 2
    unasked = tiny.call("promote")
    assert (unasked.code, "was rolled back" in unasked.text) == (1, True)
    several = tiny.call("regression", "--quick", "--base", "champion")
    assert "different commits" in several.refusal
    assert tiny.call("promote", "--again").code == 0
    assert champion(tiny).version == 2
