"""The version of the engine, and how the next release is made."""

import re

from clockwork.release.manifest import MANIFEST, TESTS, develops, renew
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput

VERSION = "clockwork/VERSION"
CHANGELOG = "clockwork/CHANGELOG.md"
FORM = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")
NEXT = re.compile(r"^## Next\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def read_version(checkout: Checkout) -> str:
    """The version of the engine in `checkout`. Raises `BadInput` where it has none."""
    try:
        text = (checkout / VERSION).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        text = ""
    numbers(text, VERSION)
    return text


def numbers(version: str, name: str) -> tuple[int, int, int]:
    """The three numbers of `version`, which compare as versions do.

    Raises `BadInput` that says where it stands.
    """
    match = FORM.fullmatch(version)
    if match is None:
        raise BadInput(f"{name}: '{version:.40}' is no version; write three numbers such as 1.4.0")
    return int(match[1]), int(match[2]), int(match[3])


def release(checkout: Checkout, version: str | None, report: Report) -> None:
    """Write `checkout`'s manifest anew; with `version` make a release: all but commit and tag."""
    if not develops(checkout):
        raise BadInput(
            f"a release is made where {TESTS} is; a project takes one with `make upgrade FROM=...`"
        )
    if version is not None:
        _begin(checkout, version)
    renewed = renew(checkout)
    report(f"{MANIFEST}: {'written anew' if renewed else 'fits'}, version {read_version(checkout)}")
    if version is not None:
        report(f"commit {VERSION}, {CHANGELOG} and {MANIFEST}, and tag the commit v{version}")


def _begin(checkout: Checkout, version: str) -> None:
    now = read_version(checkout)
    if numbers(version, "release") <= numbers(now, VERSION):
        raise BadInput(
            f"release {version} is not after {now}, which {VERSION} has; give a later one"
        )
    changes = (checkout / CHANGELOG).read_text(encoding="utf-8")
    found = NEXT.search(changes)
    if found is None or not found[1].strip():
        raise BadInput(
            f"{CHANGELOG}: nothing stands under '## Next'; write what a team must know or do"
        )
    changes = changes.replace(found[0], f"## Next\n\n## {version}\n{found[1]}", 1)
    (checkout / CHANGELOG).write_text(changes, encoding="utf-8")
    (checkout / VERSION).write_text(f"{version}\n", encoding="utf-8")
