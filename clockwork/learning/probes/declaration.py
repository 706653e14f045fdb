"""How features look, declared in configs/schema.lock: new or changed ones show in pull requests."""

import json
import math
from pathlib import Path
from typing import Any

from clockwork.gate.catalogue import CheckId
from clockwork.learning.data.profile import ENDS, MIDDLE, Profile, has_ends, moved, profile
from clockwork.learning.data.split import TRAIN
from clockwork.learning.probes.probe import Probe
from clockwork.learning.tables import read_keys, read_matrix
from clockwork.support.errors import BadInput
from clockwork.support.paths import FEATURES, LOCK, SPLIT

HEADER = (
    "# What every feature looks like on the training rows: "
    "written by `python -m clockwork declare`."
)
REMEDY = "if that is meant, run `python -m clockwork declare` and commit configs/schema.lock"


def declared(found: Profile, lock: Any) -> Probe:
    """Whether `found` is as configs/schema.lock declares: same features, about the same values."""
    if fault := _fault(found, lock):
        return Probe(CheckId.FEATURES_DECLARED, False, f"{fault}; {REMEDY}")
    bare = [name for name in found if not has_ends(lock[name])]
    message = f"{len(found)} features look as configs/schema.lock declares"
    if bare:
        message += f" ({len(bare)} of them without range, tails and distinct values: "
        message += "declare them anew)"
    return Probe(CheckId.FEATURES_DECLARED, True, message)


def _fault(found: Profile, lock: Any) -> str:
    if not isinstance(lock, dict) or not lock:
        return "configs/schema.lock declares no features"
    new, gone = sorted(set(found) - set(lock)), sorted(set(lock) - set(found))
    if new or gone:
        moves = [f"'{name}' is new" for name in new[:3]]
        moves += [f"'{name}' is gone" for name in gone[:3]]
        return f"{len(new) + len(gone)} features differ ({', '.join(moves)})"
    unreadable = [name for name in found if not _readable(lock[name])]
    if unreadable:
        return f"configs/schema.lock says nothing of '{unreadable[0]}' that can be read"
    differ = [line for name in found for line in moved(name, found[name], lock[name])]
    return f"{len(differ)} differences, such as {differ[0]}" if differ else ""


def declare(root: Path) -> str:
    """Write the profile of features built in the checkout at `root` into configs/schema.lock."""
    if not ((root / SPLIT).exists() and (root / FEATURES).exists()):
        raise BadInput(f"{SPLIT} is missing: run `make run` first")
    train = (read_keys(root / SPLIT)["part"] == TRAIN).to_numpy()
    found = profile(*read_matrix(root / FEATURES, train))
    lines = [f"{name}: {json.dumps(values)}" for name, values in sorted(found.items())]
    (root / LOCK).write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return f"{LOCK}: {len(found)} features declared; commit it"


def _readable(declared: Any) -> bool:
    known = isinstance(declared, dict) and MIDDLE <= set(declared) <= MIDDLE | ENDS
    numbers = declared.values() if known else [None]
    return all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
