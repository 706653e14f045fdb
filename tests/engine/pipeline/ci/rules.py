"""What a CI file must not have.

Each rule yields what it finds in the text of a file, and nothing where all is well.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[4]
LONGEST = 40

SCOPE = "SCOPE=changed"
ONLY_DOCS = "python3 -m clockwork.ci.only_docs || "
GATE = 'test "$R" = "success true success success" || test "$R" = "success docs skipped skipped"'
# The lines that are no make verb: they hand over what a verb made or found, and count no more than
# that.
PLUMBING = {
    GATE,
    'echo "models=true" >> "$GITHUB_OUTPUT"',
    'cat build/report.md >> "$GITHUB_STEP_SUMMARY"',
    "rm -f build/verdict.json build/report.* build/junit.xml",
}
SCRIPTS = ("run", "script", "before_script", "after_script", "after-script")
VERBS = set((re.search(r"(?m)^\.PHONY: (.*)$", (ROOT / "Makefile").read_text()) or [""])[1].split())
VERBS |= {"proofs"}  # a group of `make bench`
PEOPLES_TEXT = re.compile(
    r"github\.(head_ref|event\.\S*(title|body|label|ref|message|name|email|comment"
    r"|head_branch|head_commit))"
)
# Who may write, and what: the code of the default branch alone, on the pull request that it reports
# on.
READ = {"contents": "read"}
POSTS = READ | {"actions": "read", "checks": "write", "pull-requests": "write", "statuses": "write"}

Rule = Callable[[str], Iterator[str]]


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
    """The steps of a workflow or an action."""
    document = yaml.safe_load(text)
    for job in document["jobs"].values() if "jobs" in document else [document["runs"]]:
        yield from job["steps"]


def triggers(text: str) -> set[str]:
    """What starts a workflow. YAML 1.1 reads its key `on` as true."""
    return set(yaml.safe_load(text)[True])


def scripts(node: Any) -> Iterator[str]:
    """Every shell line below `node`, under the words that the systems have for them."""
    if isinstance(node, list):
        for item in node:
            yield from scripts(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            lines = [value] if isinstance(value, str) else value
            if key in SCRIPTS:
                yield from (line for text in lines for line in text.splitlines())
            else:
                yield from scripts(value)


def commands(text: str) -> list[str]:
    """The shell lines of a CI file, of whichever system."""
    if text.startswith("//"):
        return re.findall(r"sh '([^']*)'", text)
    return list(scripts(yaml.safe_load(text)))


def foreign_commands(text: str) -> Iterator[str]:
    """Shell lines that are neither a verb of the Makefile nor plumbing."""
    for line in commands(text):
        word, *verbs = line.removeprefix(ONLY_DOCS).split()
        scoped = verbs[-1:] == [SCOPE] and "test" in verbs
        verbs = verbs[:-1] if scoped else verbs
        known = word == "make" and verbs and set(verbs) <= VERBS
        if not known and line.removeprefix(ONLY_DOCS) not in PLUMBING:
            yield line


def loose_pins(text: str) -> Iterator[str]:
    """Actions not pinned by a commit or whose version no reader sees; ours come with the commit."""
    pinned = re.compile(
        r"uses: ([\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$|\$/\.github/actions/\w+\b)"
    )
    for line in text.splitlines():
        if len(re.findall(r"\buses:", line)) != len(pinned.findall(line)):
            yield line


def wide_rights(text: str) -> Iterator[str]:
    """Rights beyond reading the code, but for who posts."""
    workflow = yaml.safe_load(text)
    if workflow.get("permissions") != {}:
        yield "the top must give no rights"
    most = POSTS if triggers(text) == {"workflow_run"} else READ
    for name, job in workflow["jobs"].items():
        if not job.get("permissions", {}).items() <= most.items():
            yield f"job {name} has rights {job['permissions']}"


def credentials_left(text: str) -> Iterator[str]:
    """Checkouts that leave the token to what runs later, or fetch a stranger's code on purpose."""
    for step in steps(text):
        given = step.get("with", {})
        if (
            "actions/checkout@" in step.get("uses", "")
            and given.get("persist-credentials") is not False
        ):
            yield "a checkout keeps its credentials"
        if "allow-unsafe-pr-checkout" in given:
            yield "a checkout of a stranger's code with rights"


def endless_jobs(text: str) -> Iterator[str]:
    """Jobs that may hang for GitHub's six hours."""
    for name, job in yaml.safe_load(text)["jobs"].items():
        if not 0 < job.get("timeout-minutes", 0) <= 120:
            yield name


def injections(text: str) -> Iterator[str]:
    """Expressions in shell lines, and words of the pull request's author in any expression."""
    yield from (line for line in commands(text) if "${{" in line)
    yield from (found[0] for found in PEOPLES_TEXT.finditer(text))


def unsafe_triggers(text: str) -> Iterator[str]:
    """Triggers that run a stranger's code with rights, and a stranger's data among main's code."""
    yield from {"pull_request_target"} & triggers(text)
    if "workflow_run" in triggers(text):
        for step in steps(text):
            place = step.get("with", {}).get("path", "${{ runner.temp }}/")
            if not place.startswith("${{ runner.temp }}/") or "ref" in step.get("with", {}):
                yield str(step)


def lent_secrets(text: str) -> Iterator[str]:
    """Secrets where a stranger's code runs, or beyond an environment that may be bound to main."""
    for name, job in yaml.safe_load(text)["jobs"].items():
        if "secrets." in str(job) and (triggers(text) != {"push"} or not job.get("environment")):
            yield name


def saved_caches(text: str) -> Iterator[str]:
    """Caches saved by anything but main, or by a job that failed: what is saved, others restore."""
    for step in steps(text):
        saves = re.match(r"actions/cache(/save)?@", step.get("uses", ""))
        if saves and (step.get("if") or not re.search(r"push: \{ branches: \[main\] \} \}", text)):
            yield str(step)


def open_gate(text: str) -> Iterator[str]:
    """Jobs that the one required check does not wait for, or a gate that can be skipped."""
    jobs = yaml.safe_load(text)["jobs"]
    gate = jobs.get("gate", {})
    yield from set(jobs) - {"gate"} - set(gate.get("needs", []))
    if gate.get("if") != "always()":
        yield "the gate can be skipped"


def scripted(text: str) -> Iterator[str]:
    """What a Jenkinsfile must not have: its own Groovy, or strings that Groovy puts values into."""
    yield from re.findall(r"\bscript\s*\{", text)
    yield from re.findall(r"\bsh\b(?! '[^']*').*", text)
    yield from re.findall(r'.*".*', text)
