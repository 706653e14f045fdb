"""Which CI system runs this, and for which pull request: one table, read in one way, for all of them.

Whoever opens a pull request names its branch. So every value is data: cut, and freed of control characters.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from pipelines.verdict import Context

LONGEST = 250
LONGEST_URL = 1000
Cell = tuple[str, ...]
ReadEvent = Callable[[Path], str]


@dataclass(frozen=True)
class System:
    """A CI system: a variable that only it sets, and for each fact the places to look, the best one first.

    `origins` are where the change comes from and where it goes; it is from a fork when the two differ.
    """

    name: str
    sign: str
    pull_request: Cell
    branch: Cell
    target: Cell
    build_url: Cell
    commit: Cell
    change_commit: Cell
    origins: tuple[str, str]


# Names in lower case are facts of GitHub's event file. `change_commit` counts in pull requests: there, what
# GitHub and GitLab call the commit is a merge that no reviewer knows, and Jenkins' GIT_COMMIT may be one.
SYSTEMS = (
    System(
        name="local",
        sign="CLOCKWORK_PULL_REQUEST",
        pull_request=("$CLOCKWORK_PULL_REQUEST",),
        branch=("$CLOCKWORK_BRANCH",),
        target=(),
        build_url=(),
        commit=(),
        change_commit=(),
        origins=("", ""),
    ),
    System(
        name="github",
        sign="GITHUB_ACTIONS",
        pull_request=("$event_number", "$ref_number"),
        branch=("$GITHUB_HEAD_REF", "$GITHUB_REF_NAME"),
        target=("$GITHUB_BASE_REF",),
        build_url=("$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID",),
        commit=("$GITHUB_SHA",),
        change_commit=("$event_head",),
        origins=("$event_source", "$GITHUB_REPOSITORY"),
    ),
    System(
        name="jenkins",
        sign="JENKINS_URL",
        pull_request=("$CHANGE_ID",),
        branch=("$CHANGE_BRANCH", "$BRANCH_NAME"),
        target=("$CHANGE_TARGET",),
        build_url=("$BUILD_URL",),
        commit=("$GIT_COMMIT",),
        change_commit=(),
        origins=("$CHANGE_FORK", ""),
    ),
    System(
        name="bitbucket",
        sign="BITBUCKET_BUILD_NUMBER",
        pull_request=("$BITBUCKET_PR_ID",),
        branch=("$BITBUCKET_BRANCH",),
        target=("$BITBUCKET_PR_DESTINATION_BRANCH",),
        build_url=("https://bitbucket.org/$BITBUCKET_REPO_FULL_NAME/pipelines/results/$BITBUCKET_BUILD_NUMBER",),
        commit=("$BITBUCKET_COMMIT",),
        change_commit=("$BITBUCKET_COMMIT",),
        origins=("", ""),
    ),
    System(
        name="gitlab",
        sign="GITLAB_CI",
        pull_request=("$CI_MERGE_REQUEST_IID",),
        branch=("$CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "$CI_COMMIT_REF_NAME"),
        target=("$CI_MERGE_REQUEST_TARGET_BRANCH_NAME",),
        build_url=("$CI_JOB_URL", "$CI_PIPELINE_URL"),
        commit=("$CI_COMMIT_SHA",),
        change_commit=("$CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "$CI_COMMIT_SHA"),
        origins=("$CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "$CI_MERGE_REQUEST_PROJECT_ID"),
    ),
)


def read_text(path: Path) -> str:
    """The text of the event file at `path`."""
    return path.read_text(encoding="utf-8")


def context(environ: Mapping[str, str], read_event: ReadEvent = read_text) -> Context:
    """Where this run happens, by its environment; `read_event` reads GitHub's event file."""
    system = running(environ)
    if system is None:
        return Context()
    facts = known(environ, read_event)
    return Context(
        ci=system.name,
        pull_request=first(system.pull_request, facts),
        branch=first(system.branch, facts),
        target=first(system.target, facts),
        build_url=web_address(first(system.build_url, facts, LONGEST_URL)),
    )


def head_commit(environ: Mapping[str, str], read_event: ReadEvent = read_text) -> str | None:
    """The commit that people pushed, not the merge that a CI system made of it; None where nobody says."""
    system = running(environ)
    if system is None:
        return None
    facts = known(environ, read_event)
    in_change = first(system.pull_request, facts) is not None
    sha = first(system.change_commit if in_change else system.commit, facts)
    return sha if sha and re.fullmatch(r"[0-9a-f]{40}([0-9a-f]{24})?", sha) else None


def is_fork(environ: Mapping[str, str], read_event: ReadEvent = read_text) -> bool:
    """Whether the change comes from another repository, so that its run must hold no secrets.

    Bitbucket Pipelines never runs those. A GitHub pull request of unknown origin counts as one.
    """
    system = running(environ)
    if system is None:
        return False
    source, home = system.origins
    facts = known(environ, read_event)
    origin = first((source,), facts)
    return origin is not None and origin != first((home,), facts)


def running(environ: Mapping[str, str]) -> System | None:
    """The system of the table whose sign `environ` carries; None on a laptop."""
    return next((system for system in SYSTEMS if environ.get(system.sign)), None)


def known(environ: Mapping[str, str], read_event: ReadEvent) -> dict[str, str]:
    """Every variable that has a value, and what GitHub's event file adds to them."""
    place = environ.get("GITHUB_EVENT_PATH")
    facts = {**environ, **(event_facts(Path(place), read_event) if place else {})}
    from_ref = re.fullmatch(r"refs/pull/(\d+)/merge", environ.get("GITHUB_REF", ""))
    if from_ref:
        facts = {"ref_number": from_ref[1], "event_source": "unknown", **facts}
    return {name: value for name, value in facts.items() if value}


def event_facts(path: Path, read_event: ReadEvent) -> dict[str, str]:
    """The facts that only the event file holds. An unreadable file holds none."""
    try:
        change = inside(json.loads(read_event(path)), "pull_request")
    except (OSError, ValueError):
        return {}
    places = {
        "event_number": inside(change, "number"),
        "event_head": inside(change, "head", "sha"),
        "event_source": inside(change, "head", "repo", "full_name"),
    }
    return {name: str(value) for name, value in places.items() if isinstance(value, str | int)}


def inside(value: object, *keys: str) -> object:
    """What lies under `keys` in nested objects; None where there is no such place."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def first(cell: Cell, facts: Mapping[str, str], longest: int = LONGEST) -> str | None:
    """The first place of `cell` that has all its variables, filled in and cleaned."""
    for place in cell:
        try:
            text = clean(Template(place).substitute(facts), longest)
        except KeyError:
            continue
        if text:
            return text
    return None


def clean(text: str, longest: int) -> str:
    """`text` without control, direction and unpaired characters, at most `longest` long."""
    printable = (char for char in text if unicodedata.category(char) not in UNPRINTABLE)
    return "".join(printable).strip()[:longest]


UNPRINTABLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def web_address(text: str | None) -> str | None:
    """`text` if it is an http address, else None: what it becomes is a link."""
    return text if text and re.match(r"https?://\S+$", text) else None
