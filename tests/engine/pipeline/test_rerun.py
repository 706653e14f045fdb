"""What an edit runs again, as DVC says of a graph that was run.

What computes does, what only looks on does not.
"""

import json
from collections.abc import Iterator

import pytest
import yaml

from .conftest import Project, clone

MODELS = ("lightgbm", "logistic", "isolation_forest", "robust_z")
ONCE, EACH = {"validate", "features", "split", "probe"}, ("tune", "train", "score", "pool")
ALL = ONCE | {f"{stage}@{model}" for stage in EACH for model in MODELS}
COMPUTES = {
    "clockwork/learning/tables.py": ("clockwork/learning", ALL),
    "clockwork/gate/metrics.py": (
        "clockwork/gate",
        {"probe"} | {name for name in ALL if name.startswith(("score@", "pool@"))},
    ),
    "pipelines/features.py": ("pipelines/features.py", {"features"}),
    "pipelines/models/logistic.py": (
        "pipelines/models/logistic.py",
        {f"{stage}@logistic" for stage in EACH},
    ),
}


def stand_in(project: Project) -> None:
    """Make every output and the data as files of no weight.

    DVC compares what they hold, not what they mean.
    """
    stages = yaml.safe_load((project.root / "dvc.yaml").read_text(encoding="utf-8"))[
        "stages"
    ].values()
    steps = [stage.get("do", stage) for stage in stages]
    places = {
        place
        for step in steps
        for key in ("deps", "outs", "metrics")
        for place in step.get(key, [])
    }
    for place in sorted(place.replace("${key}", model) for place in places for model in MODELS):
        if place.startswith(("build", "data")):
            path = project.root / place if "." in place else project.root / place / "stand-in"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}", encoding="utf-8")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A checkout whose whole graph has run, as far as DVC knows."""
    ran = clone(tmp_path_factory.mktemp("rerun"), "tests/")
    ran.commit("All of it")
    stand_in(ran)
    ran.dvc("commit", "--quiet", "--force")
    return ran


@pytest.fixture
def graph(ran: Project) -> Iterator[Project]:
    """That checkout, whose edits are taken back."""
    yield ran
    ran.git("checkout", "--quiet", "--", "clockwork", "pipelines")


def edit(graph: Project, *files: str) -> None:
    """Add a line to each file that changes nothing that it does."""
    for file in files:
        place = graph.root / file
        place.write_text(place.read_text(encoding="utf-8") + "\nEDITED = True\n", encoding="utf-8")


def stale(graph: Project) -> dict[str, set[str]]:
    """The stages that DVC would run again, each with the dependencies that make it so."""
    done = graph.python("dvc", "status", "--json")
    assert done.returncode == 0, done.stderr
    return {
        stage: {file for reason in reasons for file in reason["changed deps"]}
        for stage, reasons in json.loads(done.stdout).items()
    }


def one_of(graph: Project, room: str) -> str:
    """Some file of a room of the engine."""
    found = next(
        path
        for path in sorted((graph.root / "clockwork" / room).glob("*.py"))
        if path.stem != "__init__"
    )
    return found.relative_to(graph.root).as_posix()


def test_an_edit_of_what_shows_sends_or_compares_runs_no_stage_again(graph: Project) -> None:
    edit(
        graph,
        *(one_of(graph, room) for room in ("report", "tracking", "ci", "compare", "commands")),
    )
    assert stale(graph) == {}


def test_an_edit_of_what_computes_runs_what_rests_on_it_again_and_nothing_else(
    graph: Project,
) -> None:
    edit(graph, *COMPUTES)
    found = stale(graph)
    for dependency, stages in COMPUTES.values():
        assert {stage for stage, why in found.items() if dependency in why} == stages, dependency
    assert "pipelines" in found["probe"]
