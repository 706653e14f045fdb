"""Whether the engine is as released, and whether anything of the demo is left.

Nothing of the demo should be left in a project with data of its own.
"""

from collections.abc import Iterator

from clockwork.doctor.need import Found, Need
from clockwork.release.layout import place_of
from clockwork.release.manifest import MANIFEST, Digests, develops, digest, edited, read
from clockwork.release.version import read_version
from clockwork.support.checkout import Checkout
from clockwork.support.errors import named
from clockwork.support.pinned import DATA

REVERT = (
    "take the edit back (`git log -- FILE` says whose it is), "
    "or bring it into the engine's own repository"
)
# What to do about a place of the demo's, where its own verb writes it anew; else it is deleted.
REMEDIES = {
    "README.md": "say what this project predicts, and from what",
    "configs/data.yaml": "say what your columns mean (docs/data.md)",
    "configs/expectations.yaml": "say what must hold for your rows",
    "configs/schema.lock": "`make run`, then `python -m clockwork declare`",
    "configs/tuned.json": "`python -m clockwork warm` after a run, or delete it",
    "tests/regression/golden.yaml": "`python -m clockwork golden` after a run",
    "docs/audit.json": "`make audit`, then `python -m clockwork audit --write`, or delete it",
}


def engine(checkout: Checkout) -> Found:
    """Whether the engine of `checkout` is as released; who develops it just renews the manifest."""
    changed = edited(checkout)
    if not changed:
        return Found(f"{read_version(checkout)}, as released")
    if develops(checkout):
        what = f"is not of these files: {named(changed)}"
        return Found("", (Need(MANIFEST, what, "run `make check`, which writes it anew"),))
    what = f"the engine was edited, so upgrades are refused: {named(changed)}"
    return Found("", (Need("clockwork/", what, REVERT),))


def demo(checkout: Checkout) -> Found:
    """Whether files of the demo are left in `checkout`; the demo itself may be as it is."""
    released = read(checkout)
    here = {
        name: digest(checkout / name)
        for name in released
        if _of_demo(name) and (checkout / name).is_file()
    }
    if here.get(DATA) == released.get(DATA):
        return Found("the data are the demo's own")
    return Found("nothing of it is left", tuple(remains(released, here)))


def remains(released: Digests, here: Digests) -> Iterator[Need]:
    """The places that still hold what the demo shipped, each once."""
    left = [place_of(name) for name in here if here[name] == released[name]]
    for path in dict.fromkeys(place.path for place in left if place):
        yield Need(path, "belongs to the demo", REMEDIES.get(path, f"git rm -r {path}"))


def _of_demo(name: str) -> bool:
    place = place_of(name)
    return place is not None and place.demo
