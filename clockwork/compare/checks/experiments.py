"""What the experiments on head's own code found."""

from clockwork.compare.built_commit import BuiltCommit
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.learning.probes.probe import OF_A_MODEL, OF_THE_COMMIT
from clockwork.learning.tables import read_json
from clockwork.settings.gate import GateSettings
from clockwork.support.paths import PROBES

SKIPPED = Check(
    CheckId.EXPERIMENTS, Outcome.CANNOT_TELL, "left out: this run is a quick one", gating=False
)


def probe_checks(head: BuiltCommit, settings: GateSettings, *, quick: bool = False) -> list[Check]:
    """What the experiments on head found: a broken one is suspicious until a person explains it.

    A `quick` run leaves them out, and says so.
    """
    if quick:
        return [SKIPPED]
    if not (head.root / PROBES).exists():
        return [
            Check(
                CheckId.EXPERIMENTS,
                Outcome.INVALID,
                f"{PROBES} is missing: the experiments on head did not run",
            )
        ]
    found = {
        (probe["id"], probe["algorithm"]): probe
        for probe in read_json(head.root / PROBES)["probes"]
    }
    gating = [name for name, role in settings.algorithms.items() if role == "gating"]
    expected: list[tuple[str, str | None]] = [(name, None) for name in OF_THE_COMMIT]
    expected += [(name, algorithm) for name in OF_A_MODEL for algorithm in gating]
    checks = [
        Check(name, Outcome.INVALID, "this experiment did not run", algorithm=algorithm)
        for name, algorithm in expected
        if (name, algorithm) not in found
    ]
    for (name, algorithm), probe in found.items():
        outcome = Outcome.PASS if probe["held"] else Outcome.SUSPICIOUS
        gates = algorithm is None or algorithm in gating
        checks.append(Check(name, outcome, probe["message"], gating=gates, algorithm=algorithm))
    return checks
