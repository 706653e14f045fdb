"""Running a checkout's graph: the data first, a line for each stage that ran, a failure in the stage's own words."""

import shutil
from pathlib import Path

import pytest
import yaml

from clockwork.support.checkout import Checkout
from clockwork.support.dvc import run_graph
from clockwork.support.errors import BadInput
from clockwork.support.git import git
from clockwork.support.paths import FEATURES
from clockwork.support.pinned import bring_data, data_hash, fetch_data
from clockwork.support.subprocesses import run_module

PIN = {"outs": [{"md5": "0123456789abcdef0123456789abcdef.dir", "path": "data"}]}
FAILING = "import sys; print('error: data/rows.txt: is empty; fill it', file=sys.stderr); sys.exit(2)"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose data are pinned and absent; its path has a blank, as people's have."""
    return lay_out(tmp_path / "a checkout")


def lay_out(root: Path) -> Path:
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc" / "config").write_text("[core]\n    no_scm = True\n", encoding="utf-8")
    (root / "data.dvc").write_text(yaml.safe_dump(PIN), encoding="utf-8")
    return root


def test_the_hash_of_the_data_is_the_pinned_one(checkout: Path) -> None:
    assert data_hash(Checkout(checkout)) == "0123456789abcdef0123456789abcdef.dir"


@pytest.mark.parametrize("content", ["", "{", "outs: []", "outs: [{path: data}]", "outs: 7", "[1]"])
def test_a_pin_that_is_none_is_named_with_the_remedy(checkout: Path, content: str) -> None:
    (checkout / "data.dvc").write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=r"data\.dvc: not a DVC file with one pinned output; write it anew"):
        data_hash(Checkout(checkout))


def test_data_without_a_pin_are_refused(checkout: Path, said: list[str]) -> None:
    (checkout / "data.dvc").unlink()
    with pytest.raises(BadInput, match=r"data\.dvc: no such file; pin the data with `dvc add data`"):
        fetch_data(Checkout(checkout), said.append)


def test_data_that_are_there_are_left_alone(checkout: Path, said: list[str]) -> None:
    (checkout / "data").mkdir()
    fetch_data(Checkout(checkout), said.append)
    assert said == []
    assert list((checkout / "data").iterdir()) == []


def test_data_that_nobody_has_name_the_remedy(checkout: Path, said: list[str]) -> None:
    with pytest.raises(BadInput, match=r"data\.dvc: data/ is not in the cache and no DVC remote is set; add one with"):
        fetch_data(Checkout(checkout), said.append)


def test_a_remote_without_the_data_is_told_as_dvc_tells_it(checkout: Path, said: list[str]) -> None:
    remote = "[core]\n    no_scm = True\n    remote = store\n['remote \"store\"']\n    url = ../nowhere\n"
    (checkout / ".dvc" / "config").write_text(remote, encoding="utf-8")
    with pytest.raises(BadInput, match=r"data\.dvc: dvc pull failed: \S+"):
        fetch_data(Checkout(checkout), said.append)
    assert said == [], "nothing was fetched"


def test_data_come_back_from_the_cache(checkout: Path, said: list[str]) -> None:
    (checkout / "data").mkdir()
    (checkout / "data" / "rows.txt").write_text("some rows", encoding="utf-8")
    assert run_module(checkout, "dvc", "add", "--quiet", "data").returncode == 0
    shutil.rmtree(checkout / "data")
    fetch_data(Checkout(checkout), said.append)
    assert (checkout / "data" / "rows.txt").read_text(encoding="utf-8") == "some rows"
    assert said == []


def content(root: Path) -> dict[str, bytes]:
    """Every file of the user's below `root`."""
    files = [path for path in root.rglob("*") if path.is_file() and ".dvc" not in path.relative_to(root).parts]
    return {str(path.relative_to(root)): path.read_bytes() for path in files if "build" not in path.parts}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kept workspace: its data are of the last commit, in the cache, and data.dvc pins those of the next."""
    checkout = lay_out(tmp_path_factory.mktemp("kept") / "a checkout")
    (checkout / "data").mkdir()
    for text in ("next", "last"):
        (checkout / "data" / "rows.txt").unlink(missing_ok=True)
        (checkout / "data" / "rows.txt").write_text(text, encoding="utf-8")
        assert run_module(checkout, "dvc", "add", "--quiet", "data").returncode == 0
        (checkout / "data.dvc").rename(checkout / f"{text}.pin")
    (checkout / "next.pin").rename(checkout / "data.dvc")
    copy = {"cmd": "mkdir -p build && cp data/rows.txt build/split.txt", "deps": ["data"], "outs": ["build/split.txt"]}
    (checkout / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"split": copy}}), encoding="utf-8")
    return checkout


@pytest.fixture
def moved_on(kept: Path, tmp_path: Path) -> Path:
    """A copy of the kept workspace for one test."""
    return shutil.copytree(kept, tmp_path / "moved on", symlinks=True)


def test_a_kept_workspace_gets_the_data_that_the_commit_pins(moved_on: Path, said: list[str]) -> None:
    pin = (moved_on / "data.dvc").read_bytes()
    run_graph(Checkout(moved_on), [], said.append, probe=False)
    assert (moved_on / "build" / "split.txt").read_text(encoding="utf-8") == "next"
    assert (moved_on / "data.dvc").read_bytes() == pin
    assert said[0] == "data: brought to what data.dvc pins"
    assert not (moved_on / "build" / "data.aside").exists()


def test_a_graph_that_is_up_to_date_runs_nothing_until_its_pin_moves(moved_on: Path, said: list[str]) -> None:
    (moved_on / FEATURES).mkdir(parents=True)
    for line, content in (("split", "next"), ("nothing changed: every stage comes from the cache", "next")):
        run_graph(Checkout(moved_on), [], said.append, probe=False)
        assert said[-1].startswith(line)
        assert (moved_on / "build" / "split.txt").read_text(encoding="utf-8") == content
    (moved_on / "last.pin").rename(moved_on / "data.dvc")
    run_graph(Checkout(moved_on), [], said.append, probe=False)
    assert "data: brought to what data.dvc pins" in said[2:]
    assert (moved_on / "build" / "split.txt").read_text(encoding="utf-8") == "last"


def test_data_in_no_cache_stop_the_run_before_anything_is_written(moved_on: Path, said: list[str]) -> None:
    (moved_on / "data" / "rows.txt").unlink()
    (moved_on / "data" / "rows.txt").write_text("mine", encoding="utf-8")
    before = content(moved_on)
    with pytest.raises(BadInput, match=r"data/rows.txt is neither what data.dvc pins nor in DVC's cache; run `dvc add"):
        run_graph(Checkout(moved_on), [], said.append, probe=False)
    assert content(moved_on) == before
    assert said == []


def test_pinned_data_in_no_cache_leave_the_present_ones_where_they_are(moved_on: Path, said: list[str]) -> None:
    cached = moved_on / ".dvc" / "cache" / "files" / "md5"
    wanted = data_hash(Checkout(moved_on))
    (cached / wanted[:2] / wanted[2:]).unlink()
    before = content(moved_on)
    with pytest.raises(BadInput, match=r"data.dvc: data/ is not in the cache and no DVC remote is set"):
        run_graph(Checkout(moved_on), [], said.append, probe=False)
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
    with pytest.raises(BadInput, match=r"labels is not what labels.dvc pins; run `dvc checkout labels.dvc`, or `dvc"):
        bring_data(Checkout(checkout), print)


def test_a_failing_stage_is_told_in_its_own_words_after_the_stages_before_it(checkout: Path, said: list[str]) -> None:
    (checkout / "data").mkdir()
    (checkout / "data" / "rows.txt").write_text("", encoding="utf-8")
    assert run_module(checkout, "dvc", "add", "--quiet", "data").returncode == 0
    (checkout / "fail.py").write_text(FAILING, encoding="utf-8")
    copy = {
        "cmd": "printf '\\374\\n' && mkdir -p build && cp data/rows.txt build/copy.txt",
        "deps": ["data"],
        "outs": ["build/copy.txt"],
    }
    split = {"cmd": "python fail.py", "deps": ["build/copy.txt"], "outs": ["build/split.txt"]}
    (checkout / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"copy": copy, "split": split}}), encoding="utf-8")
    with pytest.raises(BadInput) as told:
        run_graph(Checkout(checkout), [], said.append)
    assert str(told.value) == "data/rows.txt: is empty; fill it"
    assert [line.split()[0] for line in said] == ["copy", "split"]
    assert "fail.py" in (checkout / "build" / "graph.log").read_text(encoding="utf-8")


def test_a_module_runs_with_the_code_of_the_checkout(checkout: Path) -> None:
    (checkout / "own.py").write_text("import sys; print('own', *sys.argv[1:]); sys.exit(4)", encoding="utf-8")
    done = run_module(checkout, "own", "two words", "--flag")
    assert (done.returncode, done.stdout) == (4, "own two words --flag\n")
