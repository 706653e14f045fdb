"""Which commit a head is compared with, before and after its merge: on real repositories."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clockwork.ci.context import context
from clockwork.compare.baseline import AlreadyMerged, base_of
from clockwork.compare.request import Request, find_commits
from clockwork.gate.outcome import Outcome
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.git import git
from clockwork.support.run_context import Context
from tests.engine.unit.conftest import commit

ROOT = Path(__file__).parents[3]
PULL_REQUEST = Context("github", pull_request="7", branch="topic", target="main")
ON_A_LAPTOP = Context("local", pull_request="7", branch="topic")
Judge = Callable[[Context], str | None]


@pytest.fixture
def left(repo: Path) -> str:
    """Where the branch `topic`, with two commits and checked out, left main."""
    left = Checkout(repo).find("main")
    git(repo, "switch", "--quiet", "--create", "topic")
    commit(repo, "third.txt")
    commit(repo, "fourth.txt")
    return left


def merge(repo: Path, *args: str) -> None:
    """Merge `topic` into main, and check it out again."""
    git(repo, "switch", "--quiet", "main")
    git(repo, "merge", "--quiet", "--no-edit", *args, "topic")
    git(repo, "switch", "--quiet", "topic")


def head(repo: Path) -> str:
    return Checkout(repo).find("HEAD")


def test_on_the_target_the_base_is_the_parent(repo: Path) -> None:
    assert base_of(Checkout(repo), head(repo), "main", on_target=True) == Checkout(repo).find(
        "HEAD~1"
    )


def test_on_a_branch_the_base_is_where_it_left_the_target(repo: Path, left: str) -> None:
    git(repo, "switch", "--quiet", "main")
    commit(repo, "fifth.txt")
    assert base_of(Checkout(repo), Checkout(repo).find("topic"), "main", on_target=False) == left


def test_an_old_commit_of_the_target_is_judged_against_its_parent(repo: Path) -> None:
    old, parent = head(repo), Checkout(repo).find("HEAD~1")
    commit(repo, "third.txt")
    assert base_of(Checkout(repo), old, "main", on_target=True) == parent


@pytest.mark.usefixtures("left")
def test_a_merge_on_the_target_is_judged_against_its_first_parent(repo: Path) -> None:
    git(repo, "switch", "--quiet", "main")
    first = commit(repo, "fifth.txt")
    merge(repo)
    assert base_of(Checkout(repo), Checkout(repo).find("main"), "main", on_target=True) == first


def test_the_first_commit_has_no_base(repo: Path) -> None:
    assert base_of(Checkout(repo), Checkout(repo).find("HEAD~1"), "main", on_target=True) is None


def test_the_target_of_the_remote_goes_before_the_own_copy_of_it(
    repo: Path, tmp_path: Path
) -> None:
    own = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repo), str(own))
    pushed = Checkout(own).find("origin/main")
    commit(own, "third.txt")
    assert base_of(Checkout(own), commit(own, "fourth.txt"), "main", on_target=True) == pushed


def test_a_target_that_is_missing_is_one_line_with_a_remedy(repo: Path) -> None:
    with pytest.raises(
        BadInput, match=r"no common commit with branch 'trunk'; fetch it, give BASE=, or mend"
    ):
        base_of(Checkout(repo), head(repo), "trunk", on_target=True)


def test_a_target_without_a_common_commit_is_bad_input(repo: Path) -> None:
    git(repo, "switch", "--quiet", "--orphan", "island")
    with pytest.raises(BadInput, match="no common commit with branch 'main'"):
        base_of(Checkout(repo), commit(repo, "third.txt"), "main", on_target=False)


def test_a_branch_that_was_merged_is_judged_from_where_it_left_the_target(
    repo: Path, left: str
) -> None:
    merge(repo, "--no-ff")
    git(repo, "switch", "--quiet", "main")
    commit(repo, "fifth.txt")
    for commit_of_it in ("topic", "topic~1"):
        assert (
            base_of(Checkout(repo), Checkout(repo).find(commit_of_it), "main", on_target=False)
            == left
        )


def test_what_a_branch_gained_after_its_first_merge_is_judged_from_there(
    repo: Path, left: str
) -> None:
    merge(repo, "--no-ff")
    first = Checkout(repo).find("topic")
    commit(repo, "fifth.txt")
    merge(repo, "--no-ff")
    assert base_of(Checkout(repo), Checkout(repo).find("topic"), "main", on_target=False) == first
    assert base_of(Checkout(repo), first, "main", on_target=False) == left


def test_a_merged_branch_that_took_the_target_in_is_judged_from_what_it_took(
    repo: Path, left: str
) -> None:
    git(repo, "switch", "--quiet", "main")
    taken = commit(repo, "fifth.txt")
    git(repo, "switch", "--quiet", "topic")
    git(repo, "merge", "--quiet", "--no-edit", "main")
    merge(repo, "--no-ff")
    assert (
        base_of(Checkout(repo), Checkout(repo).find("topic"), "main", on_target=False)
        == taken
        != left
    )


@pytest.mark.parametrize("way", ["open", "merge commit", "fast-forward", "squash"])
def test_the_merge_that_a_ci_system_made_is_judged_against_the_target_it_was_made_on(
    repo: Path, left: str, way: str
) -> None:
    git(repo, "checkout", "--quiet", "--detach", "main")
    git(repo, "merge", "--quiet", "--no-ff", "--no-edit", "topic")
    made = head(repo)
    git(repo, "switch", "--quiet", "main")
    if way != "open":
        option = {"merge commit": "--no-ff", "fast-forward": "--ff-only", "squash": "--squash"}[way]
        git(repo, "merge", "--quiet", option, "topic")
        commit(repo, "after.txt")
    assert base_of(Checkout(repo), made, "main", on_target=False) == left


def test_a_branch_that_was_rebased_is_judged_from_where_it_left_the_target(
    repo: Path, left: str
) -> None:
    git(repo, "switch", "--quiet", "main")
    commit(repo, "fifth.txt")
    git(repo, "cherry-pick", "main..topic")
    assert base_of(Checkout(repo), Checkout(repo).find("topic"), "main", on_target=False) == left


@pytest.mark.usefixtures("left")
def test_a_merged_branch_of_a_clone_that_ends_before_it_is_merged_already(
    repo: Path, tmp_path: Path
) -> None:
    merge(repo, "--no-ff")
    short, tip = tmp_path / "short", Checkout(repo).find("topic")
    git(tmp_path, "clone", "--quiet", "--depth=2", "--branch=main", f"file://{repo}", str(short))
    with pytest.raises(AlreadyMerged, match="where its branch left it cannot be known"):
        base_of(Checkout(short), tip, "main", on_target=False)


@pytest.mark.usefixtures("left")
def test_a_branch_that_was_merged_by_fast_forward_is_merged_already(repo: Path) -> None:
    merge(repo, "--ff-only")
    with pytest.raises(
        AlreadyMerged, match=f"{head(repo)[:10]} is on main already, .* give BASE= to compare it"
    ):
        base_of(Checkout(repo), head(repo), "main", on_target=False)


@pytest.fixture
def judge(repo: Path) -> Judge:
    """The base that a run for this branch or pull request has; None where merged already."""

    def asked(where: Context) -> str | None:
        commits = find_commits(Request(Checkout(repo), context=where))
        assert (commits.problem is None) is (commits.base is not None)
        assert commits.problem is None or commits.problem.outcome is Outcome.NOT_COMPARABLE
        return commits.base.sha if commits.base else None

    settings = ROOT / "configs"
    (repo / "configs").symlink_to(settings)
    (repo / ".git" / "info" / "exclude").write_text("/configs\n/build\n", encoding="utf-8")
    return asked


@pytest.mark.parametrize("where", [PULL_REQUEST, ON_A_LAPTOP], ids=lambda where: where.ci)
def test_a_verdict_asked_again_after_the_merge_has_the_base_it_had(
    repo: Path, left: str, judge: Judge, where: Context
) -> None:
    assert judge(where) == left
    merge(repo, "--no-ff")
    assert judge(where) == left


@pytest.mark.parametrize("where", [PULL_REQUEST, ON_A_LAPTOP], ids=lambda where: where.ci)
@pytest.mark.usefixtures("left")
def test_a_pull_request_that_was_merged_by_fast_forward_is_not_comparable(
    repo: Path, judge: Judge, where: Context
) -> None:
    merge(repo, "--ff-only")
    git(repo, "checkout", "--quiet", "--detach", "topic")
    assert judge(where) is None


@pytest.mark.parametrize("name", ["{0}", "origin/{0}"])  # a plain job of Jenkins has the remote's
@pytest.mark.usefixtures("left")
def test_a_branch_of_its_own_that_is_merged_is_not_comparable_and_the_target_goes_on(
    repo: Path, judge: Judge, name: str
) -> None:
    merge(repo, "--ff-only")
    git(repo, "checkout", "--quiet", "--detach", "topic")
    assert judge(Context("jenkins", branch=name.format("main"))) == Checkout(repo).find("topic~1")
    assert judge(Context("jenkins", branch=name.format("topic"))) is None


def test_a_tag_on_the_target_is_judged_against_the_commit_before_it(
    repo: Path, judge: Judge
) -> None:
    git(repo, "checkout", "--quiet", "--detach", "main")
    tagged = Context("github", branch="v1", tag="v1")
    assert judge(tagged) == Checkout(repo).find("main~1")


@pytest.mark.parametrize(
    ("build", "branch", "tag"),
    [
        ("JENKINS_URL=x GIT_BRANCH=origin/main", "origin/main", None),
        ("JENKINS_URL=x GIT_BRANCH=y GIT_LOCAL_BRANCH=main", "main", None),
        ("JENKINS_URL=x BRANCH_NAME=v1 TAG_NAME=v1", "v1", "v1"),
        ("GITHUB_ACTIONS=true GITHUB_REF=refs/tags/v1 GITHUB_REF_NAME=v1", "v1", "v1"),
        ("BITBUCKET_BUILD_NUMBER=1 BITBUCKET_TAG=v1", None, "v1"),
        ("GITLAB_CI=true CI_COMMIT_REF_NAME=v1 CI_COMMIT_TAG=v1", "v1", "v1"),
    ],
)
def test_a_build_says_which_branch_or_tag_it_is_for(
    build: str, branch: str | None, tag: str | None
) -> None:
    where = context(dict(one.split("=") for one in build.split()))
    assert (where.branch, where.tag) == (branch, tag)


@pytest.mark.usefixtures("left")
def test_on_a_laptop_a_merged_branch_is_not_comparable_and_main_and_no_branch_are(
    repo: Path, judge: Judge
) -> None:
    merge(repo, "--ff-only")
    parent = Checkout(repo).find("topic~1")
    assert judge(Context()) is None
    git(repo, "switch", "--quiet", "main")
    assert judge(Context()) == parent
    git(repo, "checkout", "--quiet", "--detach", "topic")
    assert judge(Context()) == parent
