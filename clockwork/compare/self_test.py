"""self_test OUT: this checkout's regression tests on this commit against itself.

The commit is taken as a base that heads are held to. The code that runs is that of the folder it
runs in. OUT becomes a JSON list: of each test its id, name, ending and message. A contract between
commits: keep the arguments and the keys.
"""

import os
import sys
from dataclasses import asdict
from pathlib import Path

from clockwork.compare.build_verdict import build_verdict
from clockwork.compare.built_commit import built
from clockwork.compare.compared import Compared
from clockwork.compare.line_up import gather
from clockwork.compare.measure import measured_checks
from clockwork.compare.pytest_run import DidNotRun, run_tests
from clockwork.compare.request import Commits, Request
from clockwork.learning.tables import write_json
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput, exit_on_bad_input
from clockwork.verdict.schema import write_verdict


def main() -> int:
    """Judge this commit against itself, for its tests read that verdict, and run them."""
    if len(sys.argv) != 2:
        raise BadInput("self_test takes one argument: OUT")
    checkout = Checkout()
    request, commit = Request(checkout), built(checkout.root)
    head, settings = checkout.commit(), request.gate
    evidence = gather(commit, commit, settings)
    checks = measured_checks(commit, commit, evidence, settings)
    compared = Compared(settings, commit, commit, checks, evidence)
    write_verdict(build_verdict(request, Commits(head, head), compared), checkout / paths.VERDICT)
    tested = {"head": checkout.root, "base": checkout.root, "scores": commit.scores}
    try:
        cases = run_tests(checkout.root, tested, os.environ, checkout / paths.JUNIT)
    except DidNotRun as error:
        raise BadInput(str(error)) from None
    write_json(Path(sys.argv[1]), [{"id": name, **asdict(case)} for name, case in cases.items()])
    return 0


if __name__ == "__main__":
    sys.exit(exit_on_bad_input(main))
