"""clockwork/MANIFEST: the SHA-256 of every file that a release ships, in the format of sha256sum.

python -m clockwork.release.manifest, a hook of `make check`: where the engine is developed it
writes the manifest anew, as a formatter would; in a project it says which files of the engine were
edited, for upgrades refuse those.
"""

import hashlib
import re
import sys
from pathlib import Path

from clockwork.release.layout import HOUSE, REPLACED, Owner, owner_of, place_of, shipped
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput, exit_on_bad_input, named

MANIFEST = "clockwork/MANIFEST"
TESTS = "tests/engine"  # whoever has these develops the engine
SEEDS = "seeds/"
# A digest, and a path that does not lead out.
LINE = re.compile(r"([0-9a-f]{64})  (?!/)(?!(?:.*/)?\.\.(?:/|$))(\S.*)")

Digests = dict[str, str]


def digest(path: Path) -> str:
    """The SHA-256 of the file at `path`, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def parse(text: str) -> Digests:
    """What a manifest says. Raises `BadInput` on a line that is none, or a file listed twice."""
    found: Digests = {}
    for number, line in enumerate(text.splitlines(), start=1):
        match = LINE.fullmatch(line)
        if match is None or match[2] in found:
            raise BadInput(
                f"{MANIFEST}:{number}: not the one digest of a file; restore it from git"
            )
        found[match[2]] = match[1]
    return found


def read(checkout: Checkout) -> Digests:
    """The manifest of `checkout`. Raises `BadInput` where there is none."""
    try:
        return parse((checkout / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError):
        raise BadInput(f"{MANIFEST}: no such file, or not text; restore it from git") from None


def edited(checkout: Checkout) -> list[str]:
    """The files in `checkout` that an upgrade replaces and that are not as released.

    They were changed or added, or are gone where they are the engine's.
    """
    released = read(checkout)
    known = {name for name in released if owner_of(name) in REPLACED}
    here = {name for name in known if (checkout / name).is_file()}
    changed = {name for name in here if digest(checkout / name) != released[name]}
    gone = {name for name in known - here if owner_of(name) is Owner.ENGINE}
    # A project without the demo may have folders of the same names, which no upgrade touches.
    places = {place_of(name) for name in here | gone}
    new = set(checkout.tracked(".")) - {*released, MANIFEST}
    return sorted(changed | gone | {name for name in new if place_of(name) in places})


def develops(checkout: Checkout) -> bool:
    """Whether the engine is developed in `checkout`: then its edits are no edits of a release."""
    return (checkout / HOUSE).is_file()


def has_demo(checkout: Checkout) -> bool:
    """Whether any file of the demo's seeds is in `checkout` as it was released."""
    return any(
        digest(checkout / name) == sha
        for name, sha in read(checkout).items()
        if name.startswith(SEEDS) and (checkout / name).is_file()
    )


def renew(checkout: Checkout) -> bool:
    """Write the manifest of `checkout` anew, of what git tracks; gives whether that changed it."""
    names = [
        name
        for name in sorted(checkout.tracked("."))
        if name != MANIFEST and shipped(name) and (checkout / name).is_file()
    ]
    text = "".join(f"{digest(checkout / name)}  {name}\n" for name in names)
    place = checkout / MANIFEST
    if place.exists() and place.read_text(encoding="utf-8") == text:
        return False
    place.write_text(text, encoding="utf-8")
    return True


def main() -> int:
    """Renew or check the manifest of the checkout here; 1 where it was written anew."""
    checkout = Checkout(Path())
    if develops(checkout):
        if renew(checkout):
            print(f"{MANIFEST}: written anew; add it to the commit")  # noqa: T201
            return 1
        return 0
    changed = edited(checkout)
    if changed:
        print(  # noqa: T201
            f"you edited the engine, and upgrades will refuse that: {named(changed)}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(exit_on_bad_input(main))
