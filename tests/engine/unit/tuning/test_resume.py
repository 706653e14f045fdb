"""A killed search goes on where it was.

Nothing finished is lost or counted twice, and the answer is the same.
"""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import yaml

import pipelines
from clockwork.learning.data.split import TRAIN
from clockwork.learning.tables import write_parts
from clockwork.learning.tuning.owners import FINISHED
from clockwork.learning.tuning.storage import open_study

ROOT = Path(pipelines.__path__[0]).parent
ROWS, TRIALS = 6000, 6
SLOW = {"patience": 99, "pruner": "none"}  # every trial takes long enough to be killed in it
SEARCH = {
    "params": {"rounds": 80, "min_data_in_leaf": 5},
    "search": {
        "num_leaves": {"low": 8, "high": 31},
        "learning_rate": {"low": 0.05, "high": 0.3, "log": True},
    },
}


def lay_out(root: Path) -> None:
    """What the tune stage reads, for a search of a few seconds."""
    rng = np.random.default_rng(6)
    label = (rng.random(ROWS) < 0.1).astype(np.int8)
    x = (rng.normal(size=(ROWS, 20)) + 0.5 * label[:, None]).astype(np.float32)
    entity = np.arange(ROWS) // 50
    keys = pd.DataFrame(
        {
            "entity": pd.Categorical([f"d{one}" for one in entity]),
            "time": np.arange(ROWS),
            "label": label,
        }
    )
    write_parts(root / "build" / "features", [(keys, x)], [f"f{at}" for at in range(20)])
    (root / "build" / "split").mkdir()
    rows = keys.assign(part=np.int8(TRAIN), fold=(entity % 3).astype(np.int8))
    rows.to_parquet(root / "build" / "split" / "rows.parquet", index=False)
    (root / "configs" / "models").mkdir(parents=True)
    for name in ("data.yaml", "engine.yaml"):
        (root / "configs" / name).write_text(
            (ROOT / "configs" / name).read_text(encoding="utf-8"), encoding="utf-8"
        )
    budget = yaml.safe_load((ROOT / "configs" / "tuning.yaml").read_text(encoding="utf-8"))
    (root / "configs" / "tuning.yaml").write_text(
        yaml.safe_dump({**budget, **SLOW, "trials": TRIALS}), encoding="utf-8"
    )
    (root / "configs" / "models" / "lightgbm.yaml").write_text(
        yaml.safe_dump(SEARCH), encoding="utf-8"
    )


def start(root: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "pipelines.stages.tune", "lightgbm"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(words, cwd=root, env=environment, stdout=subprocess.PIPE, text=True)


def kill_after(process: "subprocess.Popen[str]", line: str) -> None:
    """Kill the process without warning in the middle of the trial that begins after `line`."""
    assert process.stdout
    for reported in process.stdout:
        if reported.startswith(line):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def journal(root: Path) -> list[Any]:
    (log,) = (root / "build" / "studies").glob("lightgbm-*.log")
    return list(open_study(log.stem, log).trials)


def finish(root: Path) -> str:
    """What the stage says when it is let run to its end."""
    reported, _ = start(root).communicate()
    return reported


def test_a_search_that_was_killed_twice_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for root in (whole, cut):
        lay_out(root)
    assert f"trial {TRIALS}/{TRIALS} best" in finish(whole)
    kill_after(start(cut), "trial 1/")
    kill_after(start(cut), "trial 3/")
    assert not (cut / "build" / "tuning").exists()
    assert sum(trial.state in FINISHED for trial in journal(cut)) >= 3

    reported = finish(cut)
    kept = int(reported.split(" of ")[0])
    assert kept >= 3
    assert re.findall(r"trial (\d+)/", reported) == [
        str(number) for number in range(kept + 1, TRIALS + 1)
    ]
    answers = [
        (root / "build" / "tuning" / "lightgbm.json").read_text(encoding="utf-8")
        for root in (whole, cut)
    ]
    assert answers[0] == answers[1]

    states = Counter(one.state for one in journal(cut))
    assert sum(states[one] for one in FINISHED) == TRIALS
    assert set(states) <= {*FINISHED, optuna.trial.TrialState.FAIL}
    assert finish(cut).startswith(
        f"{TRIALS} of {TRIALS} trials are known already, from build/studies/lightgbm-"
    )
