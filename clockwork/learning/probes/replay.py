"""replay ALGORITHM MADE REAL OTHER...: go through the search that wrote MADE again, in each folder.

With the code that it runs with. The first trial and the one that was taken are scored anew after
their first step; for the rest the search is shown the learning curves that MADE holds, so that
everything is decided again but hardly a tree is grown twice. REAL is a folder in which nothing was
changed.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from clockwork.learning.probes.repeat import LAST_BITS
from clockwork.learning.stages import tune
from clockwork.learning.tables import read_json
from clockwork.learning.tuning.curves import Curve
from clockwork.learning.tuning.job import Job
from clockwork.learning.tuning.results import taken_over
from clockwork.learning.tuning.study import begin
from clockwork.settings.models import Params
from clockwork.support.paths import TUNING

Made = dict[str, Any]


class OtherTrial(Exception):
    """The search asks for a trial that was not made."""


@dataclass(frozen=True)
class Search:
    """The search of `algorithm` that wrote `made`, to go through once more in other folders."""

    algorithm: str
    made: Made

    def difference(self, real: str, others: list[str]) -> str:
        """What the search does otherwise in `others`, in a sentence; empty where nothing."""
        found = self._rescored(others[0])
        if found:
            return found
        # Several workers make trials in an order that one by itself would not take. All of them are
        # there from the start then, and what is left to the search is to choose.
        in_order = not self._searched(real, in_order=True)
        return next(
            filter(None, (self._searched(folder, in_order=in_order) for folder in others)), ""
        )

    def _rescored(self, folder: str) -> str:
        os.chdir(folder)
        if not self.made["trials"]:
            return ""
        job = tune.prepared(self.algorithm)
        if job.digest != self.made["digest"]:
            return "the search is given other training rows, features or labels"
        for trial in [
            one for one in self.made["trials"] if one["number"] in (0, self.made["taken"])
        ]:
            first = [score for _, score in islice(job.curve_of(_params(job, trial)), 1)]
            if not np.allclose(first, trial["curve"][:1], rtol=LAST_BITS, atol=0):
                return f"trial {trial['number']} of the search has another score"
        return ""

    def _searched(self, folder: str, *, in_order: bool) -> str:
        os.chdir(folder)
        left = list(self.made["trials"])
        curve_of = Job.curve_of
        if in_order:
            Job.curve_of = lambda job, params: _curve(  # type: ignore[assignment, method-assign]
                job, params, left
            )
        elif left:
            _put(tune.prepared(self.algorithm), left)
        try:
            tune.main(self.algorithm)
        except OtherTrial as error:
            return f"the search tries other parameters: {error}"
        finally:
            Job.curve_of = curve_of  # type: ignore[method-assign]
        return _difference(self.made, read_json(TUNING / f"{self.algorithm}.json"))


def _params(job: Job, trial: Made) -> Params:
    return {**job.plan.settings.params, **trial["params"]}


def _put(job: Job, trials: list[Made]) -> None:
    study = begin(job.plan, job.storage)
    for at, trial in enumerate(trials):
        study.add_trial(taken_over(at, trial, job.plan.settings))


def _curve(job: Job, params: Params, left: list[Made]) -> Curve:
    at = next((at for at, trial in enumerate(left) if _params(job, trial) == params), None)
    if at is None:
        raise OtherTrial(json.dumps(params, sort_keys=True))
    return _steps(
        left.pop(at), job.plan.budget.rounds_per_step, int(params.get("rounds", sys.maxsize))
    )


def _steps(trial: Made, step: int, most: int) -> Iterator[tuple[int, float]]:
    for at, score in enumerate(trial["curve"], 1):
        yield (min(at * step, most) if trial["rounds"] else 0), score


def _difference(made: Made, found: Made) -> str:
    if found["params"] != made["params"]:
        moved = [
            f"{name} {value}"
            for name, value in found["params"].items()
            if made["params"].get(name) != value
        ]
        return f"the search chooses other parameters: {', '.join(moved)}"
    kept = ("params", "state", "score", "rounds", "curve")
    one, other = (
        [{key: trial[key] for key in kept} for trial in search["trials"]]
        for search in (made, found)
    )
    return "" if one == other else "the search comes to other trials"


def main(algorithm: str, made: str, real: str, *others: str) -> None:
    """Print what the search does otherwise, as the last line."""
    print(  # noqa: T201
        json.dumps(Search(algorithm, read_json(Path(made))).difference(real, list(others)))
    )
