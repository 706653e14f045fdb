"""Verdicts to publish, and places to publish them that speak as the forges' documentation says."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from clockwork.ci.forges import Forge, Message
from clockwork.ci.message import message
from clockwork.ci.publish import publish
from clockwork.support.git import git
from clockwork.verdict.schema import Verdict, write_verdict
from tests.engine.unit.ci.forge_servers import PUSHED, TOKEN, ForgeServer
from tests.engine.unit.ci.github_server import GitHubServer
from tests.engine.unit.ci.gitlab_server import GitLabServer

ROOT = Path(__file__).parents[4]
MERGED = "b" * 40
JENKINS = {
    "JENKINS_URL": "https://ci.acme.test/",
    "BUILD_URL": "https://ci.acme.test/job/fleet/7/",
    "CHANGE_ID": "42",
    "CHANGE_TARGET": "main",
}
Publish = Callable[..., tuple[int, str]]
Environ = dict[str, str]


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    # A company's proxy knows nothing of the servers here.
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    monkeypatch.delenv("no_proxy", raising=False)


@pytest.fixture
def github(httpserver: HTTPServer) -> GitHubServer:
    """An enterprise's own GitHub with the repository acme/fleet, and our token for it."""
    return GitHubServer(httpserver)


@pytest.fixture
def gitlab(httpserver: HTTPServer) -> GitLabServer:
    """A GitLab with the project acme/models/fleet, and our token for it."""
    return GitLabServer(httpserver)


@pytest.fixture
def forge(server: ForgeServer) -> Forge:
    """The client of a test's own `server`, with our token."""
    found: Forge = server.entered()
    return found


@pytest.fixture
def red(red: Verdict) -> Verdict:
    """A red verdict on what was pushed."""
    return on(red, PUSHED)


def on(verdict: Verdict, pushed: str | None) -> Verdict:
    """The verdict of a run with so much of what was pushed known from the CI system."""
    context = verdict.context.model_copy(update={"commit": pushed})
    return verdict.model_copy(update={"context": context})


@pytest.fixture
def red_message(red: Verdict) -> Message:
    """What is published of a red verdict."""
    return message(red)


@pytest.fixture
def folder(red: Verdict, tmp_path: Path) -> Path:
    """A folder with a red verdict, as a run hands it over."""
    write_verdict(red, tmp_path / "verdict.json")
    return tmp_path


@pytest.fixture
def published(folder: Path) -> Publish:
    """Publish what is in the folder; gives the exit code and what was said, never with a token."""

    def run(environ: Environ, verdict: Verdict | None = None) -> tuple[int, str]:
        if verdict:
            write_verdict(verdict, folder / "verdict.json")
        lines: list[str] = []
        code = publish(folder, environ, lines.append, lambda _: None)
        assert TOKEN not in "\n".join(lines)
        return code, "\n".join(lines)

    return run


def actions(server: GitHubServer, tmp_path: Path, event: object, **more: str) -> Environ:
    """A job of GitHub Actions on `server`."""
    (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_SERVER_URL": server.url,
        "GITHUB_API_URL": f"{server.url}/api/v3",
        "GITHUB_REPOSITORY": "acme/fleet",
        "GITHUB_RUN_ID": "99",
        "GITHUB_SHA": MERGED,
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        **more,
    }


@pytest.fixture
def change(github: GitHubServer, tmp_path: Path) -> Environ:
    """A job for pull request 42."""
    head = {"sha": PUSHED, "repo": {"full_name": "acme/fleet"}}
    event = {"pull_request": {"number": 42, "head": head}}
    return actions(github, tmp_path, event, GITHUB_HEAD_REF="faster", GITHUB_BASE_REF="main")


@pytest.fixture
def after_fork(github: GitHubServer, tmp_path: Path) -> Environ:
    """The trusted job after a run for a fork's pull request."""
    run = {
        "event": "pull_request",
        "head_sha": PUSHED,
        "head_branch": "faster",
        "head_repository": {"full_name": "mallory/fleet"},
        "html_url": f"{github.url}/acme/fleet/actions/runs/98",
    }
    return actions(
        github,
        tmp_path,
        {"workflow_run": run},
        GITHUB_EVENT_NAME="workflow_run",
        GITHUB_REF_NAME="main",
    )


def summary(environ: Environ) -> str:
    """What stands in the job's summary."""
    return Path(environ["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")


def commit(place: Path, files: Mapping[str, str | None]) -> str:
    """A commit that writes `files`, or removes those without text; gives its name."""
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            (place / name).unlink()
        else:
            (place / name).write_text(text, encoding="utf-8")
    git(place, "add", "--all")
    author = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    git(place, *author, "commit", "--quiet", "--message", "change")
    return git(place, "rev-parse", "HEAD")


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose origin has main, and a branch that is checked out."""
    place = tmp_path_factory.mktemp("origin")
    git(place, "init", "--quiet", "--initial-branch=main")
    code = {"pipelines/a.py": "a = 1\nb = 2\nc = 3\n", "docs/audit.json": "{}"}
    commit(place, {"README.md": "read me\n", **code})
    git(place, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(place, "checkout", "--quiet", "-b", "faster")
    return place


@pytest.fixture
def clone(origin: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return shutil.copytree(origin, tmp_path / "clone")


@pytest.fixture
def merged(clone: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The clone as a CI system leaves it, in the folder of this run: branch and main merged."""
    for text in ("older", "newer"):
        commit(clone, {"pushed.txt": text})
    git(clone, "checkout", "--quiet", "main")
    commit(clone, {"meanwhile.txt": "of another"})
    author = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    git(clone, *author, "merge", "--quiet", "--no-edit", "faster")
    monkeypatch.chdir(clone)
    return clone


def bare_python(
    clone: Path, module: str, environ: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run `clockwork.ci.module` in `clone` by a python3 without any package, as CI does."""
    return subprocess.run(
        [sys.executable, "-S", "-m", f"clockwork.ci.{module}"],
        cwd=clone,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
