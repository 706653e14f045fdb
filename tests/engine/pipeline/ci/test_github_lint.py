"""The files of GitHub under their linters.

Each first finds a fault of its own, so that its silence means something.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS = {
    "vendor.github-workflows": "workflows/*.yml",
    "vendor.github-actions": "actions/*/action.yml",
    "vendor.dependabot": "dependabot.yml",
}
PIN = re.compile(r"@[0-9a-f]{40} # v(\d+)\S*")
REQUEST = "workflows/pull-request.yml"
COMMENT = "workflows/comment.yml"
START = "actions/start/action.yml"
REPORT = "actions/report/action.yml"


@pytest.fixture
def github(tmp_path: Path) -> Path:
    """A copy of .github to plant faults in."""
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    (tmp_path / ".git").mkdir()  # where actionlint looks for the actions of the repository
    return tmp_path / ".github"


def lint(github: Path, tool: str, *words: str) -> str:
    """What a tool of the lock file finds; nothing when it is content."""
    program = Path(sys.executable).parent / tool
    if not program.exists():
        pytest.skip(f"{tool} is not installed; requirements.lock has it, and make sets it up")
    path = {"PATH": f"{program.parent}:/usr/bin:/bin"}  # shellcheck, which actionlint asks
    done = subprocess.run(
        [program, *words], cwd=github.parent, env=path, capture_output=True, text=True, check=False
    )
    found = done.stdout + done.stderr
    assert done.returncode == 0 or found, f"{tool} failed without a word"
    return found if done.returncode else ""


def actionlint(github: Path) -> str:
    """The workflows: keys, expressions, shell lines, inputs of this repository's own actions."""
    return lint(github, "actionlint", "-oneline")


def actionlint_with_tags(github: Path) -> str:
    """The same with major tags for pins, and with the actions' steps.

    It knows the inputs of actions by those tags alone. It does not look into actions, so each
    becomes a workflow here.
    """
    for path in sorted(github.rglob("*.yml")):
        path.write_text(PIN.sub(r"@v\1", path.read_text(encoding="utf-8")), encoding="utf-8")
    for path in sorted((github / "actions").glob("*/action.yml")):
        workflow = as_workflow(yaml.safe_load(path.read_text(encoding="utf-8")))
        (github / "workflows" / f"{path.parent.name}.yml").write_text(
            yaml.safe_dump(workflow), encoding="utf-8"
        )
    return actionlint(github)


def as_workflow(action: dict[str, Any]) -> dict[str, Any]:
    """A workflow with the inputs and the steps of a composite action."""
    inputs = {name: {"type": "string", **given} for name, given in action.get("inputs", {}).items()}
    job = {"runs-on": "ubuntu-latest", "steps": action["runs"]["steps"]}
    return {"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}}


def zizmor(github: Path) -> str:
    """What a stranger could abuse."""
    return lint(github, "zizmor", "--offline", "--quiet", ".github")


def schemas(github: Path) -> str:
    """The files against the schemas that GitHub's editors use."""
    found = ""
    for schema, pattern in SCHEMAS.items():
        files = [str(path) for path in sorted(github.glob(pattern))]
        assert files, pattern
        found += lint(github, "check-jsonschema", "--builtin-schema", schema, *files)
    return found


LINTERS = [actionlint, actionlint_with_tags, zizmor, schemas]
FAULTS = [
    (actionlint, REQUEST, "needs: test\n", "needs: tests\n", "does not exist"),
    (
        actionlint,
        REQUEST,
        "steps.docs.outputs",
        "steps.doc.outputs",
        'property "doc" is not defined',
    ),
    (actionlint, REQUEST, "caches: false", "cache: false", 'input "cache" is not defined'),
    (actionlint, REQUEST, 'test "$R"', 'test "$R', "shellcheck"),
    (
        actionlint,
        REQUEST,
        "run: make regression",
        "run: 'make ${{ github.event.pull_request.title }}'",
        "untrusted",
    ),
    (actionlint_with_tags, COMMENT, "run-id: ", "run-no: ", 'input "run-no" is not defined'),
    (
        actionlint_with_tags,
        START,
        "fetch-depth",
        "fetch-depht",
        'input "fetch-depht" is not defined',
    ),
    (
        actionlint_with_tags,
        START,
        "inputs.caches",
        "inputs.cache",
        'property "cache" is not defined',
    ),
    (actionlint_with_tags, REPORT, '"$GITHUB_STEP_SUMMARY"', "$GITHUB_STEP_SUMMARY", "SC2086"),
    (
        zizmor,
        REQUEST,
        "run: make regression",
        "run: 'make ${{ github.event.pull_request.title }}'",
        "template-injection",
    ),
    (zizmor, START, "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7", "unpinned-uses"),
    (zizmor, COMMENT, "# zizmor: ", "# ", "dangerous-triggers"),
    (zizmor, "dependabot.yml", "    cooldown: { default-days: 7 }\n", "", "dependabot-cooldown"),
    (schemas, REQUEST, "timeout-minutes: 5", "timeout-minute: 5", "not valid"),
    (schemas, REPORT, "using: composite", "usng: composite", "not valid"),
    (schemas, "dependabot.yml", "schedule: {", "scheduled: {", "'schedule' is a required property"),
]


@pytest.mark.parametrize(("linter", "file", "before", "after", "finding"), FAULTS)
def test_each_linter_finds_its_fault(
    github: Path, linter: Any, file: str, before: str, after: str, finding: str
) -> None:
    text = (github / file).read_text(encoding="utf-8")
    assert before in text
    (github / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    assert finding in linter(github)


@pytest.mark.parametrize("linter", LINTERS)
def test_the_files_of_github_have_no_finding(github: Path, linter: Any) -> None:
    assert linter(github) == ""
