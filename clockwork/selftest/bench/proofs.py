"""The engine's slow tests, whole builds, servers and kills among them: `make bench proofs`."""

import subprocess
import sys

from clockwork.support.checkout import Checkout
from clockwork.support.console import Report

PROOFS = "proofs"  # the group of `bench`
TESTS = "tests/engine"
OPTIONS = "-n 2 --dist loadfile --no-loadscope-reorder -m slow --durations=25"


def prove(checkout: Checkout, report: Report) -> int:
    """Run them, and show what took longest; 1 where one failed. An adopted project has none."""
    if not (checkout / TESTS).is_dir():
        report(f"no proofs here: they are the engine's own, in {TESTS} of its repository")
        return 0
    command = [sys.executable, "-m", "pytest", *OPTIONS.split(), TESTS]
    done = subprocess.run(command, cwd=checkout.root, check=False)
    return int(done.returncode != 0)
