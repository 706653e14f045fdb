"""What an upgrade does with each file, by the old release, the new one and what the project has."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from clockwork.release.layout import MERGED, REPLACED, Owner, place_of
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.git import run_git


class Deed(StrEnum):
    """What becomes of a file of the project."""

    WRITE = "written"  # as it is released now
    REMOVE = "removed"
    MERGE = "merged"  # both sides changed it
    KEEP = "kept, though it is no longer part of a release"
    ABSENT = "not brought, as this project deleted it"


@dataclass(frozen=True)
class Step:
    """What becomes of one file."""

    file: str
    deed: Deed


def steps(
    before: Mapping[str, str], now: Mapping[str, str], here: Mapping[str, str]
) -> Iterator[Step]:
    """The steps of an upgrade, from the digests by file of both releases and of the project.

    There is none for the rest. What a project deleted stays deleted; what is its own is no part of
    this.
    """
    for file in sorted({*before, *now}):
        place = place_of(file)
        if place is None or place.owner not in (*REPLACED, *MERGED):
            continue
        if place.owner is Owner.PROOF and not any(place.holds(name) for name in here):
            continue
        sides = now.get(file), here.get(file)
        replaced = place.owner in REPLACED
        deed = _replaced(*sides) if replaced else _merged(before.get(file), *sides)
        if deed:
            yield Step(file, deed)


def _replaced(now: str | None, here: str | None) -> Deed | None:
    if now == here:
        return None
    return Deed.REMOVE if now is None else Deed.WRITE


def _merged(before: str | None, now: str | None, here: str | None) -> Deed | None:
    if now in (before, here):
        return None
    if here is None:
        return Deed.WRITE if before is None else Deed.ABSENT
    if now is None:
        return Deed.REMOVE if here == before else Deed.KEEP
    return Deed.WRITE if here == before else Deed.MERGE


def released(source: Checkout, file: str, digest: str | None) -> bytes:
    """`file`'s bytes with SHA-256 `digest`, from the history of repository `source`; else none."""
    if digest is not None:
        for commit in source.git("log", "--all", "--format=%H", "--", file).split():
            found = source.committed(file, commit)
            if found is not None and hashlib.sha256(found).hexdigest() == digest:
                return found
    return b""


def merge(own: bytes, base: bytes, new: bytes, labels: tuple[str, str, str]) -> tuple[bytes, bool]:
    """Both sides' changes of `base` in one text, and whether they clash.

    Where they do, the text has conflict markers that say whose.
    """
    with tempfile.TemporaryDirectory() as folder:
        sides = [Path(folder, name) for name in ("own", "base", "new")]
        for side, text in zip(sides, (own, base, new), strict=True):
            side.write_bytes(text)
        names = [word for label in labels for word in ("-L", label)]
        done = run_git(Path(folder), "merge-file", "-p", *names, *(side.name for side in sides))
    if done.returncode > 127:
        raise BadInput(
            f"git merge-file: {done.stderr.decode(errors='replace').strip() or 'failed'}"
        )
    return done.stdout, done.returncode > 0
