"""Which commit is the base, what differs from HEAD, and worktrees that leave nothing behind: on real repositories."""

import shutil
from pathlib import Path

import pytest

from pipelines.errors import BadInput
from pipelines.git import add_worktree, base_of, changes, describe, find_commit, git, main_checkout, remove_worktree

IDENTITY = {"NAME": "A Person", "EMAIL": "person@example.org"}


@pytest.fixture(autouse=True)
def _nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine, and of a hook that these tests may run in, play no part."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    for key, value in IDENTITY.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{key}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{key}", value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def commit(root: Path, name: str, content: str = "x") -> str:
    """Commit a file and give the hash."""
    (root / name).write_text(content, encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", f"Add {name}")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with two commits on main; its path has a blank, as people's have."""
    root = tmp_path / "a repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, "first.txt")
    commit(root, "second.txt")
    return root


def test_on_the_target_the_base_is_the_parent(repo: Path) -> None:
    assert base_of(repo, find_commit(repo, "HEAD"), "main") == find_commit(repo, "HEAD~1")


def test_on_a_branch_the_base_is_where_it_left_the_target(repo: Path) -> None:
    left = find_commit(repo, "main")
    git(repo, "switch", "--quiet", "--create", "topic")
    commit(repo, "third.txt")
    head = commit(repo, "fourth.txt")
    git(repo, "switch", "--quiet", "main")
    commit(repo, "fifth.txt")
    assert base_of(repo, head, "main") == left


def test_an_old_commit_of_the_target_is_judged_against_its_parent(repo: Path) -> None:
    head = find_commit(repo, "HEAD")
    parent = find_commit(repo, "HEAD~1")
    commit(repo, "third.txt")
    assert base_of(repo, head, "main") == parent


def test_a_merge_on_the_target_is_judged_against_its_first_parent(repo: Path) -> None:
    git(repo, "switch", "--quiet", "--create", "topic")
    commit(repo, "third.txt")
    git(repo, "switch", "--quiet", "main")
    first = commit(repo, "fourth.txt")
    git(repo, "merge", "--quiet", "--no-edit", "topic")
    assert base_of(repo, find_commit(repo, "HEAD"), "main") == first


def test_the_first_commit_has_no_base(repo: Path) -> None:
    assert base_of(repo, find_commit(repo, "HEAD~1"), "main") is None


def test_the_target_of_the_remote_goes_before_the_own_copy_of_it(repo: Path, tmp_path: Path) -> None:
    own = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repo), str(own))
    pushed = find_commit(own, "origin/main")
    commit(own, "third.txt")
    assert base_of(own, commit(own, "fourth.txt"), "main") == pushed


def test_a_target_that_is_missing_is_one_line_with_a_remedy(repo: Path) -> None:
    with pytest.raises(BadInput, match=r"no common commit with branch 'trunk'; fetch it, give BASE=, or mend"):
        base_of(repo, find_commit(repo, "HEAD"), "trunk")


def test_a_target_without_a_common_commit_is_bad_input(repo: Path) -> None:
    git(repo, "switch", "--quiet", "--orphan", "island")
    with pytest.raises(BadInput, match="no common commit with branch 'main'"):
        base_of(repo, commit(repo, "third.txt"), "main")


@pytest.mark.parametrize("revision", ["HEAD", "main", "v1", "HEAD~0", "main^{commit}"])
def test_a_revision_is_found_however_it_is_named(repo: Path, revision: str) -> None:
    git(repo, "tag", "--annotate", "v1", "-m", "a tag has a hash of its own")
    assert find_commit(repo, revision) == git(repo, "rev-parse", "HEAD")
    assert find_commit(repo, git(repo, "rev-parse", "HEAD")[:8]) == git(repo, "rev-parse", "HEAD")


@pytest.mark.parametrize("revision", ["--all", "-n1", "--output=stolen", "-"])
def test_an_option_is_no_revision(repo: Path, revision: str) -> None:
    with pytest.raises(BadInput, match=rf"^BASE '{revision}' looks like an option, not a commit; give a branch.*$"):
        find_commit(repo, revision)
    assert not (repo / "stolen").exists()


@pytest.mark.parametrize(
    "revision", ["nowhere", "main..HEAD", "a" * 40, "HEAD:first.txt", "HEAD~99", "two words", "$(id)"]
)
def test_an_unknown_revision_is_one_line(repo: Path, revision: str) -> None:
    with pytest.raises(BadInput, match="is no commit here; fetch it, or give") as told:
        find_commit(repo, revision)
    assert "\n" not in str(told.value)
    assert revision in str(told.value)


def test_a_commit_is_described_by_its_subject(repo: Path) -> None:
    git(repo, "commit", "--quiet", "--allow-empty", "-m", "Subject — “here”\n\nAnd a body.")
    sha = find_commit(repo, "HEAD")
    assert describe(repo, sha).model_dump() == {"sha": sha, "subject": "Subject — “here”"}


def test_git_itself_is_quoted_in_one_line(repo: Path) -> None:
    with pytest.raises(BadInput, match=r"^git frobnicate: .*frobnicate.*$"):
        git(repo, "frobnicate")


def test_a_clean_tree_has_no_changes(repo: Path) -> None:
    assert changes(repo) == []


def test_changed_new_staged_and_deleted_files_are_changes(repo: Path) -> None:
    (repo / "first.txt").write_text("other", encoding="utf-8")
    (repo / "second.txt").unlink()
    (repo / "staged.txt").write_text("x", encoding="utf-8")
    git(repo, "add", "staged.txt")
    (repo / "new.txt").write_text("x", encoding="utf-8")
    assert sorted(changes(repo)) == ["first.txt", "new.txt", "second.txt", "staged.txt"]


def test_the_lock_of_dvc_is_no_change_and_ignored_files_are_none(repo: Path) -> None:
    commit(repo, "dvc.lock")
    commit(repo, ".gitignore", "build/\n")
    (repo / "dvc.lock").write_text("a run has written it anew", encoding="utf-8")
    (repo / "build").mkdir()
    (repo / "build" / "out.txt").write_text("x", encoding="utf-8")
    assert changes(repo) == []
    (repo / "first.txt").write_text("other", encoding="utf-8")
    assert changes(repo) == ["first.txt"]


@pytest.mark.parametrize("name", ["other-dvc.lock", "my.dvc.lock"])
def test_no_other_file_is_taken_for_the_lock_of_dvc(repo: Path, name: str) -> None:
    commit(repo, name)
    (repo / name).write_text("other", encoding="utf-8")
    assert changes(repo) == [name]


def worktrees(repo: Path) -> list[str]:
    return [line.split()[-1] for line in git(repo, "worktree", "list", "--porcelain").splitlines() if "HEAD" in line]


def test_a_worktree_holds_its_commit_and_leaves_nothing_behind(repo: Path) -> None:
    folder = repo / "build" / "base"
    first = find_commit(repo, "HEAD~1")
    add_worktree(repo, folder, first)
    assert find_commit(folder, "HEAD") == first
    assert not (folder / "second.txt").exists()
    assert main_checkout(folder) == repo
    assert len(worktrees(repo)) == 2
    (folder / "first.txt").write_text("dirty", encoding="utf-8")
    remove_worktree(repo, folder)
    assert not folder.exists()
    assert worktrees(repo) == [find_commit(repo, "main")]


def test_a_worktree_takes_the_place_of_the_last_one(repo: Path) -> None:
    folder = repo / "build" / "base"
    add_worktree(repo, folder, find_commit(repo, "HEAD~1"))
    add_worktree(repo, folder, find_commit(repo, "HEAD"))
    assert find_commit(folder, "HEAD") == find_commit(repo, "HEAD")
    assert len(worktrees(repo)) == 2


@pytest.mark.parametrize(
    "state", ["never there", "deleted by hand", "left without its git file", "unknown to git", "locked"]
)
def test_a_worktree_goes_whatever_its_state(repo: Path, state: str) -> None:
    folder = repo / "build" / "base"
    if state == "unknown to git":
        folder.mkdir(parents=True)
        (folder / "half.txt").write_text("a run was killed here", encoding="utf-8")
    elif state != "never there":
        add_worktree(repo, folder, find_commit(repo, "HEAD"))
    if state == "deleted by hand":
        shutil.rmtree(folder)
    elif state == "left without its git file":
        (folder / ".git").unlink()
    elif state == "locked":
        git(repo, "worktree", "lock", str(folder))
    remove_worktree(repo, folder)
    assert not folder.exists()
    assert len(worktrees(repo)) == 1
    add_worktree(repo, folder, find_commit(repo, "HEAD"))
    assert (folder / "first.txt").exists()


def test_a_worktree_uses_the_cache_of_the_main_checkout(repo: Path) -> None:
    (repo / ".dvc").mkdir()
    sha = commit(repo, ".dvc/config", "")
    folder = repo / "build" / "base"
    add_worktree(repo, folder, sha)
    local = (folder / ".dvc" / "config.local").read_text(encoding="utf-8")
    assert f"dir = {repo / '.dvc' / 'cache'}\n" in local
