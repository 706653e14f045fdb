"""judge HEAD BASE SCORES OUT QUICK: the gate by itself, so that a base can judge a head that edits the gate.

HEAD and BASE are checkouts, SCORES where base scored head's judging rows; the checks are written to OUT as JSON.
The code and the settings are those of the folder that it runs in. A contract between commits: keep the words.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from pipelines import imports_done
from pipelines.arms import Arm
from pipelines.comparison import gather, judge_arms
from pipelines.errors import BadInput, exit_on_bad_input
from pipelines.gate.outcome import Check, Estimate, Outcome
from pipelines.git import git
from pipelines.graph import run_module
from pipelines.paths import BUILD, SCORES
from pipelines.settings.gate import gate_settings

OURS = (
    "pipelines/gate",
    "pipelines/judge.py",
    "pipelines/comparison.py",
    "pipelines/evidence.py",
    "pipelines/arms.py",
    "pipelines/probes",
    "pipelines/stages/probe.py",
    "pipelines/stages/rescore.py",
    "pipelines/settings/gate.py",
    "configs/gate.yaml",
)


def edits_of_the_gate(root: Path, base: str, head: str) -> list[str]:
    """The files of the gate that differ between two commits: its code and its settings."""
    return git(root, "diff", "--name-only", base, head, "--", *OURS).splitlines()


def judged_by_base(head: Arm, base: Arm, edited: list[str], *, quick: bool) -> list[Check]:
    """The checks as base's gate makes them, and one that asks for an owner of the gate."""
    out = head.root / BUILD / "checks.json"
    words = [head.root.resolve(), base.root, base.scores, out.resolve(), "quick" if quick else "full"]
    done = run_module(base.root, "pipelines.judge", *map(str, words))
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return [Check("base's gate", Outcome.INVALID, f"{edited[0]} changed, and base's gate could not run: {said}")]
    said = f"{edited[0]} changed: base's gate and settings judged this, and an owner of the gate must look"
    asks = Check("needs owner", Outcome.PASS, said, gating=False)
    return [asks, *(_check(one) for one in json.loads(out.read_text(encoding="utf-8")))]


def _check(document: dict[str, object]) -> Check:
    estimate = document.pop("estimate")
    found = Estimate(**estimate) if isinstance(estimate, dict) else None
    known = {key: value for key, value in document.items() if key in Check.__dataclass_fields__}
    return Check(**{**known, "outcome": Outcome(document["outcome"])}, estimate=found)  # type: ignore[arg-type]


def main() -> int:
    """Judge as the command line says."""
    if len(sys.argv) != 6:
        raise BadInput("judge takes five words: HEAD BASE SCORES OUT quick|full")
    head_root, base_root, scores, out, how = sys.argv[1:]
    head, base = Arm(Path(head_root), Path(head_root) / SCORES), Arm(Path(base_root), Path(scores))
    settings = gate_settings()
    checks = judge_arms(head, base, gather(head, base, settings), settings, quick=how == "quick")
    Path(out).write_text(json.dumps([asdict(check) for check in checks]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    imports_done()
    sys.exit(exit_on_bad_input(main))
