"""After a run for a pull request the event says whose it was, all but its number.

The event is GitHub's `workflow_run`.
"""

import json
from pathlib import Path

from clockwork.ci.context import context
from clockwork.support.run_context import Context
from tests.engine.unit.ci.test_context import GITHUB_PUSH, MERGED, PUSHED


def after_run(place: Path, **changes: object) -> Context:
    """The context after `workflow_run` for a pull request of fork mallory/fleet."""
    body = {
        "event": "pull_request",
        "head_sha": PUSHED,
        "head_branch": "faster",
        "head_repository": {"full_name": "mallory/fleet", "owner": {"login": "mallory"}},
        "html_url": "https://github.com/acme/fleet/actions/runs/98",
        "pull_requests": [],
    }
    path = place / "event.json"
    event = {"action": "completed", "workflow_run": {**body, **changes}}
    path.write_text(json.dumps(event), encoding="utf-8")
    more = {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": str(path)}
    return context(GITHUB_PUSH | more)


def test_after_a_run_its_commit_branch_source_and_page_count_and_its_number_is_unknown(
    tmp_path: Path,
) -> None:
    assert after_run(tmp_path) == Context(
        ci="github",
        branch="faster",
        commit=PUSHED,
        build_url="https://github.com/acme/fleet/actions/runs/98",
        source="mallory/fleet",
        fork=True,
    )


def test_after_a_run_within_the_repository_there_is_no_fork(tmp_path: Path) -> None:
    assert not after_run(tmp_path, head_repository={"full_name": "acme/fleet"}).fork


def test_after_a_run_of_a_deleted_repository_there_is_a_fork(tmp_path: Path) -> None:
    assert after_run(tmp_path, head_repository=None).fork


def test_after_a_run_for_anything_but_a_pull_request_nothing_of_it_counts(tmp_path: Path) -> None:
    found = after_run(tmp_path, event="push")
    assert (found.source, found.branch, found.commit) == (None, "main", MERGED)
