"""dvc.lock during a run: the one that the last run here wrote, and the commit's again afterwards.

A dvc.lock says which outputs belong to which inputs, and a merge can make it say so falsely. So a
run believes only what was written here, which it keeps below build/; the run cache, which knows
what really ran, still spares the work.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from clockwork.support.checkout import Checkout
from clockwork.support.paths import BUILD

NAME = "dvc.lock"
OWN = BUILD / "dvc.lock"
KEPT = BUILD / "dvc.lock.kept"


@contextmanager
def own_lock(checkout: Checkout) -> Iterator[None]:
    """Run the block with our own dvc.lock in `checkout`; the user's is back however it ends."""
    lock, own, kept = checkout / NAME, checkout / OWN, checkout / KEPT
    restore_lock(checkout)
    own.parent.mkdir(parents=True, exist_ok=True)
    if lock.exists():
        lock.replace(kept)
    try:
        if own.exists():
            lock.write_bytes(own.read_bytes())
        yield
    finally:
        if lock.exists():
            lock.replace(own)
        if kept.exists():
            kept.replace(lock)


def restore_lock(checkout: Checkout) -> None:
    """Give the user's dvc.lock back after a killed run, unless git checked another out since."""
    lock, kept = checkout / NAME, checkout / KEPT
    if not kept.exists():
        return
    if lock.exists() and lock.read_bytes() == checkout.committed(NAME):
        kept.unlink()
    else:
        kept.replace(lock)
