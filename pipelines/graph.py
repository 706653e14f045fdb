"""Run the graph of one checkout: the data first, then `dvc repro`, the algorithms side by side."""

import configparser
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from pipelines.errors import BadInput
from pipelines.libraries import interpreter
from pipelines.paths import BUILD, FEATURES

Say = Callable[[str], None]
UP_TO_DATE = "Data and pipelines are up to date."
BUSY = ("Unable to acquire lock", "is busy, it is being blocked")
TRIES = 10
TABLE = "┏┃┡│└ "
NOTHING = "nothing changed: every stage comes from the cache"
DATA = "data.dvc"


def run_graph(root: Path, algorithms: list[str], say: Say, *, probe: bool = True) -> None:
    """Bring every output of the checkout at `root` up to date; `say` gets a line for each stage that ran.

    `probe` adds the experiments on the commit's own code, which only a head needs.

    Raises `BadInput` with the failing stage's own line where a stage ends in an error.
    """
    fetch_data(root, say)
    wanted = [f"score@{name}" for name in algorithms] + ["probe"] * probe
    built = (root / FEATURES).exists()
    if built and UP_TO_DATE in run_module(root, "dvc", "repro", "--dry", *wanted).stdout:
        say(NOTHING)
        return
    ran: list[str] = []

    def tell(line: str) -> None:
        ran.append(line)
        say(line)

    _repro(root, ["split"], tell)
    chains = [chain for chain in (algorithms[:1], algorithms[1:]) if chain]
    with ThreadPoolExecutor(max_workers=2) as pool:
        for done in [pool.submit(_repro, root, _alone(chain), tell) for chain in chains]:
            done.result()
    if probe:
        _repro(root, ["--single-item", "probe"], tell)
    if not ran:
        say(NOTHING)


def run_pool(root: Path, algorithms: list[str], say: Say) -> None:
    """Train the pool of seeds of each of `algorithms` in the checkout at `root`, whose graph has run."""
    _repro(root, ["--single-item", *(f"pool@{name}" for name in algorithms)], say)


def _alone(algorithms: list[str]) -> list[str]:
    # Whole chains would each lock the stages above them; single stages, in order, run side by side.
    stages = [f"{stage}@{name}" for name in algorithms for stage in ("tune", "train", "score")]
    return ["--single-item", *stages]


def fetch_data(root: Path, say: Say) -> None:
    """Make data/ what data.dvc pins: from the cache, else from a remote, else grown from the recipe in seeds/."""
    pin = root / DATA
    if not pin.exists():
        raise BadInput(f"{DATA}: no such file; pin the data with `dvc add data`")
    if (root / _pinned(pin)["path"]).exists():
        return
    if not run_module(root, "dvc", "checkout", DATA).returncode:
        return
    if _has_remote(root):
        done = run_module(root, "dvc", "pull", DATA)
        if done.returncode:
            raise BadInput(f"{DATA}: dvc pull failed: {_last_line(done.stderr)}")
        say("data: fetched from the DVC remote")
        return
    _grow(root, say)


def _grow(root: Path, say: Say) -> None:
    if not (root / "seeds" / "fleet.py").exists():
        raise BadInput(f"{DATA}: data/ is not in the cache and no DVC remote is set; add one with `dvc remote add -d`")
    say("data: no DVC remote is set, growing the demo fleet from seeds/fleet.yaml")
    done = run_module(root, "seeds.fleet")
    if done.returncode:
        raise BadInput(f"seeds/fleet.py: {_last_line(done.stderr)}")
    pinned = (root / DATA).read_bytes()
    run_module(root, "dvc", "commit", "--force", "--quiet", DATA)
    if (root / DATA).read_bytes() != pinned:
        (root / DATA).write_bytes(pinned)
        raise BadInput(f"{DATA} pins other bytes than seeds/fleet.yaml grows; run `dvc add data` and commit {DATA}")


def data_hash(root: Path) -> str:
    """DVC's hash of the data of the checkout at `root`."""
    return _pinned(root / DATA)["md5"]


def _pinned(pin: Path) -> dict[str, str]:
    try:
        out = yaml.safe_load(pin.read_text(encoding="utf-8"))["outs"][0]
        return {"path": str(out["path"]), "md5": str(out["md5"])}
    except (OSError, yaml.YAMLError, KeyError, TypeError, IndexError):
        raise BadInput(f"{pin}: not a DVC file with one pinned output; write it anew with `dvc add data`") from None


def _has_remote(root: Path) -> bool:
    config = configparser.ConfigParser()
    config.read([root / ".dvc" / "config", root / ".dvc" / "config.local"])
    return config.has_option("core", "remote")


def _repro(root: Path, targets: list[str], say: Say) -> None:
    pull = ["--pull"] if _has_remote(root) else []
    for _ in range(TRIES):
        code, tail = _watch(root, [interpreter(root), "-m", "dvc", "repro", *pull, *targets], say)
        if code == 0:
            return
        # Two chains side by side want DVC's lock at once now and then; what is done by then is skipped.
        if not any(sign in line for line in tail for sign in BUSY):
            break
    for line in tail:
        if line[:1] in TABLE and line.strip():
            say(line)
    raise BadInput(_reason(tail))


def _watch(root: Path, words: list[str], say: Say) -> tuple[int, list[str]]:
    log = root / BUILD / "graph.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    tail: deque[str] = deque(maxlen=60)
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with (
        log.open("a", encoding="utf-8") as kept,
        subprocess.Popen(words, cwd=root, env=environment(words[0]), **piped) as running,  # type: ignore[call-overload]
    ):
        clock = _StageClock(say)
        for line in running.stdout:
            kept.write(line)
            tail.append(line.rstrip())
            clock.see(line)
        clock.stop()
    return running.returncode, list(tail)


class _StageClock:
    """Turns DVC's output into a line for each stage that ran, with its seconds."""

    def __init__(self, say: Say) -> None:
        self.say, self.stage, self.since = say, "", 0.0

    def see(self, line: str) -> None:
        if line.startswith("Running stage '"):
            self.stop()
            self.stage, self.since = line.split("'")[1], time.monotonic()
        elif line.startswith(("Stage '", "Updating lock", "ERROR")):
            self.stop()

    def stop(self) -> None:
        if self.stage:
            self.say(f"{self.stage:<24} {time.monotonic() - self.since:5.1f} s")
        self.stage = ""


def _reason(tail: list[str]) -> str:
    for start in ("error: ", "ERROR: "):
        told = [line.removeprefix(start) for line in tail if line.startswith(start)]
        if told:
            return told[-1] if start == "error: " else f"{told[-1]}; see build/graph.log"
    return "dvc repro failed; see build/graph.log"


def run_module(root: Path, module: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m module words` with the code of the checkout at `root`, and take what it prints."""
    command = [interpreter(root), "-m", module, *words]
    return subprocess.run(command, cwd=root, env=environment(command[0]), capture_output=True, text=True, check=False)


def environment(python: str = sys.executable) -> dict[str, str]:
    """The environment of every process that Clockwork starts: its Python first, one thread each."""
    own = {"DVC_NO_ANALYTICS": "1", "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
    path = os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", "")])
    return {**os.environ, **own, "PATH": path, "PYTHONPATH": "", "COLUMNS": "110"}


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]
