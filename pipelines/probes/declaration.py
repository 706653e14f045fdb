"""What the features look like, declared in configs/schema.lock: a new or changed feature shows in the pull request."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.data.split import TRAIN
from pipelines.errors import BadInput
from pipelines.paths import FEATURES, LOCK, SPLIT
from pipelines.probes.probe import DECLARED, Probe
from pipelines.stages.tables import read_keys, read_matrix

HEADER = "# What every feature looks like on the training rows: written by `python -m pipelines declare`."
REMEDY = "if that is meant, run `python -m pipelines declare` and commit configs/schema.lock"
MEAN, SPREAD, MISSING = 0.5, 1.5, 0.02  # in spreads of the declared feature, as a ratio, as a share of rows

KEYS = {"mean", "missing", "spread"}
Profile = dict[str, dict[str, float]]


def profile(x: npt.NDArray[np.float32], names: list[str]) -> Profile:
    """Per feature the share of missing values, mean and standard deviation over `x` (rows, features)."""
    there = ~np.isnan(x)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, x, 0).sum(axis=0, dtype=np.float64) / count
    spread = np.sqrt(np.where(there, (x - mean) ** 2, 0).sum(axis=0, dtype=np.float64) / count)
    missing = 1 - there.mean(axis=0)
    return {
        name: {"mean": _round(mean[at]), "missing": _round(missing[at]), "spread": _round(spread[at])}
        for at, name in enumerate(names)
    }


def _round(value: float) -> float:
    return float(f"{value:.3g}")


def declared(found: Profile, lock: Any) -> Probe:
    """Whether `found` is what configs/schema.lock declares: the same features, about the same values."""
    if not isinstance(lock, dict) or not lock:
        return Probe(DECLARED, False, f"configs/schema.lock declares no features; {REMEDY}")
    new, gone = sorted(set(found) - set(lock)), sorted(set(lock) - set(found))
    if new or gone:
        told = [f"'{name}' is new" for name in new[:3]] + [f"'{name}' is gone" for name in gone[:3]]
        return Probe(DECLARED, False, f"{len(new) + len(gone)} features differ ({', '.join(told)}); {REMEDY}")
    unsaid = [name for name in found if not _readable(lock[name])]
    if unsaid:
        return Probe(DECLARED, False, f"configs/schema.lock says nothing of '{unsaid[0]}' that can be read; {REMEDY}")
    moved = [told for name in found for told in _moved(name, found[name], lock[name])]
    if moved:
        return Probe(DECLARED, False, f"{len(moved)} differences, such as {moved[0]}; {REMEDY}")
    return Probe(DECLARED, True, f"{len(found)} features look as configs/schema.lock declares")


def declare(root: Path) -> str:
    """Write the profile of the features that the checkout at `root` has built into configs/schema.lock."""
    if not ((root / SPLIT).exists() and (root / FEATURES).exists()):
        raise BadInput(f"{SPLIT} is missing: run `make run` first")
    train = (read_keys(root / SPLIT)["part"] == TRAIN).to_numpy()
    found = profile(*read_matrix(root / FEATURES, train))
    lines = [f"{name}: {json.dumps(values)}" for name, values in sorted(found.items())]
    (root / LOCK).write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return f"{LOCK}: {len(found)} features declared; commit it"


def _readable(declared: Any) -> bool:
    numbers = declared.values() if isinstance(declared, dict) and set(declared) == KEYS else [None]
    return all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)


def _moved(name: str, ours: dict[str, float], theirs: dict[str, float]) -> list[str]:
    scale = max(theirs["spread"], 1e-6 * (1 + abs(theirs["mean"])))
    if abs(ours["mean"] - theirs["mean"]) > MEAN * scale:
        return [f"the mean of '{name}' is {ours['mean']:g}, declared {theirs['mean']:g}"]
    if max(ours["spread"], 1e-9) / max(theirs["spread"], 1e-9) > SPREAD:
        return [f"the spread of '{name}' is {ours['spread']:g}, declared {theirs['spread']:g}"]
    if max(theirs["spread"], 1e-9) / max(ours["spread"], 1e-9) > SPREAD:
        return [f"the spread of '{name}' is {ours['spread']:g}, declared {theirs['spread']:g}"]
    if abs(ours["missing"] - theirs["missing"]) > MISSING:
        return [f"{ours['missing']:.1%} of '{name}' are missing, declared {theirs['missing']:.1%}"]
    return []
