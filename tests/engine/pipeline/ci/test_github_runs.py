"""The workflows of GitHub run for real, on a tiny project.

They show what comes of a pull request, and that nothing else does.

act runs the jobs, and stand-ins beside it the actions; permissions, concurrency and forks it does
not know.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.engine.unit.ci.forge_servers import TOKEN
from tests.engine.unit.ci.github_server import GitHubServer

from ..conftest import Project, Projects
from .act.host import RUN_ID, SLUG, Ran, run
from .throwaway import whole

WORKFLOW = "pull-request.yml"
ARTEFACT = {"verdict.json", "report.html", "report.md", "junit.xml"}
NUMBER = 42


@dataclass(frozen=True)
class Change:
    """A pull request: its head commit, its title, and the commit of main that it starts from."""

    project: Project
    work: Path
    head: str
    base: str
    title: str

    def run(self) -> Ran:
        """What the workflow of pull requests makes of it."""
        head = {"sha": self.head, "ref": "change", "repo": {"full_name": SLUG}}
        pull = {"number": NUMBER, "title": self.title, "body": self.title, "head": head}
        event = {"pull_request": {**pull, "base": {"ref": "main", "sha": self.base}}}
        return run(self.project.root, self.work, WORKFLOW, event)

    def run_comment(self, api: GitHubServer) -> Ran:
        """What the workflow of comments makes of that run, with main's code and rights to write."""
        self.project.git("checkout", "--quiet", "--force", "main")
        api.pulls.append(api.pull(NUMBER, SLUG, "change", self.head))
        run_of = {
            "id": int(RUN_ID),
            "event": "pull_request",
            "conclusion": "failure",
            "html_url": f"{api.url}/runs/1",
        }
        head = {
            "head_sha": self.head,
            "head_branch": "change",
            "head_repository": {"full_name": SLUG},
        }
        event = {"workflow_run": {**run_of, **head}}
        return run(
            self.project.root, self.work, "comment.yml", event, TOKEN, f"{api.url}{api.base}"
        )


Edit = Callable[[Project], object]
Opened = Callable[[Edit], Change]


@pytest.fixture(scope="module")
def opened(project: Projects, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Opens a pull request that makes an edit; main's run has saved its cache."""
    made = whole(project, "github")
    made.git("branch", "--force", "main", "HEAD")
    made.git("remote", "add", "origin", f"https://github.com/{SLUG}.git")

    def open_with(edit: Edit) -> Change:
        made.git("checkout", "--quiet", "--force", "-B", "change", "main")
        edit(made)
        head = (
            made.commit("A change")
            if made.git("status", "--porcelain")
            else made.git("rev-parse", "HEAD").strip()
        )
        work = tmp_path_factory.mktemp("act")
        (work / "caches").mkdir()
        (work / "caches" / "dvc-main").symlink_to(made.root / ".dvc" / "cache")
        (work / "home" / ".cache" / "uv").mkdir(parents=True)
        enemy = f'x"; touch {work}/pwned; echo "$(touch {work}/pwned)`touch {work}/pwned`'
        return Change(made, work, head, made.git("rev-parse", "main").strip(), enemy)

    return open_with


def add_test(project: Project, body: str = "assert True") -> None:
    """An edit that touches no model."""
    path = project.root / "tests" / "unit" / "test_mine.py"
    path.write_text(f"def test_mine() -> None:\n    {body}\n", encoding="utf-8")


def add_words(project: Project) -> None:
    """An edit of documentation alone."""
    (project.root / "docs" / "note.md").write_text("A note.\n", encoding="utf-8")


def shown(ran: Ran) -> str:
    """What the page of the run shows."""
    return "".join(
        line["msg"] for line in ran.lines if str(line.get("msg")).startswith("  ⚙  Summary - ")
    )


def verdict(ran: Ran) -> Any:
    """The verdict in the artefact."""
    return json.loads((ran.artefact("regression") / "verdict.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def green(opened: Opened) -> tuple[Change, Ran]:
    """A pull request that makes no model worse."""
    change = opened(add_test)
    return change, change.run()


@pytest.fixture(scope="module")
def red(opened: Opened) -> tuple[Change, Ran]:
    """A pull request that a team's test refuses; it would post the comment with its own code."""

    def attack(project: Project) -> None:
        test = "def test_mine(candidate: object) -> None:\n    assert 1 == 2\n"
        (project.root / "tests" / "regression" / "test_mine.py").write_text(test, encoding="utf-8")
        project.edit(
            "Makefile", "$(BIN)/python -m clockwork publish", "touch $$ACT_CACHES/../pwned #"
        )

    change = opened(attack)
    return change, change.run()


@pytest.mark.slow
def test_a_green_pull_request_is_judged_at_its_head_and_opens_the_gate(
    green: tuple[Change, Ran],
) -> None:
    change, ran = green
    assert ran.jobs == dict.fromkeys(("changes", "test", "regression", "gate"), "success"), ran.text
    assert {path.name for path in ran.artefact("regression").iterdir()} == ARTEFACT
    judged = verdict(ran)
    assert (judged["head"]["sha"], judged["base"]["sha"]) == (change.head, change.base)
    assert (judged["context"]["ci"], judged["context"]["pull_request"]) == ("github", str(NUMBER))
    assert "PASS" in shown(ran)


@pytest.mark.slow
def test_a_pull_request_restores_what_main_saved_and_saves_nothing(
    green: tuple[Change, Ran],
) -> None:
    change, ran = green
    assert "restored dvc-main" in ran.log("regression")
    assert "nothing changed: every stage comes from the cache" in ran.log("regression")
    assert [place.name for place in (change.work / "caches").iterdir()] == ["dvc-main"]


@pytest.mark.slow
def test_a_red_pull_request_keeps_the_gate_shut_and_its_report_still_comes(
    red: tuple[Change, Ran],
) -> None:
    _, ran = red
    assert ran.jobs == {
        "changes": "success",
        "test": "success",
        "regression": "failure",
        "gate": "failure",
    }, ran.text
    assert ran.steps("regression")["make regression"] == "failure"
    assert {path.name for path in ran.artefact("regression").iterdir()} == ARTEFACT
    assert verdict(ran)["outcome"] == "regression"
    assert "REGRESSION" in shown(ran)


@pytest.mark.slow
def test_a_title_that_is_a_command_is_never_run(
    green: tuple[Change, Ran], red: tuple[Change, Ran]
) -> None:
    assert not [change for change, _ in (green, red) if (change.work / "pwned").exists()]


@pytest.mark.slow
def test_that_title_would_be_run_if_a_step_quoted_it(opened: Opened) -> None:
    change = opened(add_words)
    quoting = 'run: "echo ${{ github.event.pull_request.title }}" }\n      - { id: docs, run: '
    change.project.edit(f".github/workflows/{WORKFLOW}", "id: docs, run: ", quoting)
    change.run()
    assert (change.work / "pwned").exists()


def test_where_tests_fail_no_model_is_trained_and_the_gate_stays_shut(opened: Opened) -> None:
    ran = opened(lambda project: add_test(project, "raise ValueError")).run()
    assert ran.jobs == {"changes": "success", "test": "failure", "gate": "failure"}, ran.text
    assert not ran.artefact("regression").exists()


def test_where_documentation_alone_changed_the_gate_opens_in_seconds(opened: Opened) -> None:
    ran = opened(add_words).run()
    assert ran.jobs == {"changes": "success", "gate": "success"}, ran.text


@pytest.mark.slow
def test_the_merge_queue_looks_at_what_the_queue_adds_and_no_further(opened: Opened) -> None:
    ahead = opened(add_test).head

    def follow(project: Project) -> None:
        project.git("reset", "--quiet", "--hard", ahead)
        add_words(project)

    change = opened(follow)
    group = {
        "merge_group": {"base_sha": ahead, "head_sha": change.head, "base_ref": "refs/heads/main"}
    }
    ran = run(change.project.root, change.work, WORKFLOW, group)
    assert ran.jobs == {"changes": "success", "gate": "success"}, ran.text


@pytest.mark.slow
def test_the_code_of_main_posts_the_verdict_on_the_pull_request(
    red: tuple[Change, Ran], httpserver: HTTPServer
) -> None:
    change, _ = red
    api = GitHubServer(httpserver)
    ran = change.run_comment(api)
    assert ran.jobs == {"comment": "success"}, ran.text
    assert ["REGRESSION" in comment["body"] for comment in api.comments] == [True]
    assert [(status["sha"], status["state"]) for status in api.statuses] == [
        (change.head, "failure")
    ]
    assert [check["head_sha"] for check in api.runs] == [change.head]
    assert not (change.work / "pwned").exists()
    assert TOKEN not in ran.text


@pytest.mark.slow
def test_a_run_without_a_verdict_posts_nothing(opened: Opened, httpserver: HTTPServer) -> None:
    api = GitHubServer(httpserver)
    ran = opened(add_words).run_comment(api)
    assert (ran.jobs, ran.steps("comment").get("make publish")) == ({"comment": "success"}, None), (
        ran.text
    )
    assert api.calls == []


@pytest.mark.slow
def test_what_is_handed_over_and_is_no_verdict_is_refused(
    opened: Opened, httpserver: HTTPServer
) -> None:
    api = GitHubServer(httpserver)
    change = opened(add_words)
    folder = change.work / "artifacts" / RUN_ID / "regression"
    folder.mkdir(parents=True)
    (folder / "verdict.json").write_text('{"outcome": "pass"}', encoding="utf-8")
    ran = change.run_comment(api)
    assert ran.jobs == {"comment": "failure"}, ran.text
    assert "not a verdict of schema" in ran.log("comment")
    assert api.calls == []


@pytest.mark.slow
def test_main_is_judged_against_what_it_was_saves_its_caches_and_promotes_last(
    opened: Opened,
) -> None:
    change = opened(add_words)
    change.project.git("branch", "--force", "main", change.head)
    push = {
        "push": {},
        "ref": "refs/heads/main",
        "before": change.base,
        "created": False,
        "forced": False,
    }
    ran = run(change.project.root, change.work, "main.yml", push)
    assert ran.jobs == {"test": "success", "regression": "success"}, ran.text
    assert (verdict(ran)["head"]["sha"], verdict(ran)["base"]["sha"]) == (change.head, change.base)
    assert "champion" in ran.log("regression").split("reports: ")[-1]
    saved = {
        place.name.split("-")[0]
        for place in (change.work / "caches").iterdir()
        if not place.is_symlink()
    }
    assert saved == {"uv", "dvc"}
