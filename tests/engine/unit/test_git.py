"""What differs from HEAD, worktrees that leave nothing behind, git that is called from a hook.

All of it is tested on real repositories.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dvc.repo import Repo

from clockwork.support.checkout import Checkout
from clockwork.support.dvc_settings import cache_folder
from clockwork.support.errors import BadInput
from clockwork.support.git import Commit, git
from clockwork.support.subprocesses import REPOSITORY_VARIABLES, environment, run_module
from tests.engine.unit.conftest import commit

REMOTE = """[core]
    remote = store
['remote "store"']
    url = ssh://store/data
"""


@pytest.mark.parametrize("revision", ["HEAD", "main", "v1", "HEAD~0", "main^{commit}"])
def test_a_revision_is_found_however_it_is_named(repo: Path, revision: str) -> None:
    git(repo, "tag", "--annotate", "v1", "-m", "a tag has a hash of its own")
    assert Checkout(repo).find(revision) == git(repo, "rev-parse", "HEAD")
    assert Checkout(repo).find(git(repo, "rev-parse", "HEAD")[:8]) == git(repo, "rev-parse", "HEAD")


@pytest.mark.parametrize("revision", ["--all", "-n1", "--output=stolen", "-"])
def test_an_option_is_no_revision(repo: Path, revision: str) -> None:
    with pytest.raises(
        BadInput, match=rf"^BASE '{revision}' looks like an option, not a commit; give a branch.*$"
    ):
        Checkout(repo).find(revision)
    assert not (repo / "stolen").exists()


@pytest.mark.parametrize(
    "revision",
    ["nowhere", "main..HEAD", "a" * 40, "HEAD:first.txt", "HEAD~99", "two words", "$(id)"],
)
def test_an_unknown_revision_is_one_line(repo: Path, revision: str) -> None:
    with pytest.raises(BadInput, match="is no commit here; fetch it, or give") as error:
        Checkout(repo).find(revision)
    assert "\n" not in str(error.value)
    assert revision in str(error.value)


def test_a_commit_is_described_by_its_subject_whatever_git_is_set_to_show(repo: Path) -> None:
    git(repo, "config", "i18n.logOutputEncoding", "latin1")
    git(repo, "commit", "--quiet", "--allow-empty", "-m", "Größe\n\nAnd a body.")
    sha = Checkout(repo).find("HEAD")
    assert Checkout(repo).commit(sha) == Checkout(repo).commit() == Commit(sha, "Größe")


def test_a_file_of_a_commit_that_git_cannot_read_is_not_taken_for_one_that_is_not_there(
    repo: Path,
) -> None:
    blob = git(repo, "rev-parse", "HEAD:second.txt")
    (repo / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    checkout = Checkout(repo)
    assert checkout.committed("third.txt") is None
    assert checkout.committed("second.txt", "f" * 40) is None
    with pytest.raises(BadInput, match=r"^git show: fatal: .*(bad object|unable to read)"):
        checkout.committed("second.txt")


def test_git_itself_is_quoted_in_one_line(repo: Path) -> None:
    with pytest.raises(BadInput, match=r"^git frobnicate: .*frobnicate.*$"):
        git(repo, "frobnicate")


def test_changed_new_staged_and_deleted_files_are_changes(repo: Path) -> None:
    (repo / "first.txt").write_text("other", encoding="utf-8")
    (repo / "second.txt").unlink()
    (repo / "staged.txt").write_text("x", encoding="utf-8")
    git(repo, "add", "staged.txt")
    (repo / "new.txt").write_text("x", encoding="utf-8")
    assert sorted(Checkout(repo).changes()) == ["first.txt", "new.txt", "second.txt", "staged.txt"]


def test_the_lock_of_dvc_is_no_change_and_ignored_files_are_none(repo: Path) -> None:
    commit(repo, "dvc.lock")
    commit(repo, ".gitignore", "build/\n")
    (repo / "dvc.lock").write_text("a run has written it anew", encoding="utf-8")
    (repo / "build").mkdir()
    (repo / "build" / "out.txt").write_text("x", encoding="utf-8")
    assert Checkout(repo).changes() == []
    (repo / "first.txt").write_text("other", encoding="utf-8")
    assert Checkout(repo).changes() == ["first.txt"]


@pytest.mark.parametrize("name", ["other-dvc.lock", "my.dvc.lock"])
def test_no_other_file_is_taken_for_the_lock_of_dvc(repo: Path, name: str) -> None:
    commit(repo, name)
    (repo / name).write_text("other", encoding="utf-8")
    assert Checkout(repo).changes() == [name]


def worktrees(repo: Path) -> list[str]:
    return [
        line.split()[-1]
        for line in git(repo, "worktree", "list", "--porcelain").splitlines()
        if "HEAD" in line
    ]


def test_a_worktree_holds_its_commit_and_leaves_nothing_behind(repo: Path) -> None:
    folder = repo / "build" / "base"
    first = Checkout(repo).find("HEAD~1")
    Checkout(repo).add_worktree(folder, first)
    assert Checkout(folder).find("HEAD") == first
    assert not (folder / "second.txt").exists()
    assert Checkout(folder).main == Checkout(repo)
    assert len(worktrees(repo)) == 2
    (folder / "first.txt").write_text("dirty", encoding="utf-8")
    Checkout(repo).remove_worktree(folder)
    assert not folder.exists()
    assert worktrees(repo) == [Checkout(repo).find("main")]


def test_a_worktree_takes_the_place_of_the_last_one(repo: Path) -> None:
    folder = repo / "build" / "base"
    Checkout(repo).add_worktree(folder, Checkout(repo).find("HEAD~1"))
    Checkout(repo).add_worktree(folder, Checkout(repo).find("HEAD"))
    assert Checkout(folder).find("HEAD") == Checkout(repo).find("HEAD")
    assert len(worktrees(repo)) == 2


@pytest.mark.parametrize(
    "state",
    ["never there", "deleted by hand", "left without its git file", "unknown to git", "locked"],
)
def test_a_worktree_goes_whatever_its_state(repo: Path, state: str) -> None:
    folder = repo / "build" / "base"
    if state == "unknown to git":
        folder.mkdir(parents=True)
        (folder / "half.txt").write_text("a run was killed here", encoding="utf-8")
    elif state != "never there":
        Checkout(repo).add_worktree(folder, Checkout(repo).find("HEAD"))
    if state == "deleted by hand":
        shutil.rmtree(folder)
    elif state == "left without its git file":
        (folder / ".git").unlink()
    elif state == "locked":
        git(repo, "worktree", "lock", str(folder))
    Checkout(repo).remove_worktree(folder)
    assert not folder.exists()
    assert len(worktrees(repo)) == 1
    Checkout(repo).add_worktree(folder, Checkout(repo).find("HEAD"))
    assert (folder / "first.txt").exists()


@pytest.mark.parametrize(
    "name", ["job #12", "a,b", "feature%2Fx", "it's", 'a "b"', "größe", "a = [b]"]
)
def test_a_worktree_uses_the_cache_of_its_checkout_in_any_folder(
    repo: Path, tmp_path: Path, name: str
) -> None:
    root = repo.rename(tmp_path / name)
    folder = root / "build" / "base"
    Checkout(root).add_worktree(folder, commit(root, ".dvc/config", ""))
    assert cache_folder(folder, folder) == root / ".dvc" / "cache"
    with Repo(str(folder)) as dvc:
        assert Path(dvc.cache.local.path).is_relative_to(root / ".dvc" / "cache")


@pytest.mark.parametrize("level", ["--local", "--project", "--global"])
@pytest.mark.parametrize("place", ["../../shared, cache", "absolute"])
def test_a_worktree_uses_the_cache_that_the_checkout_is_set_to(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str, place: str
) -> None:
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "global"))
    commit(repo, ".dvc/config", "")
    shared = tmp_path / "shared, cache"
    relative = os.path.relpath(shared, repo) if level != "--global" else shared
    wanted = str(relative) if place != "absolute" else str(shared)
    done = run_module(repo, "dvc", "cache", "dir", level, wanted)
    assert done.returncode == 0, done.stderr
    folder = repo / "build" / "base"
    Checkout(repo).add_worktree(folder, commit(repo, "third.txt"))
    with Repo(str(folder)) as dvc:
        assert Path(dvc.cache.local.path).is_relative_to(shared)


def test_what_is_set_for_this_machine_alone_holds_in_a_worktree(repo: Path) -> None:
    commit(repo, ".dvc/config", REMOTE)
    for key, value in (("user", "a,b #c%d"), ("keyfile", "../my key")):
        assert (
            run_module(repo, "dvc", "config", "--local", f"remote.store.{key}", value).returncode
            == 0
        )
    folder = repo / "build" / "base"
    Checkout(repo).add_worktree(folder, Checkout(repo).find("HEAD"))
    with Repo(str(folder)) as dvc:
        remote = dvc.config["remote"]["store"]
        kept = (remote["user"], Path(remote["keyfile"]))
    assert kept == ("a,b #c%d", repo.parent / "my key")


def test_git_called_from_a_hook_sees_the_folder_it_is_called_in(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = (repo / ".git" / "index").read_bytes()
    for name in REPOSITORY_VARIABLES:
        monkeypatch.setenv(name, str(repo / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    folder = repo / "build" / "base"
    Checkout(repo).add_worktree(folder, Checkout(repo).find("HEAD~1"))
    assert Checkout(folder).find("HEAD") == Checkout(repo).find("HEAD~1")
    assert Checkout(folder).changes() == []
    assert Checkout(folder).committed("second.txt") is None
    Checkout(repo).remove_worktree(folder)
    assert (repo / ".git" / "index").read_bytes() == index
    assert not set(REPOSITORY_VARIABLES) & set(environment())


def test_every_variable_that_points_git_elsewhere_is_known(repo: Path) -> None:
    settings = {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}  # of the user, for any repository
    assert set(git(repo, "rev-parse", "--local-env-vars").split()) - settings <= set(
        REPOSITORY_VARIABLES
    )


def test_hooks_of_the_user_do_not_run_for_us(repo: Path) -> None:
    hooks = repo / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "post-commit", "pre-commit", "reference-transaction"):
        (hooks / name).write_text(
            "#!/bin/sh\necho ran >> $HOOKED\nexit 1\n".replace("$HOOKED", f"'{repo}/hooked'")
        )
        (hooks / name).chmod(0o755)
    Checkout(repo).add_worktree(repo / "build" / "base", Checkout(repo).find("HEAD~1"))
    commit(repo, "third.txt")
    assert not (repo / "hooked").exists()


def test_dvc_stages_nothing_also_where_it_is_set_to(repo: Path) -> None:
    commit(repo, ".dvc/config", "[core]\n    autostage = true\n")
    index = (repo / ".git" / "index").read_bytes()
    (repo / "data").write_text("1", encoding="utf-8")
    assert run_module(repo, "dvc", "add", "data").returncode == 0
    assert (repo / "data.dvc").exists()
    assert (repo / ".git" / "index").read_bytes() == index


def test_looking_at_what_changed_leaves_the_index_alone(repo: Path) -> None:
    index = repo / ".git" / "index"
    os.utime(repo / "first.txt", (1, 1))  # so that git would write anew what it knows of the file
    before = index.read_bytes()
    assert Checkout(repo).changes() == []
    assert index.read_bytes() == before


def test_bytes_that_are_no_utf_8_show_as_replacement_characters(repo: Path) -> None:
    body = git(repo, "cat-file", "commit", "HEAD").split("\n\n")[0].encode()
    (repo / "raw").write_bytes(body + b"\n\nSchwelle f\xfcr W\xe4rme\n")
    sha = git(repo, "hash-object", "-t", "commit", "-w", "raw")
    assert Checkout(repo).commit(sha).subject == "Schwelle f\ufffdr W\ufffdrme"


@pytest.mark.parametrize("name", ["größe.txt", "two words.txt", " led.txt", "a\nb.txt", 'a"b.txt'])
def test_a_changed_file_is_named_as_it_is(repo: Path, name: str) -> None:
    (repo / name).write_text("x", encoding="utf-8")
    assert Checkout(repo).changes() == [name]


def test_what_is_read_is_never_asked_for_in_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "FORCE_COLOR" not in environment()


def test_dvcs_settings_are_read_and_the_streams_stay_what_they_are(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from clockwork.support.dvc_settings import has_remote
before = sys.stdout, sys.stderr
print(has_remote(Path(sys.argv[1])), (sys.stdout, sys.stderr) == before, "dvc" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "True", "True"]


def test_a_commit_that_cannot_be_signed_leaves_no_branch(repo: Path, tmp_path: Path) -> None:
    git(repo, "config", "commit.gpgSign", "true")
    git(repo, "config", "gpg.program", "false")
    worktree = Checkout(repo).add_worktree(tmp_path / "worktree", "HEAD")
    (worktree / "first.txt").write_text("new\n", encoding="utf-8")
    worktree.git("add", "--all")
    with pytest.raises(BadInput, match=r"^git commit: "):
        Checkout(repo).branch_with(worktree, "new", "Change a file")
    assert git(repo, "branch", "--list", "new") == ""
    git(repo, "config", "commit.gpgSign", "false")
    Checkout(repo).branch_with(worktree, "new", "Change a file")
    assert git(repo, "log", "-1", "--format=%s", "new") == "Change a file"


@pytest.mark.parametrize("leads_to", ["first.txt", "../outside.txt", "gone.txt"])
def test_what_is_a_link_or_lies_behind_one_is_refused(repo: Path, leads_to: str) -> None:
    (repo / "folder").symlink_to(repo.parent)
    (repo / "link.txt").symlink_to(leads_to)
    Checkout(repo).refuse_links(["first.txt", "new/file.txt"])
    for name in ("link.txt", "folder/new.txt"):
        with pytest.raises(BadInput, match=f"^{name}: leads elsewhere; replace the link by what"):
            Checkout(repo).refuse_links(["first.txt", name])
