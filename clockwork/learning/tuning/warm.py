"""A warm start as part of the commit: configs/tuned.json, written by `python -m clockwork warm`.

Both commits of a pull request have the file in their own tree, so both start the same and spend the
same. The best point of the last search is tried first. Its other trials are taken over only where
rows, features, space and code are the same, for then they need not run again; scores from other
data mislead a sampler, so there the point is all.
"""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from clockwork.settings.models import ModelSettings, Params
from clockwork.settings.strict import Strict, parse, shown
from clockwork.support.errors import BadInput
from clockwork.support.paths import CONFIGS, TUNING

FILE = CONFIGS / "tuned.json"


class Trial(Strict):
    """One finished trial, as build/tuning has it."""

    number: int
    state: Literal["complete", "pruned"]
    score: float
    rounds: int = Field(ge=0)
    params: Params
    curve: list[float] = Field(min_length=1)


class Warm(Strict):
    """What configs/tuned.json keeps of an algorithm's last search; nothing where there was none."""

    digest: str = ""
    params: Params = {}
    trials: list[Trial] = []


def read_warm(algorithm: str, root: Path = Path()) -> Warm:
    """What is kept of `algorithm` in the checkout at `root`."""
    return parse(_read(root / FILE).get(algorithm, {}), Warm, f"{shown(root / FILE)}: {algorithm}")


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BadInput(
            f"{shown(path)}: not readable as JSON: {error}; "
            "write it with `python -m clockwork warm`"
        ) from None
    if not isinstance(document, dict):
        raise BadInput(f"{shown(path)}: not an object; write it with `python -m clockwork warm`")
    return document


def known_trials(
    warm: Warm, digest: str, settings: ModelSettings, most: int
) -> list[dict[str, Any]]:
    """The trials that need not run again, as they were made: none where `digest` is not theirs.

    Of more than `most` those are the best. Raises `BadInput` for a point outside the space, or a
    score that is not its curve's: no search writes those.
    """
    if not warm.trials or warm.digest != digest:
        return []
    from clockwork.learning.tuning.space import complete

    for trial in warm.trials:
        if not complete(trial.params, settings) or trial.score != max(trial.curve):
            raise BadInput(
                f"{FILE}: trial {trial.number} is not one that this search writes; "
                "write the file with `python -m clockwork warm`"
            )
    best_first = sorted(warm.trials, key=lambda trial: (trial.state != "complete", -trial.score))
    # The first of many good ones is taken, and a search that stalled is known by its last ones.
    made = sorted(best_first[:most], key=lambda trial: trial.number)
    return [trial.model_dump() for trial in made]


def points(warm: Warm, settings: ModelSettings) -> tuple[list[Params], list[str]]:
    """The points to try first, and what of the warm one fits the space no longer, to report."""
    from clockwork.learning.tuning.space import fitting  # brings Optuna, which only a search needs

    kept, dropped = fitting(warm.params, settings)
    first = [kept] if kept else []
    return [*first, *(point for point in settings.start if point not in first)], dropped


def write_warm(algorithms: list[str]) -> str:
    """Keep in configs/tuned.json what build/tuning has of `algorithms`; gives a line about it."""
    kept = {}
    for algorithm in algorithms:
        path = TUNING / f"{algorithm}.json"
        kept[algorithm] = (
            _kept(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
        )
    if not any(kept.values()):
        raise BadInput(f"{TUNING}: no search has run here; run `python -m clockwork run` first")
    FILE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return (
        f"{FILE}: "
        f"the next searches start from {', '.join(name for name in kept if kept[name])}; commit it"
    )


def _kept(tuned: dict[str, Any]) -> dict[str, Any]:
    trials = tuned["trials"]
    if not trials:
        return {}
    params = trials[tuned["taken"]]["params"]
    return {"digest": tuned["digest"], "params": params, "trials": trials}
