"""Ways to search for LightGBM's parameters on a checkout's training rows, each in its own process.

`python -m clockwork.selftest.bench.strategies '{"name": …}'` runs one, with the keys of `Task`,
and prints at its end what it found and what it spent: processor time, from the start of Python on.
All score a setting alike: the mean over the folds of `split` of the average precision on held-out
rows, models trained with the same seed.
"""

import json
import resource
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from clockwork.learning.data.split import TRAIN
from clockwork.learning.tables import read_keys, read_matrix
from clockwork.model import Folds
from clockwork.project import model_module
from clockwork.settings.data import data_settings
from clockwork.settings.models import ModelSettings, Params, Space, model_settings, tuning_settings
from clockwork.support.entry import run_main
from clockwork.support.paths import FEATURES, SPLIT

ALGORITHM = "lightgbm"
TRAINING_SEED = 7
MOST = 10_000  # trials, so that processor time is what ends a search
EQUAL = 1e-9


@dataclass(frozen=True)
class Task:
    """What to run. It ends with `cpu` seconds spent and `score` reached, else after `most` seconds.

    `first` is tried before all others; `surrogate` draws Clockwork's trials
    (clockwork.selftest.bench.proposals).
    """

    name: str = "grid"
    seed: int = 0
    cpu: float = 0
    score: float = float("-inf")
    most: float = float("inf")
    first: Params | None = None
    surrogate: str = "own"


@dataclass
class Trace:
    """What was found, and the best setting.

    `score` has the best score so far after each trial, `cpu` the seconds spent by then.
    """

    task: Task
    cpu: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    best: Params = field(default_factory=dict)

    def see(self, score: float, best: Params) -> None:
        """Note the best setting after a trial. Raises `Enough` where the task may end."""
        now = spent()
        self.cpu.append(now)
        self.score.append(score)
        self.best = best
        if now >= self.task.most or (now >= self.task.cpu and score >= self.task.score):
            raise Enough


class Enough(Exception):
    """The task is done."""


def spent() -> float:
    """Processor seconds of this process and of those that it waited for."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def grid(folds: Folds, settings: ModelSettings, trace: Trace) -> None:
    """scikit-learn's GridSearchCV over the lowest, middle and highest value of every parameter."""
    from lightgbm import LGBMClassifier
    from sklearn.model_selection import GridSearchCV

    train_params = import_module(model_module("lightgbm")).train_params
    own, rounds = train_params(settings.params, TRAINING_SEED)
    values = {name: three(space) for name, space in settings.search.items()}
    model = LGBMClassifier(
        n_estimators=rounds, **{name: one for name, one in own.items() if name not in values}
    )
    folded = list(zip(folds.train, folds.held_out, strict=True))
    search = GridSearchCV(
        model, values, scoring="average_precision", n_jobs=1, cv=folded, refit=False
    )
    search.fit(folds.x, folds.y)
    best = {
        name: one.item() if isinstance(one, np.generic) else one
        for name, one in search.best_params_.items()
    }
    trace.see(float(search.best_score_), {**settings.params, **best})


def three(space: Space) -> list[Any]:
    """Three values of a parameter: its ends and its middle, geometric on a logarithmic range."""
    if space.choices is not None:
        return list(space.choices[:3])
    assert space.low is not None
    assert space.high is not None
    middle = (space.low * space.high) ** 0.5 if space.log else (space.low + space.high) / 2
    return [space.low, round(middle) if space.whole else round(middle, 4), space.high]


def plain(folds: Folds, settings: ModelSettings, trace: Trace) -> None:
    """Optuna as documented: TPE, every trial trained to its end on rows that are binned for it."""
    import lightgbm as lgb
    import optuna
    from sklearn.metrics import average_precision_score

    from clockwork.learning.tuning.space import draw

    train_params = import_module(model_module("lightgbm")).train_params

    def objective(trial: optuna.Trial) -> float:
        own, rounds = train_params({**settings.params, **draw(trial, settings)}, TRAINING_SEED)
        scores = []
        for train, held_out in zip(folds.train, folds.held_out, strict=True):
            model = lgb.train(
                own, lgb.Dataset(folds.x[train], folds.y[train]), num_boost_round=rounds
            )
            scores.append(
                average_precision_score(folds.y[held_out], model.predict(folds.x[held_out]))
            )
        return float(np.mean(scores))

    def look(study: optuna.Study, _trial: object) -> None:
        trace.see(study.best_value, {**settings.params, **study.best_params})

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=trace.task.seed)
    )
    study.optimize(objective, n_trials=MOST, callbacks=[look])


def clockwork(folds: Folds, settings: ModelSettings, trace: Trace) -> None:
    """Clockwork's own search as the checkout configures it, but for its budget.

    The points of `start` are left out: whoever chose them knew such rows. It begins in the middle
    of the space.
    """
    from clockwork.learning.tasks.binary import average_precision
    from clockwork.learning.tuning.curves import Curve, curve
    from clockwork.learning.tuning.study import Plan, search
    from clockwork.project import find_model
    from clockwork.selftest.bench.proposals import use

    use(trace.task.surrogate)
    budget = tuning_settings().model_copy(
        update={"trials": MOST, "seed": trace.task.seed, "seconds": None, "stall": None}
    )
    best: list[tuple[float, Params]] = [(float("-inf"), {})]

    def curve_of(params: Params) -> Curve:
        own = curve(
            find_model(ALGORITHM),
            folds,
            params,
            TRAINING_SEED,
            budget.rounds_per_step,
            average_precision,
        )
        for rounds, score in own:
            if score > best[0][0]:
                best[0] = score, {**params, "rounds": rounds}
            yield rounds, score

    first = trace.task.first
    points = [{name: first[name] for name in settings.search}] if first else []
    plan = Plan(settings, budget, points)
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study.log"
        search(plan, curve_of, lambda _done, score: trace.see(score, best[0][1]), study)


STRATEGIES: dict[str, Callable[[Folds, ModelSettings, Trace], None]] = {
    "grid": grid,
    "plain": plain,
    "clockwork": clockwork,
}


def run(task: Task) -> Trace:
    """Run one strategy on the training rows."""
    trace, settings, folds = Trace(task), model_settings(ALGORITHM), training_folds()
    with suppress(Enough):
        STRATEGIES[task.name](folds, settings, trace)
    again = score_of(folds, trace.best)
    if abs(again - trace.score[-1]) > EQUAL:
        raise RuntimeError(f"{task.name} tells {trace.score[-1]} of a setting that scores {again}")
    return trace


def training_folds() -> Folds:
    """The folds of the checkout's training rows."""
    from clockwork.learning.tuning.folds import folds_of

    rows = read_keys(SPLIT)
    x, _ = read_matrix(FEATURES, (rows["part"] == TRAIN).to_numpy())
    return folds_of(x, rows, data_settings().split)


def score_of(folds: Folds, params: Params) -> float:
    """The cross-validated score of a setting, trained anew: what all strategies are compared by."""
    from clockwork.learning.tasks.binary import average_precision
    from clockwork.project import find_model

    scores = []
    for train, held_out in zip(folds.train, folds.held_out, strict=True):
        model = find_model(ALGORITHM).fit(folds.x[train], folds.y[train], params, TRAINING_SEED)
        scores.append(average_precision(folds.y[held_out], model.score(folds.x[held_out])))
    return float(np.mean(scores))


def main(task: str) -> None:
    """Run the task that `task` holds as JSON and print its trace."""
    trace = run(Task(**json.loads(task)))
    print(json.dumps({"cpu": trace.cpu, "score": trace.score, "best": trace.best}))  # noqa: T201


if __name__ == "__main__":
    run_main(main)
