"""The CI files hold no logic and no trap. Each rule also meets a fault of its own, so that it is known to bite."""

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
JENKINSFILE = ROOT / "Jenkinsfile"
BITBUCKET = ROOT / "bitbucket-pipelines.yml"
CI_FILES = [*WORKFLOWS, JENKINSFILE, BITBUCKET]
LONGEST = 40

# The lines that are no make verb: they hand over what a verb made, and count no more than that.
PLUMBING = {'cat build/report.md >> "$GITHUB_STEP_SUMMARY"', 'test "$R" = "success success"'}
VERBS = set((re.search(r"(?m)^\.PHONY: (.*)$", (ROOT / "Makefile").read_text()) or [""])[1].split())
PEOPLES_TEXT = re.compile(r"github\.(head_ref|event\.\S*(title|body|label|ref|message|name|email|comment))")

Rule = Callable[[str], Iterator[str]]


def named(paths: list[Path]) -> list[str]:
    """Test names that say which file."""
    return [path.name for path in paths]


def length(text: str) -> Iterator[str]:
    """A file too long to be only glue."""
    if (lines := len(text.splitlines())) > LONGEST:
        yield f"{lines} lines"


def reason(text: str) -> Iterator[str]:
    """A header that does not say why the file is there and when it runs."""
    header = [line for line in text.splitlines()[:4] if re.match(r"(#|//) (Why|When): ", line)]
    if len(header) != 2:
        yield "no header with Why and When"


def steps(text: str) -> Iterator[dict[str, Any]]:
    """The steps of a workflow."""
    for job in yaml.safe_load(text)["jobs"].values():
        yield from job["steps"]


def commands(text: str) -> list[str]:
    """The shell lines of a CI file, of whichever system."""
    if text.startswith("//"):
        return re.findall(r"sh '([^']*)'", text)
    document = yaml.safe_load(text)
    if "jobs" in document:
        return [line for step in steps(text) for line in step.get("run", "").splitlines()]
    return [line for item in document["definitions"]["steps"] for line in item["step"]["script"]]


def foreign_commands(text: str) -> Iterator[str]:
    """Shell lines that are neither a verb of the Makefile nor plumbing."""
    for line in commands(text):
        word, *verbs = line.split()
        if line not in PLUMBING and not (word == "make" and verbs and set(verbs) <= VERBS):
            yield line


def loose_pins(text: str) -> Iterator[str]:
    """Actions that are not pinned by a commit, or whose version no reader can see."""
    for line in text.splitlines():
        if "uses:" in line and not re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line):
            yield line


def wide_rights(text: str) -> Iterator[str]:
    """Rights beyond reading the code, and credentials left behind for what runs later."""
    workflow = yaml.safe_load(text)
    if workflow.get("permissions") != {}:
        yield "the top must give no rights"
    for name, job in workflow["jobs"].items():
        if job.get("permissions", {}) not in ({}, {"contents": "read"}):
            yield f"job {name} has rights {job['permissions']}"
    for step in steps(text):
        checkout = "actions/checkout@" in step.get("uses", "")
        if checkout and step.get("with", {}).get("persist-credentials") is not False:
            yield "a checkout keeps its credentials"


def endless_jobs(text: str) -> Iterator[str]:
    """Jobs that may hang for GitHub's six hours."""
    for name, job in yaml.safe_load(text)["jobs"].items():
        if not 0 < job.get("timeout-minutes", 0) <= 60:
            yield name


def injections(text: str) -> Iterator[str]:
    """Expressions in shell lines, and words of the pull request's author in any expression."""
    yield from (line for line in commands(text) if "${{" in line)
    yield from (found[0] for found in PEOPLES_TEXT.finditer(text))


def unsafe_triggers(text: str) -> Iterator[str]:
    """Triggers that would run a stranger's code with this repository's rights."""
    triggers = yaml.safe_load(text)[True]  # YAML 1.1 reads the key `on` as true
    yield from {"pull_request_target", "workflow_run"} & set(triggers)


def open_gate(text: str) -> Iterator[str]:
    """Jobs that the one required check does not wait for, or a gate that can be skipped."""
    jobs = yaml.safe_load(text)["jobs"]
    gate = jobs.get("gate", {})
    yield from set(jobs) - {"gate"} - set(gate.get("needs", []))
    if gate.get("if") != "${{ always() }}":
        yield "the gate can be skipped"


def scripted(text: str) -> Iterator[str]:
    """What a Jenkinsfile must not have: Groovy of its own, or strings into which Groovy puts values."""
    yield from re.findall(r"\bscript\s*\{", text)
    yield from re.findall(r"\bsh\b(?! '[^']*').*", text)
    yield from re.findall(r'.*".*', text)


ANY: list[Rule] = [length, reason, foreign_commands]
OF_WORKFLOWS: list[Rule] = [loose_pins, wide_rights, endless_jobs, injections, unsafe_triggers, open_gate]
WORKFLOW = (ROOT / ".github" / "workflows" / "pull-request.yml").read_text(encoding="utf-8")
JENKINS = JENKINSFILE.read_text(encoding="utf-8")
PIPELINES = BITBUCKET.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", CI_FILES, ids=named(CI_FILES))
@pytest.mark.parametrize("rule", ANY)
def test_every_ci_file_is_short_says_why_and_calls_make(rule: Rule, path: Path) -> None:
    assert not list(rule(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", WORKFLOWS, ids=named(WORKFLOWS))
@pytest.mark.parametrize("rule", OF_WORKFLOWS)
def test_every_workflow_is_pinned_bounded_and_trusts_nobody(rule: Rule, path: Path) -> None:
    assert not list(rule(path.read_text(encoding="utf-8")))


def test_the_jenkinsfile_has_no_groovy_of_its_own() -> None:
    assert not list(scripted(JENKINS))


@pytest.mark.parametrize("text", [WORKFLOW, JENKINS, PIPELINES], ids=["GitHub", "Jenkins", "Bitbucket"])
def test_every_system_tests_checks_and_judges(text: str) -> None:
    assert {"test", "check", "regression"} <= set(" ".join(commands(text)).split())


FAULTS: list[tuple[Rule, str, str, str]] = [
    (length, WORKFLOW, "jobs:", "\njobs:"),
    (length, JENKINS, "pipeline {", "pipeline {" + "\n" * LONGEST),
    (reason, WORKFLOW, "# Why: ", "# "),
    (reason, JENKINS, "// When: ", "// "),
    (foreign_commands, WORKFLOW, "make test check", "make test chekc"),
    (foreign_commands, WORKFLOW, "make test check", "python -m pytest"),
    (foreign_commands, JENKINS, "make regression", "make regression || true"),
    (foreign_commands, PIPELINES, "script: [make regression]", "script: [make regression, curl example.test]"),
    (loose_pins, WORKFLOW, "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "v7 # v7.0.1"),
    (loose_pins, WORKFLOW, " # v7.0.1", ""),
    (wide_rights, WORKFLOW, "permissions: {}\n", ""),
    (wide_rights, WORKFLOW, "permissions: {}\n", "permissions: read-all\n"),
    (wide_rights, WORKFLOW, "contents: read", "contents: write"),
    (wide_rights, WORKFLOW, ", persist-credentials: false", ""),
    (endless_jobs, WORKFLOW, "    timeout-minutes: 5\n", ""),
    (endless_jobs, WORKFLOW, "timeout-minutes: 40", "timeout-minutes: 360"),
    (injections, WORKFLOW, "make test check", "make test check X=${{ github.sha }}"),
    (injections, WORKFLOW, "needs.test.result", "github.event.pull_request.title"),
    (injections, WORKFLOW, "needs.test.result", "github.event.pull_request.head.ref"),
    (injections, WORKFLOW, "needs.test.result", "github.head_ref"),
    (unsafe_triggers, WORKFLOW, "pull_request: {}", "pull_request_target: {}"),
    (open_gate, WORKFLOW, "needs: [test, regression]", "needs: [test]"),
    (open_gate, WORKFLOW, "always()", "success()"),
    (scripted, JENKINS, "steps { sh 'make test' }", "steps { script { sh 'make test' } }"),
    (scripted, JENKINS, "sh 'make test'", 'sh "make test"'),
    (scripted, JENKINS, "sh 'make test'", "sh command"),
    (scripted, JENKINS, "sh 'make test'", "sh(script: 'make test')"),
]


@pytest.mark.parametrize(("rule", "text", "before", "after"), FAULTS)
def test_each_rule_finds_its_fault(rule: Rule, text: str, before: str, after: str) -> None:
    assert before in text
    assert list(rule(text.replace(before, after, 1)))


def test_pull_requests_and_the_merge_queue_start_the_workflow_and_newer_runs_replace_older() -> None:
    workflow = yaml.safe_load(WORKFLOW)
    assert {"pull_request", "merge_group", "push"} == set(workflow[True])
    assert workflow["concurrency"]["cancel-in-progress"] is True


def test_a_pull_request_only_restores_the_cache_and_main_alone_saves_it() -> None:
    caches = {step["uses"].split("@")[0]: step.get("if") for step in steps(WORKFLOW) if "cache" in str(step)}
    wanted = {"actions/cache/restore": None, "actions/cache/save": "${{ github.ref == 'refs/heads/main' }}"}
    assert caches == wanted


def test_ml_regression_in_jenkins_waits_for_build_and_tests() -> None:
    assert re.findall(r"stage\('([^']*)'\)", JENKINS) == ["build", "tests", "ML regression"]
    judged = JENKINS.split("stage('ML regression')")[1]
    assert "when { anyOf { changeRequest(); branch 'main' } }" in judged


def test_dependency_updates_wait_out_a_cooldown() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "pip"}
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)


def test_the_hooks_are_local_and_their_tools_are_in_the_lock_file() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tools = {hook["entry"].split()[0] for hook in hooks} - {"python"}
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert tools <= {re.split(r"[=<>]", need)[0] for need in project["dependency-groups"]["dev"]}


def test_the_code_owners_watch_only_places_that_exist() -> None:
    lines = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    watched = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert {"/pipelines/gate/", "/configs/gate.yaml", "/.github/"} <= set(watched)
    assert [place for place in watched if not list(ROOT.glob(place.strip("/")))] == []
