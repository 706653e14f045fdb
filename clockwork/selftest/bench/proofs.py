"""The engine's slow tests, whole builds, servers and kills among them: `make bench proofs`."""

import subprocess
import sys

from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput

PROOFS = "proofs"  # the group of `bench`
TESTS = "tests/engine"
COMMAND = ("-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-m", "slow", "--durations=25")


def prove(checkout: Checkout) -> int:
    """Run them, and show what took longest; 1 where one failed."""
    if not (checkout / TESTS).is_dir():
        raise BadInput(f"bench proofs: {TESTS} is gone; the proofs are the engine's, run them in its own repository")
    done = subprocess.run([sys.executable, *COMMAND, TESTS], cwd=checkout.root, check=False)
    return int(done.returncode != 0)
