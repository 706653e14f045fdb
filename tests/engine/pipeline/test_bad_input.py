"""Bad settings, commits, trees and disks: one line with exit code 2, and nothing half-written."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clockwork.compare.preflight import check_settings
from clockwork.support.errors import BadInput, one_line

from .conftest import Ended, Project, Projects


@pytest.fixture(scope="module")
def tiny(project: Projects) -> Project:
    return project("bad")


@pytest.fixture(autouse=True)
def fresh(tiny: Project) -> None:
    """Every test starts at the tip of main, without a verdict."""
    tiny.back_to("main")
    for name in ("verdict.json", "report.html", "report.md", "junit.xml"):
        (tiny.root / "build" / name).unlink(missing_ok=True)


def refused(project: Project, ended: Ended) -> str:
    """The one line that tells what was wrong; nothing but that may have come of it."""
    if (project.root / "build").is_dir():
        assert not [
            path
            for path in (project.root / "build").rglob("*.draft")
            if "worktrees" not in path.parts
        ]
    return ended.refusal


def unjudged(project: Project) -> bool:
    """Whether there is no verdict and no report."""
    return not [
        n
        for n in ("verdict.json", "report.html", "report.md")
        if (project.root / "build" / n).exists()
    ]


# Of the faults of a file in itself, tests/engine/unit/settings has all.
WRONG_SETTINGS = {
    "misspelt key": ("gate.yaml", "margin: 0.03 ", "margn: 0.03 ", ["'margn'", "'margin'"]),
    "misspelt end of a range": (
        "models/lightgbm.yaml",
        "low: 15,",
        "lwo: 15,",
        ["num_leaves", "lwo", "'low'"],
    ),
    "too few seeds": ("training.yaml", "pool: [103, 104]", "pool: []", ["fewer than 3 seeds"]),
    "no YAML": ("features.yaml", "missing: keep", "missing: [", []),
}


@pytest.mark.parametrize("wrong", WRONG_SETTINGS)
def test_a_wrong_setting_is_reported_by_file_and_key(tiny: Project, wrong: str) -> None:
    file, find, replace, names = WRONG_SETTINGS[wrong]
    tiny.edit(f"configs/{file}", find, replace)
    with pytest.raises(BadInput) as error:
        check_settings(tiny.root)
    reported = one_line(error.value)
    assert all(name in reported for name in [f"configs/{file}", *names]), reported
    assert "\n" not in reported


@pytest.mark.parametrize(("wrong", "verb"), [("no YAML", "run"), ("misspelt key", "regression")])
def test_a_verb_tells_a_wrong_setting_before_any_work(tiny: Project, wrong: str, verb: str) -> None:
    file, find, replace, names = WRONG_SETTINGS[wrong]
    tiny.edit(f"configs/{file}", find, replace)
    tiny.commit("Set something wrong")
    ended = tiny.run(verb)
    reported = refused(tiny, ended)
    assert all(name in reported for name in [f"configs/{file}", *names]), reported
    assert not ended.done.stdout
    assert unjudged(tiny)


def test_a_parameter_that_a_model_does_not_know_is_reported(tiny: Project) -> None:
    tiny.edit("configs/models/lightgbm.yaml", "max_bin:", "max_bn:")
    reported = refused(tiny, tiny.call("run"))
    assert all(
        name in reported for name in ("configs/models/lightgbm.yaml", "'max_bn'", "max_bin")
    ), reported


def test_a_base_that_does_not_exist_is_reported(tiny: Project) -> None:
    assert "BASE 'HEAD~9' is no commit here" in refused(
        tiny, tiny.call("regression", "--base", "HEAD~9")
    )
    assert unjudged(tiny)


def test_a_base_that_looks_like_an_option_never_reaches_git(tiny: Project) -> None:
    ended = tiny.call("regression", "--base=--upload-pack=touch made")
    assert "looks like an option" in refused(tiny, ended)
    assert not (tiny.root / "made").exists()


def test_a_dirty_tree_is_reported_with_the_file_that_differs(tiny: Project) -> None:
    (tiny.root / "pipelines" / "new.py").write_text("# not committed\n", encoding="utf-8")
    reported = refused(tiny, tiny.call("regression"))
    assert "pipelines/new.py" in reported
    assert "commit or stash" in reported
    assert unjudged(tiny)


def test_data_that_is_not_what_the_commit_pins_gets_no_verdict(tiny: Project) -> None:
    part = tiny.root / "data" / "part-0.parquet"
    kept = part.rename(tiny.root / "build" / "part.kept")
    part.write_bytes(kept.read_bytes() + b"more")
    try:
        ended = tiny.call("regression", "--base", "main")
    finally:
        kept.rename(part)
    assert "data/part-0.parquet is neither what data.dvc pins nor in DVC's cache" in refused(
        tiny, ended
    )
    assert unjudged(tiny) or tiny.verdict()["exit_code"] == 2


def test_outside_of_a_repository_it_says_so(tiny: Project, tmp_path: Path) -> None:
    for name in ("clockwork", "pipelines", "configs", "seeds"):
        shutil.copytree(tiny.root / name, tmp_path / name)
    apart = Project(tmp_path)
    assert "git" in refused(apart, apart.call("regression"))


def test_without_a_common_commit_it_says_how_to_get_one(tiny: Project) -> None:
    tiny.set("configs/gate.yaml", "target_branch", "trunk")
    tiny.commit("Aim at a branch that is not there")
    reported = refused(tiny, tiny.call("regression"))
    assert "'trunk'" in reported
    assert "BASE=" in reported


@pytest.fixture
def no_build(tiny: Project) -> Iterator[Path]:
    """The place of build/, while the real one is away."""
    build, kept = tiny.root / "build", tiny.root.parent / "build.kept"
    build.rename(kept)
    yield build
    if build.is_dir():
        shutil.rmtree(build)
    else:
        build.unlink(missing_ok=True)
    kept.rename(build)


SLOW = [pytest.param(one, marks=pytest.mark.slow) for one in ("size=4m,ro", "size=1m,nr_inodes=3")]


@pytest.fixture(params=["size=64k", *SLOW])
def full(no_build: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A build/ that is a file system of its own, with little room or none."""
    no_build.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", request.param, "tmpfs", str(no_build)]
    if (
        os.geteuid()
        or not shutil.which("mount")
        or subprocess.run(words, capture_output=True, check=False).returncode
    ):
        pytest.skip("no right to mount a small file system")
    yield no_build
    subprocess.run(["umount", "--lazy", str(no_build)], check=True)


@pytest.mark.parametrize("verb", ["run", "regression"])
def test_a_file_in_the_place_of_build_is_reported(tiny: Project, no_build: Path, verb: str) -> None:
    no_build.write_text("a file\n", encoding="utf-8")
    assert "build" in refused(tiny, tiny.call(verb))
    assert no_build.read_text(encoding="utf-8") == "a file\n"


def test_no_room_or_no_right_in_build_is_reported(tiny: Project, full: Path) -> None:
    ended = tiny.run("run")
    assert refused(tiny, ended)
    assert not list(full.rglob("*.draft"))
