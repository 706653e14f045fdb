"""The CI files hold no logic and no trap.

Each rule also meets a fault of its own, so that it is known to bite.
"""

import re
import subprocess
import tomllib
from fnmatch import fnmatch
from itertools import product
from pathlib import Path

import pytest
import yaml

from .rules import (
    GATE,
    LONGEST,
    ROOT,
    SCOPE,
    Rule,
    commands,
    credentials_left,
    endless_jobs,
    foreign_commands,
    injections,
    length,
    lent_secrets,
    loose_pins,
    open_gate,
    reason,
    saved_caches,
    scripted,
    steps,
    triggers,
    unsafe_triggers,
    wide_rights,
)

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
JENKINSFILE = ROOT / "Jenkinsfile"
BITBUCKET = ROOT / "bitbucket-pipelines.yml"
GITLAB = ROOT / ".gitlab-ci.yml"
CI_FILES = [*WORKFLOWS, *ACTIONS, JENKINSFILE, BITBUCKET, GITLAB]


def named(paths: list[Path]) -> list[str]:
    """Test names that say which file."""
    return [str(path.relative_to(ROOT)) for path in paths]


ANY: list[Rule] = [length, reason, foreign_commands]
OF_GITHUB: list[Rule] = [loose_pins, credentials_left, injections, saved_caches]
OF_WORKFLOWS: list[Rule] = [wide_rights, endless_jobs, unsafe_triggers, lent_secrets]
REQUEST, COMMENT, MAIN = (
    (GITHUB / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    for name in ("pull-request", "comment", "main")
)
START = (GITHUB / "actions" / "start" / "action.yml").read_text(encoding="utf-8")
JENKINS, PIPELINES, LAB = (
    path.read_text(encoding="utf-8") for path in (JENKINSFILE, BITBUCKET, GITLAB)
)


@pytest.mark.parametrize("path", CI_FILES, ids=named(CI_FILES))
@pytest.mark.parametrize("rule", ANY)
def test_every_ci_file_is_short_says_why_and_calls_make(rule: Rule, path: Path) -> None:
    assert not list(rule(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=named([*WORKFLOWS, *ACTIONS]))
@pytest.mark.parametrize("rule", OF_GITHUB)
def test_every_file_of_github_is_pinned_and_trusts_nobody(rule: Rule, path: Path) -> None:
    assert not list(rule(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", WORKFLOWS, ids=named(WORKFLOWS))
@pytest.mark.parametrize("rule", OF_WORKFLOWS)
def test_every_workflow_is_bounded_and_has_no_more_rights_than_it_needs(
    rule: Rule, path: Path
) -> None:
    assert not list(rule(path.read_text(encoding="utf-8")))


def test_the_gate_waits_for_all_and_always_runs() -> None:
    assert not list(open_gate(REQUEST))


def test_the_jenkinsfile_has_no_groovy_of_its_own() -> None:
    assert not list(scripted(JENKINS))


@pytest.mark.parametrize("text", [REQUEST, MAIN, JENKINS, PIPELINES, LAB])
def test_every_system_tests_checks_and_judges(text: str) -> None:
    assert {"test", "check", "regression"} <= set(" ".join(commands(text)).split())


def test_pull_requests_run_the_tests_that_they_can_break_and_main_runs_all() -> None:
    for text in (REQUEST, JENKINS, PIPELINES, LAB):
        assert all(SCOPE in line for line in commands(text) if "make test" in line)
    assert not any(SCOPE in line for line in commands(MAIN))


@pytest.mark.parametrize("text", [COMMENT, JENKINS, PIPELINES, LAB])
def test_every_system_publishes(text: str) -> None:
    assert "make publish" in commands(text)


FAULTS: list[tuple[Rule, str, str, str]] = [
    (length, REQUEST, "jobs:", "\n\njobs:"),
    (length, JENKINS, "pipeline {", "pipeline {" + "\n" * LONGEST),
    (reason, REQUEST, "# Why: ", "# "),
    (reason, JENKINS, "// When: ", "// "),
    (foreign_commands, REQUEST, "make test check", "make test chekc"),
    (foreign_commands, REQUEST, "make test check", "python -m pytest"),
    (foreign_commands, REQUEST, "SCOPE=changed", "SCOPE=all"),
    (foreign_commands, JENKINS, "make check", "make check SCOPE=changed"),
    (foreign_commands, REQUEST, "|| echo", "; echo"),
    (foreign_commands, JENKINS, "make regression", "make regression || true"),
    (
        foreign_commands,
        PIPELINES,
        "script: [make regression]",
        "script: [make regression, curl example.test]",
    ),
    (foreign_commands, LAB, "script: make publish", "script: make publish || true"),
    (loose_pins, START, "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "v7 # v7.0.1"),
    (loose_pins, START, " # v7.0.1", ""),
    (loose_pins, REQUEST, "$/.github/actions/start", "acme/clockwork/.github/actions/start@main"),
    (wide_rights, REQUEST, "permissions: {}\n", ""),
    (wide_rights, REQUEST, "permissions: {}\n", "permissions: read-all\n"),
    (wide_rights, REQUEST, "contents: read", "contents: write"),
    (wide_rights, COMMENT, "contents: read", "contents: write"),
    (wide_rights, COMMENT, "types: [completed] }", "types: [completed] }\n  pull_request: {}"),
    (credentials_left, START, "        persist-credentials: false\n", ""),
    (credentials_left, START, "fetch-depth: 0", "allow-unsafe-pr-checkout: true"),
    (endless_jobs, REQUEST, "    timeout-minutes: 5\n", ""),
    (endless_jobs, REQUEST, "timeout-minutes: 40", "timeout-minutes: 360"),
    (injections, MAIN, "run: make regression", "run: make regression X=${{ github.sha }}"),
    (injections, REQUEST, "needs.test.result", "github.event.pull_request.title"),
    (injections, REQUEST, "needs.test.result", "github.event.pull_request.head.ref"),
    (injections, REQUEST, "needs.test.result", "github.head_ref"),
    (injections, COMMENT, "github.event.workflow_run.id", "github.event.workflow_run.head_branch"),
    (unsafe_triggers, REQUEST, "pull_request: {", "pull_request_target: {"),
    (unsafe_triggers, COMMENT, "path: ${{ runner.temp }}/regression", "path: build"),
    (unsafe_triggers, COMMENT, "actions/start }", "actions/start, with: { ref: main } }"),
    (lent_secrets, MAIN, "branches: [main] }", "branches: [main] }, pull_request: {}"),
    (lent_secrets, MAIN, "    environment: mlflow\n", ""),
    (saved_caches, START, "actions/cache/restore@", "actions/cache@"),
    (saved_caches, MAIN, "branches: [main]", "branches: [main, draft]"),
    (open_gate, REQUEST, "needs: [changes, test, regression]", "needs: [changes, test]"),
    (open_gate, REQUEST, "gate:\n    if: always()", "gate:\n    if: success()"),
    (scripted, JENKINS, "sh 'make publish'", "script { sh 'make publish' }"),
    (scripted, JENKINS, "sh 'make publish'", 'sh "make publish"'),
    (scripted, JENKINS, "sh 'make publish'", "sh command"),
    (scripted, JENKINS, "sh 'make publish'", "sh(script: 'make publish')"),
]


@pytest.mark.parametrize(("rule", "text", "before", "after"), FAULTS)
def test_each_rule_finds_its_fault(rule: Rule, text: str, before: str, after: str) -> None:
    assert before in text
    assert list(rule(text.replace(before, after, 1)))


def test_the_gate_is_green_for_two_ways_of_ending_alone() -> None:
    results = ("success", "failure", "cancelled", "skipped")
    endings = [" ".join(one) for one in product(results, ("true", "docs"), results, results)]
    loop = f'while read -r R; do if {GATE}; then echo "$R"; fi; done'
    done = subprocess.run(
        ["sh", "-c", loop],
        input="\n".join(endings) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert GATE in commands(REQUEST)
    assert done.stdout.splitlines() == [
        "success true success success",
        "success docs skipped skipped",
    ]


def test_pull_requests_and_the_merge_queue_start_the_workflow_and_newer_pushes_cancel_older() -> (
    None
):
    workflow = yaml.safe_load(REQUEST)
    assert triggers(REQUEST) == {"pull_request", "merge_group"}
    group = {
        "group": "pr-${{ github.event.pull_request.number || github.sha }}",
        "cancel-in-progress": True,
    }
    assert workflow["concurrency"] == group  # one of its own for each commit of the merge queue
    # One after the other and none left out, so that the newest commit is promoted last.
    in_line = {"group": "main", "cancel-in-progress": False, "queue": "max"}
    assert yaml.safe_load(MAIN)["concurrency"] == in_line


def test_a_pull_request_is_judged_anew_when_its_target_changes_and_against_main_alone() -> None:
    started = yaml.safe_load(REQUEST)[True]["pull_request"]
    assert started["branches"] == ["main"]
    assert {"opened", "synchronize", "reopened", "edited"} == set(started["types"])


def test_comments_follow_the_workflow_of_pull_requests_by_its_name() -> None:
    assert yaml.safe_load(COMMENT)[True]["workflow_run"]["workflows"] == [
        yaml.safe_load(REQUEST)["name"]
    ]


def test_main_saves_both_caches_under_the_keys_that_others_ask_for() -> None:
    restored = {
        step["with"]["path"]: step["id"] for step in steps(START) if "/restore@" in step["uses"]
    }
    saved = {
        step["with"]["path"]: step["with"]["key"]
        for step in steps(MAIN)
        if "/save@" in step.get("uses", "")
    }
    asked = {path: f"${{{{ steps.start.outputs.{name} }}}}" for path, name in restored.items()}
    # A saved cache never changes, and a commit may leave dvc.lock alone; restoring takes the newest
    # that begins so.
    assert saved == {**asked, ".dvc/cache": asked[".dvc/cache"] + "-${{ github.sha }}"}
    assert set(yaml.safe_load(START)["outputs"]) == set(restored.values())


def test_ml_regression_in_jenkins_waits_for_build_and_tests() -> None:
    assert re.findall(r"stage\('([^']*)'\)", JENKINS)[:3] == ["build", "tests", "ML regression"]
    judged = JENKINS.split("stage('ML regression')")[1]
    assert "when { anyOf { changeRequest(); branch 'main' } }" in judged


def test_dependency_updates_wait_out_a_cooldown_and_reach_our_own_actions() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "pip"}
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)
    assert "/.github/actions/*" in updates[0]["directories"]


def test_the_hooks_are_local_and_their_tools_are_in_the_lock_file() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needs = {
        re.split(r"[=<>]", need)[0].removesuffix("-py-kjanat")
        for need in project["dependency-groups"]["dev"]
    }
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert {hook["entry"].split()[0] for hook in hooks} - {"python"} <= needs


def test_the_code_owners_watch_every_ci_file_and_only_places_that_exist() -> None:
    lines = (GITHUB / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    watched = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert {"/clockwork/", "/configs/gate.yaml", "/pipelines/stages/"} <= set(watched)
    at_root = [place.strip("/") for place in watched if place.count("/") == 1]
    for path in (JENKINSFILE, BITBUCKET, GITLAB, GITHUB, ROOT / "azure-pipelines.yml"):
        assert any(fnmatch(path.name, place) for place in at_root), path
    # No module belongs to the root: one there would stand before the library's of the same name.
    assert [place for place in watched if not list(ROOT.glob(place.strip("/")))] == ["/*.py"]
