"""Whether git, the lock files and CI's pins are such that a verdict can be had and repeated."""

import re
import time
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from clockwork.doctor.need import Found, Need
from clockwork.settings.gate import algorithm_roles
from clockwork.support.checkout import Checkout
from clockwork.support.dvc import graph_status
from clockwork.support.dvc_lock import NAME
from clockwork.support.errors import BadInput, named
from clockwork.support.libraries import INSTALLER, LIBRARIES, pins

PROJECT = "pyproject.toml"
WANTED = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?\s*(?:==\s*([\w.+!-]+))?")
PINNED = re.compile(r"\buses: *([\w./-]+)@([0-9a-f]{40})(?: # (v[\d.]+))?")
PIN = r"uses: *[A-Za-z0-9_./-]+@"  # for git, which has no \b
OLD = 365  # days
MOVE = "merge Dependabot's pull requests (.github/dependabot.yml), or `make upgrade`"


def history(checkout: Checkout) -> Found:
    """Whether the clone in `checkout` has all of its history."""
    if not _is_shallow(checkout):
        return Found("all of it is here")
    what = "the clone is shallow, so a base may be missing"
    return Found("", (Need(".git", what, "run `git fetch --unshallow`"),))


def _is_shallow(checkout: Checkout) -> bool:
    return checkout.git("rev-parse", "--is-shallow-repository") == "true"


def locks(checkout: Checkout) -> Found:
    """Whether both lock files of `checkout` are those of the files that they lock."""
    wanted, pinned = (
        (checkout / name).read_text(encoding="utf-8") for name in (PROJECT, LIBRARIES)
    )
    status = graph_status(checkout, sorted(algorithm_roles(checkout.root)))
    if status is None:
        raise BadInput("`dvc status` cannot be asked; run it by hand to see why")
    lock = checkout / NAME
    differs = lock.exists() and lock.read_bytes() != checkout.committed(NAME)
    needs = (*unpinned(wanted, pinned), *stale(status, differs=differs))
    return Found(f"{LIBRARIES} and {NAME} fit", needs)


def unpinned(project: str, lock: str) -> Iterator[Need]:
    """That the lock file lacks a library pyproject.toml names, or pins another version of it."""
    document = tomllib.loads(project)
    groups = [
        document.get("project", {}).get("dependencies", []),
        *document.get("project", {}).get("optional-dependencies", {}).values(),
        *document.get("dependency-groups", {}).values(),
    ]
    locked = {_plain(name): version.split()[0] for name, version in pins(lock).items() if version}
    asked = [
        match
        for group in groups
        for one in group
        if isinstance(one, str) and (match := WANTED.match(one))
    ]
    odd = [
        f"{match[1]} {match[2] or ''}".strip()
        for match in asked
        if _plain(match[1]) != INSTALLER
        and (_plain(match[1]) not in locked or (match[2] and locked[_plain(match[1])] != match[2]))
    ]
    if odd:
        yield Need(
            LIBRARIES,
            f"does not pin what {PROJECT} asks for: {named(odd)}",
            "run `make lock` and commit it",
        )


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def stale(status: Mapping[str, Any], *, differs: bool) -> Iterator[Need]:
    """That dvc.lock is of other code, settings or data, or not committed; `status` is DVC's own."""
    moved = [
        stage
        for stage, parts in sorted(status.items())
        if any(_moved(part) for part in parts if part)
    ]
    if moved:
        yield Need(
            NAME,
            f"is of other files than these: {named(moved)}",
            f"run `make run` and commit {NAME}",
        )
    elif differs:
        yield Need(
            NAME, "differs from the commit's", "commit it, so that CI finds what was computed here"
        )


def _moved(part: Any) -> bool:
    # Outputs that are not here were not made here; that makes no lock stale.
    if not isinstance(part, Mapping):
        return bool(part == "changed command")
    return any(kind in ("modified", "new") for kind in part.get("changed deps", {}).values())


def ci(checkout: Checkout) -> Found:
    """Whether what CI files pin is one version of each, and was moved within a year."""
    names = [name for name in checkout.tracked(".github") if (checkout / name).is_file()]
    texts = {
        name: (checkout / name).read_text(encoding="utf-8", errors="replace") for name in names
    }
    pinned = {name: text for name, text in texts.items() if PINNED.search(text)}
    ages = {} if _is_shallow(checkout) else {name: _days(checkout, name) for name in pinned}
    return Found(f"{len(pinned)} files of GitHub pin actions", (*apart(pinned), *old(ages)))


def apart(texts: Mapping[str, str]) -> Iterator[Need]:
    """That files pin one action at different versions: some were left behind."""
    versions: dict[str, dict[str, str]] = {}
    for name, text in texts.items():
        for action, sha, version in PINNED.findall(text):
            versions.setdefault("/".join(action.split("/")[:2]), {}).setdefault(
                version or sha[:10], name
            )
    for action, places in versions.items():
        if len(places) > 1:
            each = ", ".join(f"{version} in {name}" for version, name in sorted(places.items()))
            yield Need(".github/", f"{action} is pinned at {each}", MOVE)


def old(ages: Mapping[str, int | None]) -> Iterator[Need]:
    """That the pins of some files were not moved within a year."""
    late = {name: days for name, days in ages.items() if days is not None and days > OLD}
    if late:
        most = max(late.values())
        yield Need(named(sorted(late)), f"the pins were last moved {most} days ago", MOVE)


def _days(checkout: Checkout, name: str) -> int | None:
    when = checkout.git("log", "-1", "--format=%ct", f"-G{PIN}", "--", name)
    return int((time.time() - int(when)) // 86_400) if when else None
