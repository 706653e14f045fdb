"""The same two commits get the same verdict on a laptop and on every CI system."""

from typing import Any

import pytest

from tests.engine.unit.ci.test_context import CHANGES, event

from ..conftest import Project, Projects
from .throwaway import plant

pytestmark = pytest.mark.slow

# Where a run was and is shown, and how long it took there.
HERE = ("context", "seconds", "costs", "pages")
SYSTEMS = {"local": {}, **{name: environ for name, (environ, _) in CHANGES.items()}}


@pytest.fixture(scope="module")
def changed(project: Projects) -> Project:
    """A pull request that makes a model worse."""
    changed = project("parity")
    changed.git("checkout", "--quiet", "-b", "faster")
    plant(changed, "sign-flipped")
    return changed


@pytest.fixture(scope="module")
def verdicts(changed: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The verdict on that pull request, by the system that came to it."""
    found, path = {}, tmp_path_factory.mktemp("event") / "event.json"
    event(path=path)
    for system, variables in SYSTEMS.items():
        where = {"GITHUB_EVENT_PATH": str(path)} if system == "github" else {}
        ended = changed.run("regression", "--quick", env={**variables, **where})
        assert ended.code == 1, ended.text
        found[system] = changed.verdict()
    return found


def judgement(verdict: dict[str, Any]) -> dict[str, Any]:
    """What a verdict says, without where and how fast it was found."""
    return {key: value for key, value in verdict.items() if key not in HERE}


@pytest.mark.parametrize("system", [name for name in SYSTEMS if name != "local"])
def test_a_ci_system_finds_what_a_laptop_finds(
    verdicts: dict[str, Any], changed: Project, system: str
) -> None:
    commits = [verdicts[system][side]["sha"] for side in ("base", "head")]
    assert commits == changed.git("rev-parse", "main", "faster").split()
    assert judgement(verdicts[system]) == judgement(verdicts["local"])
    context = verdicts[system]["context"]
    assert (context["ci"], context["pull_request"], context["branch"], context["target"]) == (
        system,
        "42",
        "faster",
        "main",
    )
