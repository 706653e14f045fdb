"""After a run for a pull request the event says whose it was, all but its number.

The event is GitHub's `workflow_run`.
"""

import json

from clockwork.ci.context import ReadEvent, context
from clockwork.support.run_context import Context
from tests.engine.unit.ci.test_context import GITHUB_PUSH, MERGED, PUSHED


def run(**changes: object) -> ReadEvent:
    """A reader of the event file after `workflow_run` for a pull request of fork mallory/fleet."""
    body = {
        "event": "pull_request",
        "head_sha": PUSHED,
        "head_branch": "faster",
        "head_repository": {"full_name": "mallory/fleet", "owner": {"login": "mallory"}},
        "html_url": "https://github.com/acme/fleet/actions/runs/98",
        "pull_requests": [],
    }
    return lambda _: json.dumps({"action": "completed", "workflow_run": {**body, **changes}})


AFTER_RUN = GITHUB_PUSH | {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": "event.json"}


def test_after_a_run_its_commit_branch_source_and_page_count_and_its_number_is_unknown() -> None:
    assert context(AFTER_RUN, run()) == Context(
        ci="github",
        branch="faster",
        commit=PUSHED,
        build_url="https://github.com/acme/fleet/actions/runs/98",
        source="mallory/fleet",
        fork=True,
    )


def test_after_a_run_within_the_repository_there_is_no_fork() -> None:
    assert not context(AFTER_RUN, run(head_repository={"full_name": "acme/fleet"})).fork


def test_after_a_run_of_a_deleted_repository_there_is_a_fork() -> None:
    assert context(AFTER_RUN, run(head_repository=None)).fork


def test_after_a_run_for_anything_but_a_pull_request_nothing_of_it_counts() -> None:
    found = context(AFTER_RUN, run(event="push"))
    assert (found.source, found.branch, found.commit) == (None, "main", MERGED)
