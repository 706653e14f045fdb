"""Run the graph of one checkout: the data first, then `dvc repro`, the algorithms side by side."""

import json
import subprocess
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.dvc_settings import has_remote
from clockwork.support.entry import TIMED
from clockwork.support.errors import BadInput
from clockwork.support.libraries import interpreter
from clockwork.support.paths import BUILD, FEATURES, SPLIT
from clockwork.support.pinned import bring_data, fetch_data, pins
from clockwork.support.subprocesses import dvc_command, environment, last_line

REASON = "error: "  # what a stage's own reason begins with
TABLE = "┏┃┡│└ "
LINES = 8  # of a stage that ended without a reason
NOTHING = "nothing changed: every stage comes from the cache"


def run_graph(
    checkout: Checkout, algorithms: list[str], report: Report, *, probe: bool = True
) -> None:
    """Bring every output of `checkout` up to date; `report` gets a line for each stage that ran.

    `probe` adds the experiments on the commit's own code, which only a head needs.

    Raises `BadInput` with the failing stage's own line where a stage ends in an error.
    """
    kept = fetch_data(checkout, report)
    built = (checkout / FEATURES).exists()
    moved = graph_status(checkout, algorithms, probe=probe) if built else None
    if moved is not None and not moved:
        report(NOTHING)
        return
    if kept:
        bring_data(checkout, report, moved)
    ran: list[str] = []

    def tell(line: str) -> None:
        ran.append(line)
        report(line)

    if moved is None or moved.keys() - {"probe", *_chain(algorithms)}:
        _repro(checkout, ["split"], tell)
    chains = [chain for chain in (algorithms[:1], algorithms[1:]) if chain]
    # Chains with what is above them would each lock that; single stages, in order, run side by
    # side.
    with ThreadPoolExecutor(max_workers=2) as pool:
        for done in [
            pool.submit(_repro, checkout, ["--single-item", *_chain(chain)], tell)
            for chain in chains
        ]:
            done.result()
    if probe:
        _repro(checkout, ["--single-item", "probe"], tell)
    if not ran:
        report(NOTHING)


def graph_status(
    checkout: Checkout, algorithms: list[str], *, probe: bool = True
) -> dict[str, Any] | None:
    """What DVC says of each stage that a run needs, and of the pins, that is not up to date.

    None where it cannot.
    """
    wanted = [f"score@{name}" for name in algorithms] + ["probe"] * probe
    done = checkout.run(
        "dvc", "status", "--json", "--with-deps", *wanted, *dict.fromkeys(pins(checkout).values())
    )
    found: dict[str, Any] | None = json.loads(done.stdout) if done.returncode == 0 else None
    return found


def check_features(checkout: Checkout) -> None:
    """Raise `BadInput` where build/ holds features of other data, code or settings than now."""
    if not (checkout / SPLIT).exists():
        return
    done = checkout.run("dvc", "status", "--json", "--with-deps", "split")
    if done.returncode == 0 and json.loads(done.stdout):
        raise BadInput(
            f"{FEATURES} is of other data, code or settings than these: run `make run` first"
        )


def run_extra_seeds(checkout: Checkout, algorithms: list[str], report: Report) -> None:
    """Train the extra seeds of each of `algorithms` in `checkout`, whose graph has run."""
    _repro(checkout, ["--single-item", *(f"pool@{name}" for name in algorithms)], report)


def _chain(algorithms: list[str]) -> list[str]:
    return [f"{stage}@{name}" for name in algorithms for stage in ("tune", "train", "score")]


def _repro(checkout: Checkout, targets: list[str], report: Report) -> None:
    # Two chains side by side want DVC's lock at once now and then.
    args = [
        "--wait-for-lock",
        "repro",
        *(["--pull"] if has_remote(checkout.root) else []),
        *targets,
    ]
    code, tail = _watch(checkout, dvc_command(interpreter(checkout.root), *args), report)
    if code == 0:
        return
    lines = [line for line in tail if line.strip()]
    reasons = [line.removeprefix(REASON) for line in lines if line.startswith(REASON)]
    for line in [line for line in lines if line[0] in TABLE] if reasons else lines[-LINES:]:
        report(line)
    raise BadInput(
        reasons[-1]
        if reasons
        else f"dvc repro: {last_line(chr(10).join(lines))}; see build/graph.log"
    )


def _watch(checkout: Checkout, command: list[str], report: Report) -> tuple[int, list[str]]:
    """Run `command`, report the seconds each stage of ours gives; its exit code and last lines."""
    log = checkout / BUILD / "graph.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    tail: deque[str] = deque(maxlen=60)
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    text = {"encoding": "utf-8", "errors": "replace"}
    with (
        log.open("a", encoding="utf-8") as kept,
        subprocess.Popen(
            command, cwd=checkout.root, env=environment(command[0]), **pipes, **text
        ) as running,  # type: ignore[call-overload]
    ):
        for line in running.stdout:
            kept.write(line)
            if line.startswith(TIMED):
                report(line.removeprefix(TIMED).rstrip())
            else:
                tail.append(line.rstrip())
    return running.returncode, list(tail)
