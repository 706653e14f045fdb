"""Running a checkout's graph: the data first, a line for each stage that ran.

A failure is in the stage's own words.
"""

import re
import shutil
from pathlib import Path
from threading import Timer

import pytest
import yaml
from zc.lockfile import LockFile  # type: ignore[import-untyped]  # what DVC locks with

from clockwork.support.checkout import Checkout
from clockwork.support.dvc import run_graph
from clockwork.support.entry import seconds_of
from clockwork.support.errors import BadInput
from clockwork.support.git import git
from clockwork.support.paths import FEATURES
from clockwork.support.pinned import bring_data, data_hash, fetch_data, pins
from clockwork.support.subprocesses import run_module

PIN = {"outs": [{"md5": "0123456789abcdef0123456789abcdef.dir", "path": "data"}]}
# A stage of the engine's kind, as a script: it copies a file that must not be empty.
STAGE = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from clockwork.support.entry import run_stage
from clockwork.support.errors import BadInput

def main(source, out):
    text = Path(source).read_text()
    if not text:
        raise BadInput(f"{{source}}: is empty; fill it")
    Path(out).parent.mkdir(exist_ok=True)
    Path(out).write_text(text)

if __name__ == "__main__":
    run_stage("copying")
"""


@pytest.fixture
def reported() -> list[str]:
    return []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose data are pinned and absent; its path has a blank, as people's have."""
    return lay_out(tmp_path / "a checkout")


def lay_out(root: Path) -> Path:
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc" / "config").write_text("[core]\n    no_scm = True\n", encoding="utf-8")
    (root / "data.dvc").write_text(yaml.safe_dump(PIN), encoding="utf-8")
    (root / "copying.py").write_text(STAGE, encoding="utf-8")
    return root


def copies(source: str, out: str) -> dict[str, object]:
    """A stage that copies a file."""
    return {"cmd": f"python copying.py {source} {out}", "deps": [source], "outs": [out]}


def test_the_hash_of_the_data_is_the_pinned_one(checkout: Path) -> None:
    assert data_hash(Checkout(checkout)) == "0123456789abcdef0123456789abcdef.dir"


@pytest.mark.parametrize("content", ["", "{", "outs: []", "outs: [{path: data}]", "outs: 7", "[1]"])
def test_a_pin_that_is_none_is_named_with_the_remedy(checkout: Path, content: str) -> None:
    (checkout / "data.dvc").write_text(content, encoding="utf-8")
    with pytest.raises(
        BadInput, match=r"data\.dvc: not a DVC file with one pinned output; write it anew"
    ):
        data_hash(Checkout(checkout))


@pytest.mark.parametrize("content", [b"<<<<<<< HEAD\nouts: []\n=======\n", b"[1]", b"\xff"])
def test_another_pin_that_is_none_is_named_with_the_remedy(checkout: Path, content: bytes) -> None:
    git(checkout, "init", "--quiet")
    (checkout / "more.dvc").write_bytes(content)
    git(checkout, "add", "more.dvc")
    with pytest.raises(
        BadInput, match=r"more\.dvc: no file of DVC's, or one with a conflict; mend it, or write"
    ):
        pins(Checkout(checkout))


def test_data_without_a_pin_are_refused(checkout: Path, reported: list[str]) -> None:
    (checkout / "data.dvc").unlink()
    with pytest.raises(
        BadInput, match=r"data\.dvc: no such file; pin the data with `dvc add data`"
    ):
        fetch_data(Checkout(checkout), reported.append)


def test_data_that_are_there_are_left_alone(checkout: Path, reported: list[str]) -> None:
    (checkout / "data").mkdir()
    fetch_data(Checkout(checkout), reported.append)
    assert reported == []
    assert list((checkout / "data").iterdir()) == []


def test_data_that_nobody_has_name_the_remedy(checkout: Path, reported: list[str]) -> None:
    with pytest.raises(
        BadInput,
        match=r"data\.dvc: data/ is not in the cache and no DVC remote is set; add one with",
    ):
        fetch_data(Checkout(checkout), reported.append)


def test_a_remote_without_the_data_is_reported_as_dvc_reports_it(
    checkout: Path, reported: list[str]
) -> None:
    remote = (
        "[core]\n"
        "    no_scm = True\n"
        "    remote = store\n"
        "['remote \"store\"']\n"
        "    url = ../nowhere\n"
    )
    (checkout / ".dvc" / "config").write_text(remote, encoding="utf-8")
    with pytest.raises(BadInput, match=r"data\.dvc: dvc pull failed: \S+"):
        fetch_data(Checkout(checkout), reported.append)
    assert reported == [], "nothing was fetched"


def test_data_come_back_from_the_cache(checkout: Path, reported: list[str]) -> None:
    (checkout / "data").mkdir()
    (checkout / "data" / "rows.txt").write_text("some rows", encoding="utf-8")
    assert run_module(checkout, "dvc", "add", "--quiet", "data").returncode == 0
    shutil.rmtree(checkout / "data")
    fetch_data(Checkout(checkout), reported.append)
    assert (checkout / "data" / "rows.txt").read_text(encoding="utf-8") == "some rows"
    assert reported == []


def content(root: Path) -> dict[str, bytes]:
    """Every file of the user's below `root`."""
    files = [
        path
        for path in root.rglob("*")
        if path.is_file() and ".dvc" not in path.relative_to(root).parts
    ]
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in files
        if "build" not in path.parts
    }


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kept workspace: the last commit's data in the cache; data.dvc pins those of the next."""
    checkout = lay_out(tmp_path_factory.mktemp("kept") / "a checkout")
    (checkout / "data").mkdir()
    for text in ("next", "last"):
        (checkout / "data" / "rows.txt").unlink(missing_ok=True)
        (checkout / "data" / "rows.txt").write_text(text, encoding="utf-8")
        assert run_module(checkout, "dvc", "add", "--quiet", "data").returncode == 0
        (checkout / "data.dvc").rename(checkout / f"{text}.pin")
    (checkout / "next.pin").rename(checkout / "data.dvc")
    stages = {"split": copies("data/rows.txt", "build/split.txt")}
    (checkout / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}), encoding="utf-8")
    return checkout


@pytest.fixture
def moved_on(kept: Path, tmp_path: Path) -> Path:
    """A copy of the kept workspace for one test."""
    return shutil.copytree(kept, tmp_path / "moved on", symlinks=True)


@pytest.mark.slow
def test_a_kept_workspace_gets_the_data_that_the_commit_pins(
    moved_on: Path, reported: list[str]
) -> None:
    pin = (moved_on / "data.dvc").read_bytes()
    run_graph(Checkout(moved_on), [], reported.append, probe=False)
    assert (moved_on / "build" / "split.txt").read_text(encoding="utf-8") == "next"
    assert (moved_on / "data.dvc").read_bytes() == pin
    assert reported[0] == "data: brought to what data.dvc pins"
    assert not (moved_on / "build" / "data.aside").exists()


def test_a_run_goes_no_further_up_than_to_what_moved(moved_on: Path, reported: list[str]) -> None:
    root, split = Checkout(moved_on), moved_on / "build" / "split.txt"
    stages = {"split": copies("data/rows.txt", "build/split.txt")}
    for stage, above in (("tune", "split.txt"), ("train", "tune"), ("score", "train")):
        do = {**copies("one.txt", f"build/{stage}"), "deps": ["one.txt", f"build/{above}"]}
        stages[stage] = {"foreach": ["one"], "do": do}
    (moved_on / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}), encoding="utf-8")
    (moved_on / "one.txt").write_text("some", encoding="utf-8")
    (moved_on / FEATURES).mkdir(parents=True)

    def ran() -> list[str]:
        reported.clear()
        run_graph(root, ["one"], reported.append, probe=False)
        return [line.split()[0] for line in reported]

    of_one = ["tune@one", "train@one", "score@one"]
    assert ran()[-4:] == ["split", *of_one]
    assert split.read_text(encoding="utf-8") == "next"
    ran()
    assert reported[-1].startswith("nothing changed: every stage comes from the cache")
    log = moved_on / "build" / "graph.log"
    log.unlink()
    (moved_on / "one.txt").write_text("more", encoding="utf-8")
    assert ran() == of_one
    assert "'split'" not in log.read_text(encoding="utf-8"), "DVC was asked for it"
    (moved_on / "last.pin").rename(moved_on / "data.dvc")
    assert ran()[1] == "split"
    assert reported[0] == "data: brought to what data.dvc pins"
    assert split.read_text(encoding="utf-8") == "last"


def test_data_in_no_cache_stop_the_run_before_anything_is_written(
    moved_on: Path, reported: list[str]
) -> None:
    (moved_on / "data" / "rows.txt").unlink()
    (moved_on / "data" / "rows.txt").write_text("mine", encoding="utf-8")
    before = content(moved_on)
    with pytest.raises(
        BadInput,
        match=r"data/rows.txt is neither what data.dvc pins nor in DVC's cache; run `dvc add",
    ):
        run_graph(Checkout(moved_on), [], reported.append, probe=False)
    assert content(moved_on) == before
    assert reported == []


def test_pinned_data_in_no_cache_leave_the_present_ones_where_they_are(
    moved_on: Path, reported: list[str]
) -> None:
    cached = moved_on / ".dvc" / "cache" / "files" / "md5"
    wanted = data_hash(Checkout(moved_on))
    (cached / wanted[:2] / wanted[2:]).unlink()
    before = content(moved_on)
    with pytest.raises(
        BadInput, match=r"data.dvc: data/ is not in the cache and no DVC remote is set"
    ):
        run_graph(Checkout(moved_on), [], reported.append, probe=False)
    assert content(moved_on) == before


@pytest.mark.usefixtures("own_git")
def test_other_pinned_files_are_not_pinned_anew_by_a_run(checkout: Path) -> None:
    for name in ("data", "labels"):
        (checkout / name).write_text("old", encoding="utf-8")
    git(checkout, "init", "--quiet")
    assert run_module(checkout, "dvc", "add", "--quiet", "data", "labels").returncode == 0
    git(checkout, "add", "data.dvc", "labels.dvc")
    (checkout / "labels").unlink()
    (checkout / "labels").write_text("new", encoding="utf-8")
    with pytest.raises(
        BadInput,
        match=r"labels is not what labels.dvc pins; run `dvc checkout labels.dvc`, or `dvc",
    ):
        bring_data(Checkout(checkout), print)


def two_stages(checkout: Path, first: dict[str, object], rows: str = "") -> None:
    """A graph of `first`, which leaves build/copy.txt, and of a copy of that."""
    (checkout / "data").mkdir()
    (checkout / "data" / "rows.txt").write_text(rows, encoding="utf-8")
    assert run_module(checkout, "dvc", "add", "--quiet", "data").returncode == 0
    stages = {"copy": first, "split": copies("build/copy.txt", "build/split.txt")}
    (checkout / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}), encoding="utf-8")


def test_a_failing_stage_is_reported_in_its_own_words_after_those_before_it(
    checkout: Path, reported: list[str]
) -> None:
    touch = "printf '\\374\\n' && mkdir -p build && cp data/rows.txt build/copy.txt"
    two_stages(checkout, {"cmd": touch, "deps": ["data"], "outs": ["build/copy.txt"]})
    with pytest.raises(BadInput) as error:
        run_graph(Checkout(checkout), [], reported.append)
    assert str(error.value) == "build/copy.txt: is empty; fill it"
    assert [line.split()[0] for line in reported] == ["split"], (
        "a command of no stage of ours reports no seconds"
    )
    assert "copying.py" in (checkout / "build" / "graph.log").read_text(encoding="utf-8")


def test_the_last_lines_of_a_crash_are_reported_as_dvc_reports_it(
    checkout: Path, reported: list[str]
) -> None:
    crash = "echo 'terminate called by a library' && kill -ABRT $$"
    two_stages(checkout, {"cmd": crash, "deps": ["data"], "outs": ["build/copy.txt"]})
    with pytest.raises(BadInput, match=r"^dvc repro: .*'copy'.*; see build/graph\.log$"):
        run_graph(Checkout(checkout), [], reported.append)
    assert "terminate called by a library" in reported


def test_each_stage_that_ran_is_a_line_with_its_seconds_and_ends_without_the_interpreters_shutdown(
    checkout: Path, reported: list[str]
) -> None:
    stage = checkout / "copying.py"
    crash = "import atexit, os\natexit.register(os.abort)  # as a library's thread may\n"
    stage.write_text(crash + stage.read_text(encoding="utf-8"), encoding="utf-8")
    two_stages(checkout, copies("data/rows.txt", "build/copy.txt"), "some")
    run_graph(Checkout(checkout), [], reported.append, probe=False)
    assert [re.sub(r"\d+\.\d", "N", line) for line in reported] == [
        seconds_of(one, 0).replace("0.0", "N") for one in ("copy", "split")
    ]


def test_a_run_waits_for_who_holds_the_lock_of_dvc(checkout: Path, reported: list[str]) -> None:
    two_stages(checkout, copies("data/rows.txt", "build/copy.txt"), "some")
    (checkout / ".dvc" / "tmp").mkdir(exist_ok=True)
    held = LockFile(str(checkout / ".dvc" / "tmp" / "lock"))
    Timer(5, held.close).start()  # DVC by itself gives up after three seconds
    run_graph(Checkout(checkout), [], reported.append, probe=False)
    assert [line.split()[0] for line in reported] == ["copy", "split"]


def test_a_module_runs_with_the_code_of_the_checkout(checkout: Path) -> None:
    (checkout / "own.py").write_text(
        "import sys; print('own', *sys.argv[1:]); sys.exit(4)", encoding="utf-8"
    )
    done = run_module(checkout, "own", "two words", "--flag")
    assert (done.returncode, done.stdout) == (4, "own two words --flag\n")
