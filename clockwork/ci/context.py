"""Which CI system runs this, and for which pull request: one table, read in one way, for them all.

Whoever opens a pull request names its branch. So every value is data: cut, and freed of control
characters. The standard library is enough for it, so that a bare python3 can ask too.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from string import Template

from clockwork.ci.systems import SYSTEMS, Cell, System
from clockwork.support.run_context import Context

LONGEST = 250
LONGEST_URL = 1000
COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
UNKNOWN = "unknown"  # where a change comes from, when its repository is gone: it counts as a fork


def context(environ: Mapping[str, str]) -> Context:
    """Where this run happens, by its environment and by GitHub's event file."""
    system = running(environ)
    if system is None:
        return Context()
    facts = known(environ)
    number, source = first(system.pull_request, facts), first(system.source, facts)
    return Context(
        ci=system.name,
        pull_request=number,
        branch=first(system.branch, facts),
        tag=first(system.tag, facts),
        target=first(system.target, facts),
        commit=commit_id(first(system.change_commit if number else system.commit, facts)),
        build_url=web_address(first(system.build_url, facts, LONGEST_URL)),
        page=web_address(first(system.page, facts, LONGEST_URL)) if number else None,
        source=source,
        fork=source is not None and source != first(system.home, facts),
    )


def running(environ: Mapping[str, str]) -> System | None:
    """The system of the table whose sign `environ` carries; None on a laptop."""
    return next((system for system in SYSTEMS if environ.get(system.sign)), None)


def known(environ: Mapping[str, str]) -> dict[str, str]:
    """Every variable that has a value, and what GitHub's event file adds to them."""
    facts = {**environ, **event_facts(event_of(environ))}
    tag = re.fullmatch(r"refs/tags/(.+)", environ.get("GITHUB_REF", ""))
    if tag:
        facts = {"ref_tag": tag[1], **facts}
    from_ref = re.fullmatch(r"refs/pull/(\d+)/merge", environ.get("GITHUB_REF", ""))
    if from_ref:
        facts = {"ref_number": from_ref[1], "event_source": UNKNOWN, **facts}
    return {name: value for name, value in facts.items() if value}


def event_of(environ: Mapping[str, str]) -> object:
    """What GitHub's event file holds; None where there is none, or it cannot be read."""
    try:
        return json.loads(Path(environ.get("GITHUB_EVENT_PATH", "")).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def event_facts(event: object) -> dict[str, str]:
    """The facts that only GitHub's event holds.

    After a run for a pull request (`workflow_run`) they are those of that run. Its number is not
    among them: GitHub leaves it out where the change comes from a fork.
    """
    change, run = inside(event, "pull_request"), inside(event, "workflow_run")
    if isinstance(run, dict):
        run = run if run.get("event") == "pull_request" else None
        places = {
            "event_head": inside(run, "head_sha"),
            "event_branch": inside(run, "head_branch"),
            "event_page": inside(run, "html_url"),
            "event_source": run and (inside(run, "head_repository", "full_name") or UNKNOWN),
        }
    else:
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


def commit_id(text: str | None) -> str | None:
    """`text` if a commit's full name, else None: it may become a word of a command or address."""
    return text if text and COMMIT.fullmatch(text) else None
