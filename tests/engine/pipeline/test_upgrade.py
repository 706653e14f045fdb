"""A project that adopted the version before takes this one.

The engine is new, and what the team did is there.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clockwork.release.layout import Owner, owner_of
from clockwork.release.manifest import MANIFEST, edited, read, renew
from clockwork.support.checkout import Checkout
from tests.engine.pipeline.conftest import Project, Projects, clone

OLDER, VERSION = "0.0.9", "clockwork/VERSION"
NESTED = "rows: data/*.csv\ncolumns:\n  label: churn  # 0 or 1\n  metrics: [age]\n"
VERB = "\nscore:\n\t@echo ours\n"


def set_version(project: Project, version: str) -> None:
    """Make what is there a release of the engine."""
    (project.root / VERSION).write_text(f"{version}\n", encoding="utf-8")
    project.git("add", "--all")
    renew(Checkout(project.root))


def older(engine: Project) -> None:
    """Take the engine at `engine` back to an earlier version, in each way that versions differ."""
    place = engine.root / "clockwork" / "gate" / "holm.py"
    place.write_text(place.read_text(encoding="utf-8") + "\nOLDER = 1\n", encoding="utf-8")
    (engine.root / "clockwork" / "gate" / "gone.py").write_text("GONE = 1\n", encoding="utf-8")
    (engine.root / "clockwork" / "release" / "merge.py").unlink()
    engine.edit("Makefile", "help: ## these lines", "help: ## those lines")
    engine.edit("Jenkinsfile", "'30'", "'20'")
    (engine.root / ".editorconfig").write_text("root = true\n", encoding="utf-8")
    set_version(engine, OLDER)


def adopt(project: Project) -> None:
    """What a team does: other configs, its own verb and model, neither demo nor engine's tests."""
    for folder in ("tests/engine", "seeds"):
        shutil.rmtree(project.root / folder)
    (project.root / "Jenkinsfile").unlink()
    (project.root / "configs" / "data.yaml").write_text(NESTED, encoding="utf-8")
    (project.root / "pipelines" / "models" / "own.py").write_text("MINE = 1\n", encoding="utf-8")
    with (project.root / "Makefile").open("a", encoding="utf-8") as file:
        file.write(VERB)
    project.git("config", "user.name", "A Team")
    project.git("config", "user.email", "team@localhost")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the engine's repository, a project of its first version, and another.

    The repository has two versions, the last this one's.
    """
    folder = tmp_path_factory.mktemp("upgrade")
    engine = clone(folder / "engine")
    set_version(engine, (engine.root / VERSION).read_text(encoding="utf-8").strip())
    now = engine.commit("This version")
    older(engine)
    engine.commit("The version before")
    engine.git("checkout", "--quiet", now, "--", ".")
    engine.git("rm", "--quiet", "clockwork/gate/gone.py")
    engine.commit("This version again")
    project = Project(folder / "project")
    engine.git("clone", "--quiet", str(engine.root), str(project.root))
    project.git("checkout", "--quiet", "HEAD~1")
    shutil.rmtree(project.root / ".git")
    project.git("init", "--quiet", "--initial-branch", "main")
    adopt(project)
    project.commit("Adopt the engine")
    other = Project(folder / "other")
    other.root.mkdir()
    other.git("init", "--quiet", "--initial-branch", "main")
    (other.root / "README.md").write_text("Another project.\n", encoding="utf-8")
    other.commit("No manifest")
    return folder


@pytest.fixture
def fork(both: Path) -> Iterator[tuple[Project, Project]]:
    """The engine and the project, both as they were when the test ends."""
    made = Project(both / "engine"), Project(both / "project")
    heads = [one.git("rev-parse", "HEAD").strip() for one in made]
    yield made
    for one, head in zip(made, heads, strict=True):
        one.git("checkout", "--quiet", "--force", "-B", "main", head)
        one.git("clean", "--quiet", "--force", "-d", "-x")
        for branch in one.git("branch", "--list", "clockwork-*").split():
            one.git("branch", "--quiet", "-D", branch)


def state(project: Project) -> tuple[str, str, str]:
    """What an upgrade must leave alone: branches, files, what is checked out."""
    return (
        project.git("branch"),
        project.git("status", "--porcelain"),
        project.git("rev-parse", "HEAD"),
    )


def test_the_engine_is_this_one_and_what_the_team_did_is_in_place(
    fork: tuple[Project, Project],
) -> None:
    engine, project = fork
    version = (engine.root / VERSION).read_text(encoding="utf-8").strip()
    head = project.git("rev-parse", "HEAD")
    ended = project.run("upgrade", "--from", "../engine")
    assert ended.code == 0, ended.text
    assert f"engine {OLDER} -> {version}\n" in ended.text
    assert (project.git("rev-parse", "HEAD"), project.git("status", "--porcelain")) == (head, "")
    assert project.git("worktree", "list").count("\n") == 1

    project.git("switch", "--quiet", f"clockwork-{version}")
    assert project.git("log", "--format=%s").splitlines() == [
        f"Upgrade the engine to {version}",
        "Adopt the engine",
    ]
    assert edited(Checkout(project.root)) == []
    assert read(Checkout(project.root)) == read(Checkout(engine.root))
    assert (project.root / MANIFEST).read_bytes() == (engine.root / MANIFEST).read_bytes()
    assert not (project.root / "clockwork" / "gate" / "gone.py").exists()
    assert (project.root / "clockwork" / "release" / "merge.py").exists()

    makefile = (project.root / "Makefile").read_text(encoding="utf-8")
    assert makefile == (engine.root / "Makefile").read_text(encoding="utf-8") + VERB
    assert (project.root / ".editorconfig").read_bytes() == (
        engine.root / ".editorconfig"
    ).read_bytes()
    assert not (project.root / "Jenkinsfile").exists()
    assert "Jenkinsfile: not brought, as this project deleted it" in ended.text
    assert not (project.root / "tests" / "engine").exists()
    assert not (project.root / "seeds").exists()
    assert (project.root / "pipelines" / "models" / "own.py").exists()
    data = (project.root / "configs" / "data.yaml").read_text(encoding="utf-8")
    assert data == "rows: data/*.csv\ntarget: churn  # 0 or 1\nfeatures: [age]\n"
    changed = project.git("diff", "--name-only", "HEAD~1").split()
    assert {name for name in changed if owner_of(name) is Owner.PROJECT} == {"configs/data.yaml"}


def test_a_second_upgrade_finds_nothing_to_do(fork: tuple[Project, Project]) -> None:
    _, project = fork
    assert project.run("upgrade", "--from", "../engine").code == 0
    again = project.run("upgrade", "--from", "../engine")
    assert again.code == 2
    assert "is there already; merge it, or delete it with `git branch -D clockwork-" in again.text
    project.git(
        "merge", "--quiet", "--ff-only", project.git("branch", "--list", "clockwork-*").strip()
    )
    project.git("branch", "-D", project.git("branch", "--list", "clockwork-*").strip())
    before = state(project)
    third = project.run("upgrade", "--from", "../engine")
    assert (third.code, state(project)) == (0, before), third.text
    assert "this project has it already" in third.text


def test_a_conflict_is_left_in_a_branch_and_nowhere_else(fork: tuple[Project, Project]) -> None:
    _, project = fork
    project.edit("Makefile", "help: ## those lines", "help: ## our lines")
    project.commit("Say it otherwise")
    head = project.git("rev-parse", "HEAD")
    ended = project.run("upgrade", "--from", "../engine")
    assert ended.code == 1, ended.text
    assert "1 in conflict: Makefile" in ended.text
    assert (project.git("rev-parse", "HEAD"), project.git("status", "--porcelain")) == (head, "")
    branch = project.git("branch", "--list", "clockwork-*").strip()
    text = project.git("show", f"{branch}:Makefile")
    assert re.search(
        r"(?s)<<<<<<< this project\nhelp: ## our lines.*=======\nhelp: ## these lines.*>>>>>>> "
        r"engine",
        text,
    )
    assert VERB in text
    assert project.git("log", "-1", "--format=%s", branch).strip().endswith(", with conflicts")


def untouched(_: Project) -> None:
    """A project as it is."""


def dirty(project: Project) -> None:
    """With a file that no commit holds."""
    (project.root / "note.txt").touch()


def edits_the_engine(project: Project) -> None:
    """With an engine that is not as released."""
    (project.root / "clockwork" / "gate" / "holm.py").write_text("ALPHA = 1\n", encoding="utf-8")
    project.commit("Edit the engine")


def later(project: Project) -> None:
    """With an engine of a later version."""
    set_version(project, "9.0.0")
    project.commit("A later engine")


@pytest.mark.parametrize(
    ("spoil", "args", "message"),
    [
        (
            untouched,
            ("--from=--upload-pack=touch stolen",),
            "FROM '--upload-pack=touch stolen' is no repository",
        ),
        (untouched, ("--from=",), "FROM '' is no repository"),
        (untouched, ("--from=../nowhere",), "FROM '../nowhere': "),
        (untouched, ("--from=ext::touch stolen",), "FROM 'ext::touch stolen': "),
        (
            untouched,
            ("--from=../engine", "--to=--output=stolen"),
            "TO '--output=stolen' looks like an option",
        ),
        (untouched, ("--from=../engine", "--to=v9"), "TO 'v9' is no commit of '../engine'"),
        (untouched, ("--from=../other",), "FROM '../other' holds no clockwork/MANIFEST at HEAD"),
        (
            edits_the_engine,
            ("--from=../engine",),
            "and an upgrade would lose that: clockwork/gate/holm.py; ",
        ),
        (later, ("--from=../engine",), " is before 9.0.0, which this project has"),
        (dirty, ("--from=../engine",), "note.txt differs from HEAD; commit or stash it"),
    ],
)
def test_what_cannot_be_upgraded_is_one_line_and_changes_nothing(
    fork: tuple[Project, Project],
    spoil: Callable[[Project], object],
    args: tuple[str, ...],
    message: str,
) -> None:
    _, project = fork
    spoil(project)
    before = state(project)
    ended = project.call("upgrade", *args)
    assert message in ended.refusal
    assert ended.done.stderr.count("\n") == 1
    assert state(project) == before
    assert not any((project.root / "build" / "worktrees").rglob("*.py"))
    assert not list(project.root.parent.rglob("stolen"))


def test_a_release_whose_manifest_does_not_fit_it_is_refused(fork: tuple[Project, Project]) -> None:
    engine, project = fork
    (engine.root / "clockwork" / "gate" / "holm.py").write_text("ALPHA = 1\n", encoding="utf-8")
    engine.commit("Between releases")
    ended = project.run("upgrade", "--from", "../engine")
    assert (
        "FROM: clockwork/MANIFEST is not of its files (clockwork/gate/holm.py); give TO a release"
        in ended.refusal
    )


@pytest.mark.slow
def test_the_verdict_of_an_upgrade_is_bases_and_needs_an_owner(project: Projects) -> None:
    """The tiny fleet with an engine that differs in its version alone.

    The models are the same, and somebody must look.
    """
    tiny = project("upgraded")
    engine = Project(tiny.root.parent / "engine")
    set_version(tiny, "0.0.8")
    tiny.commit("The version before")
    tiny.git("clone", "--quiet", str(tiny.root), str(engine.root))
    set_version(engine, "0.0.9")
    engine.commit("The next version")
    tiny.git("config", "user.name", "A Team")
    tiny.git("config", "user.email", "team@localhost")
    upgraded = tiny.run("upgrade", "--from", "../engine")
    assert upgraded.code == 0, upgraded.text
    tiny.git("switch", "--quiet", "clockwork-0.0.9")
    ended = tiny.run("regression", "--base=main")
    assert ended.code == 3, ended.text
    verdict = tiny.verdict()
    assert [
        one["id"]
        for one in verdict["checks"]
        if one["outcome"] not in ("pass", "unchanged") and one["gating"]
    ] == ["needs-owner"]
    (owner,) = (one for one in verdict["checks"] if one["id"] == "needs-owner")
    assert owner["message"].startswith("clockwork/VERSION changed")
    (agree,) = (one for one in verdict["checks"] if one["id"] == "engines-agree")
    assert re.fullmatch(r"all \d+ checks end alike", agree["message"])
