"""Studies with trials that take their time, for workers that start in processes of their own."""

import time
from pathlib import Path

from clockwork.learning.tuning.curves import Curve
from clockwork.learning.tuning.owners import finished
from clockwork.learning.tuning.storage import Storage, open_study
from clockwork.learning.tuning.study import Plan, begin, work
from clockwork.settings.models import ModelSettings, Params, TuningSettings

SPACE = ModelSettings.model_validate({"search": {"rate": {"low": 0.0, "high": 1.0}}})
STEPS = 4


def plan(trials: int) -> Plan:
    """A search over one number."""
    budget = TuningSettings(
        trials=trials,
        seed=5,
        rounds_per_step=1,
        patience=STEPS,
        settle=0.0,
        startup_trials=1,
        pruner="none",
    )
    return Plan(SPACE, budget)


def place(storage: str) -> Storage:
    """A URL, or a path of a journal file."""
    return storage if "://" in storage else Path(storage)


def part(storage: str, trials: int, seconds: float) -> str | None:
    """A worker's share of the study in `storage`, whose trials take `seconds` each."""

    def curve_of(params: Params) -> Curve:
        for step in range(STEPS):
            time.sleep(seconds / STEPS)
            yield step, float(params["rate"]) * (step + 1)

    return work(begin(plan(trials), place(storage)), plan(trials), curve_of)


def done(storage: str, trials: int) -> int:
    """How many trials of the study are finished."""
    return len(finished(open_study("study", place(storage)).trials, trials))
