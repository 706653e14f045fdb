"""self_test OUT: this checkout's regression tests on this commit against itself, as a base that heads are held to.

The code that runs is that of the folder it runs in. OUT becomes a JSON list: of each test its id, name, ending and
message. A contract between commits: keep the arguments and the keys.
"""

import os
import sys
from dataclasses import asdict
from pathlib import Path

from clockwork.compare.build_verdict import document
from clockwork.compare.built_commit import Arm
from clockwork.compare.measure import gather, measured_checks
from clockwork.compare.pytest_run import DidNotRun, run_tests
from clockwork.compare.state import Trial
from clockwork.learning.tables import write_json
from clockwork.settings.gate import gate_settings
from clockwork.support import paths
from clockwork.support.errors import BadInput, exit_on_bad_input
from clockwork.support.git import describe, find_commit
from clockwork.verdict.schema import write_verdict


def main() -> int:
    """Judge this commit against itself, for its tests read that verdict, and run them."""
    if len(sys.argv) != 2:
        raise BadInput("self_test takes one argument: OUT")
    root = Path.cwd()
    arm, settings, commit = Arm(root, root / paths.SCORES), gate_settings(), describe(root, find_commit(root, "HEAD"))
    trial = Trial(root, settings, commit, commit, arms={"head": arm, "base": arm})
    trial.evidence = gather(arm, arm, settings)
    trial.checks = measured_checks(arm, arm, trial.evidence, settings)
    write_verdict(document(trial), root / paths.VERDICT)
    tested = {"head": root, "base": root, "scores": arm.scores}
    try:
        cases = run_tests(root, tested, os.environ, root / paths.JUNIT)
    except DidNotRun as error:
        raise BadInput(str(error)) from None
    write_json(Path(sys.argv[1]), [{"id": name, **asdict(case)} for name, case in cases.items()])
    return 0


if __name__ == "__main__":
    sys.exit(exit_on_bad_input(main))
