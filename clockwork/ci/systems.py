"""The CI systems that are known: one table of where each says what."""

from dataclasses import dataclass

Cell = tuple[str, ...]


@dataclass(frozen=True)
class System:
    """A CI system: a variable that only it sets, and for each fact the places to look, best first.

    `change_commit` counts in pull requests: there, what a system calls the commit may be a merge
    that it made. A change is from a fork when its `source`, a repository, is not `home`.
    """

    name: str
    sign: str
    pull_request: Cell = ()
    branch: Cell = ()
    tag: Cell = ()
    target: Cell = ()
    commit: Cell = ()
    change_commit: Cell = ()
    build_url: Cell = ()
    page: Cell = ()
    source: Cell = ()
    home: Cell = ()


# Names in lower case are facts of GitHub's event file. Pipelines of Bitbucket never run for forks.
SYSTEMS = (
    System(
        name="local",
        sign="CLOCKWORK_PULL_REQUEST",
        pull_request=("$CLOCKWORK_PULL_REQUEST",),
        branch=("$CLOCKWORK_BRANCH",),
    ),
    System(
        name="github",
        sign="GITHUB_ACTIONS",
        pull_request=("$event_number", "$ref_number"),
        branch=("$event_branch", "$GITHUB_HEAD_REF", "$GITHUB_REF_NAME"),
        tag=("$ref_tag",),
        target=("$GITHUB_BASE_REF",),
        commit=("$event_head", "$GITHUB_SHA"),
        change_commit=("$event_head",),
        build_url=(
            "$event_page",
            "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID",
        ),
        page=(
            "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/pull/$event_number",
            "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/pull/$ref_number",
        ),
        source=("$event_source",),
        home=("$GITHUB_REPOSITORY",),
    ),
    System(
        name="jenkins",
        sign="JENKINS_URL",
        pull_request=("$CHANGE_ID",),
        # The last two are those of a plain job.
        branch=("$CHANGE_BRANCH", "$BRANCH_NAME", "$GIT_LOCAL_BRANCH", "$GIT_BRANCH"),
        tag=("$TAG_NAME",),
        target=("$CHANGE_TARGET",),
        commit=("$GIT_COMMIT",),
        build_url=("$BUILD_URL",),
        page=("$CHANGE_URL",),
        source=("$CHANGE_FORK",),
    ),
    System(
        name="bitbucket",
        sign="BITBUCKET_BUILD_NUMBER",
        pull_request=("$BITBUCKET_PR_ID",),
        branch=("$BITBUCKET_BRANCH",),
        tag=("$BITBUCKET_TAG",),
        target=("$BITBUCKET_PR_DESTINATION_BRANCH",),
        commit=("$BITBUCKET_COMMIT",),
        change_commit=("$BITBUCKET_COMMIT",),
        build_url=(
            "https://bitbucket.org/$BITBUCKET_REPO_FULL_NAME"
            "/pipelines/results/$BITBUCKET_BUILD_NUMBER",
        ),
        page=("https://bitbucket.org/$BITBUCKET_REPO_FULL_NAME/pull-requests/$BITBUCKET_PR_ID",),
    ),
    System(
        name="gitlab",
        sign="GITLAB_CI",
        pull_request=("$CI_MERGE_REQUEST_IID",),
        branch=("$CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "$CI_COMMIT_REF_NAME"),
        tag=("$CI_COMMIT_TAG",),
        target=("$CI_MERGE_REQUEST_TARGET_BRANCH_NAME",),
        commit=("$CI_COMMIT_SHA",),
        change_commit=("$CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "$CI_COMMIT_SHA"),
        build_url=("$CI_JOB_URL", "$CI_PIPELINE_URL"),
        page=("$CI_MERGE_REQUEST_PROJECT_URL/-/merge_requests/$CI_MERGE_REQUEST_IID",),
        source=("$CI_MERGE_REQUEST_SOURCE_PROJECT_ID",),
        home=("$CI_MERGE_REQUEST_PROJECT_ID",),
    ),
)
