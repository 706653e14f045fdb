"""A simulated day of a fleet, a tick a minute.

It gives scores against the batch path, seconds, memory, alerts and a picture.
"""

import json
import resource
import sys
import time
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.fleet.alerts import Alerts
from clockwork.fleet.model import Model
from clockwork.learning.keys import ENTITY, TIME
from clockwork.learning.ticks.compiled import Compiled
from clockwork.learning.ticks.state import Rows
from clockwork.learning.ticks.tick import tick
from clockwork.project import build_features
from clockwork.selftest.page import svg

RECIPE, PICTURE = Path("seeds") / "fleet-10k.yaml", Path("build") / "fleet-day.svg"
# Minutes until the longest window is full; devices that the batch path takes at a time.
WARM, BLOCK = 70, 250
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fleet:
    """Raw rows: values, whether a row is there, names, first minute.

    Values are (minutes, devices, metrics), whether a row is there (minutes, devices).
    """

    values: npt.NDArray[np.float32]
    there: npt.NDArray[np.bool_]
    names: npt.NDArray[Any]
    start: int


@dataclass(frozen=True)
class Day:
    """What became of it.

    Scores are (minutes, devices), NaN without a row; the others are by minute, `grown` in MB.
    """

    scores: Floats
    clock: Floats
    processor: Floats
    alerts: npt.NDArray[np.int64]
    sent: npt.NDArray[np.int64]
    grown: float
    state: float

    @property
    def p99(self) -> float:
        """The 99th percentile of a tick's seconds to their median, by the clock."""
        full = self.clock[WARM:]
        return float(np.quantile(full, 0.99) / np.median(full))


def grown(recipe: Path, metrics: list[str]) -> Fleet:
    """The first day of the fleet that the recipe asks for."""
    seed = import_module("seeds.fleet")  # a team may have deleted it
    asked = seed.load(recipe)
    start = int(np.datetime64(asked.start, "m").astype(np.int64))
    values = np.full((1440, asked.devices, len(metrics)), np.nan, dtype=np.float32)
    there = np.zeros((1440, asked.devices), dtype=np.bool_)
    for device in range(asked.devices):
        rows = seed.grow(asked, [device]).to_pandas()
        minute = rows["time"].to_numpy(dtype="datetime64[m]").astype(np.int64) - start
        today = minute < len(values)
        values[minute[today], device] = rows[metrics].to_numpy(dtype=np.float32)[today]
        there[minute[today], device] = True
    names = np.array([seed.name_of(asked, device) for device in range(asked.devices)], dtype=object)
    return Fleet(values, there, names, start)


def followed(model: Model, fleet: Fleet) -> Day:
    """Every minute of the fleet as one tick."""
    state, alerts = model.state(), Alerts(model.threshold, model.fleet)
    minutes = len(fleet.there)
    scores = np.full(fleet.there.shape, np.nan)
    place = {name: at for at, name in enumerate(fleet.names.tolist())}
    seconds, counts, before = np.zeros((2, minutes)), np.zeros((2, minutes), dtype=np.int64), 0.0
    for minute in range(minutes):
        at = np.flatnonzero(fleet.there[minute])
        now = fleet.start + minute
        rows = Rows(
            fleet.names[at], np.full(len(at), now, dtype=np.int64), fleet.values[minute, at]
        )
        begun = time.perf_counter(), time.process_time()
        found = tick(state, now, rows)
        seconds[:, minute] = time.perf_counter() - begun[0], time.process_time() - begun[1]
        scores[minute, [place[name] for name in found.entity.tolist()]] = found.score
        sent = alerts.take(found)
        counts[:, minute] = len(alerts.open), len(sent)
        before = resident() if minute == WARM else before
    kept = state.bytes / len(fleet.names) / 1e3
    return Day(scores, seconds[0], seconds[1], counts[0], counts[1], resident() - before, kept)


def rows_of(model: Model, fleet: Fleet, devices: slice = slice(None)) -> pd.DataFrame:
    """The rows of some devices as the batch path takes them, by device and minute."""
    device, minute = np.nonzero(fleet.there[:, devices].T)
    frame = pd.DataFrame(fleet.values[:, devices][minute, device], columns=model.metrics)
    names = pd.Index(fleet.names[devices].astype(str))
    frame.insert(0, ENTITY, pd.Series(pd.Categorical.from_codes(device, names)))
    frame.insert(1, TIME, fleet.start + minute)
    return frame


def features_of(model: Model, rows: pd.DataFrame) -> npt.NDArray[np.float32]:
    """The features of the batch path (rows, features) on rows of `rows_of`."""
    how = model.how.model_copy(update={"every": model.every})
    return np.asarray(build_features(rows, model.metrics, model.data.grid, how)[1])


def differing(model: Model, fleet: Fleet, scores: Floats) -> int:
    """How many rows the batch path gives another score, by any bit."""
    count = 0
    for first in range(0, len(fleet.names), BLOCK):
        devices = slice(first, first + BLOCK)
        batch = model.trained.score(features_of(model, rows_of(model, fleet, devices)))
        count += int((batch != scores.T[devices][fleet.there.T[devices]]).sum())
    return count


def resident() -> float:
    """What the process holds now, in MB; its peak would be that of reading the rows."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize() / 1e6


def drawn(day: Day) -> str:
    """The day as SVG text, in stretches of ten minutes.

    It shows milliseconds of a tick, rows scored, alerts open and sent.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from clockwork.report.plots import STYLE

    def stretches(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values[: len(values) // 10 * 10].reshape(-1, 10)

    with mpl.rc_context({**STYLE, "svg.hashsalt": "fleet"}):
        figure = Figure(figsize=(7, 5), layout="constrained")
        latency, rows, alerts = figure.subplots(3, sharex=True)
        milliseconds = 1e3 * stretches(day.clock)
        hour = np.arange(len(milliseconds)) / 6
        latency.plot(hour, np.median(milliseconds, axis=1), label="median of ten ticks")
        latency.plot(hour, milliseconds.max(axis=1), label="slowest of ten", linewidth=0.8)
        latency.set(
            ylabel="ms a tick",
            ylim=(0, None),
            title=f"{day.scores.shape[1]:,} devices, a tick a minute",
        )
        rows.plot(hour, np.median(stretches((~np.isnan(day.scores)).sum(axis=1)), axis=1))
        rows.set(ylabel="scores a tick")
        alerts.plot(hour, stretches(day.alerts).max(axis=1), label="open")
        alerts.plot(hour, stretches(day.sent).sum(axis=1), label="sent in ten minutes")
        alerts.set(ylabel="alerts", xlabel="hour of the day", ylim=(0, None))
        for axes in (latency, alerts):
            axes.legend(frameon=False)
        return svg(figure)


def loaded(root: Path) -> Model:
    """The model of the checkout at `root`, for which every device is scored each minute."""
    model = Model.load(root, "lightgbm")
    return replace(model, fleet=model.fleet.model_copy(update={"every": 1}))


def costs(compiled: Model, fleet: Fleet, day: Day) -> dict[str, float]:
    """What the ticks of a day took; those of `compiled`, too, where its loops can be compiled."""
    found = {
        "tick": 1e3 * float(np.median(day.processor[WARM:])),
        "p99": day.p99,
        "differ": float(differing(compiled, fleet, day.scores)),
        "grown": day.grown,
        "state": day.state,
    }
    if compiled.kind is not Compiled:
        return found
    again = followed(compiled, fleet)
    differ = (again.scores != day.scores) & ~(np.isnan(again.scores) & np.isnan(day.scores))
    return {
        **found,
        "compiled": 1e3 * float(np.median(again.processor[WARM:])),
        "compiled_differ": float(differ.sum()),
    }


def measured(root: Path, recipe: Path, picture: Path) -> dict[str, float]:
    """The day of the recipe with the model of the checkout at `root`; writes the picture."""
    model = loaded(root)
    fleet = grown(recipe, model.metrics)
    day = followed(model.plain(), fleet)
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text(drawn(day), encoding="utf-8")
    sent = float(day.sent.sum())
    return {"ticks": float(len(day.clock)), "sent": sent, **costs(model, fleet, day)}


if __name__ == "__main__":
    print(json.dumps(measured(Path(), Path(sys.argv[1]), Path(sys.argv[2]))))  # noqa: T201
