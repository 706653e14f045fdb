"""What a minute of a fleet costs, in this process: figures by the names that bench/fleet uses."""

import json
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from clockwork.fleet.http import ARROW, app
from clockwork.fleet.model import Model
from clockwork.fleet.station import Station
from clockwork.learning.data.rows import read_rows
from clockwork.learning.ticks.compiled import Compiled
from clockwork.learning.ticks.state import Rows, State
from clockwork.learning.ticks.tick import tick
from clockwork.project import build_features
from clockwork.selftest.bench.day import resident

DEVICES, WARM, STRETCH, START = 10_000, 70, 120, 29_000_000
Values = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


def measured(root: Path) -> dict[str, float]:
    """One repeat, in this process: figures by the names that `fleet_figures` uses."""
    loaded = Model.load(root, "lightgbm")
    compiled = replace(loaded, fleet=loaded.fleet.model_copy(update={"every": 1}))
    model = compiled.plain()
    real = read_rows(model.data, root)[model.metrics].to_numpy(np.float32)
    history, state = _history(real), model.state()
    found, cpu, clock, grown = _ticks(state, history)
    mine, x = np.median(cpu[WARM:]), _features(model, state, history)
    trees = _median(lambda: model.trained.score(x[-DEVICES:]))
    return {
        "tick": 1e3 * mine,
        "trees": 1e3 * trees,
        "to_trees": mine / trees,
        "served": _served(model, history) / mine,
        "p99": float(np.quantile(clock[WARM:], 0.99) / np.median(clock[WARM:])),
        "differ": float((found != model.trained.score(x)).sum()),
        "http": _over_http(model, history) / mine,
        "million": 100 * mine,
        "state": state.bytes / DEVICES / 1e3,
        "grown": grown,
        **(
            _compiled(compiled, history, model.trained.score(x))
            if compiled.kind is Compiled
            else {}
        ),
    }


def _ticks(state: State, history: Values) -> tuple[Floats, list[float], list[float], float]:
    # Scores, seconds of the processor's and the clock's time, and MB that memory grew by.
    found, cpu, clock, before = [], [], [], 0.0
    for at, values in enumerate(history):
        began, since = time.process_time(), time.perf_counter()
        found.append(tick(state, START + at, _rows(values, at)).score)
        cpu.append(time.process_time() - began)
        clock.append(time.perf_counter() - since)
        before = resident() if at == WARM else before
    return np.concatenate(found), cpu, clock, resident() - before


def _compiled(model: Model, history: Values, expected: Floats) -> dict[str, float]:
    found, cpu, _, _ = _ticks(model.state(), history)
    mine = float(np.median(cpu[WARM:]))
    differ = float((found != expected).sum())
    return {"compiled": 1e3 * mine, "compiled_differ": differ, "compiled_million": 100 * mine}


def _history(real: Values) -> Values:
    # (minutes, devices, metrics): each device reads the demo's rows from a place of its own; 1 % of
    # samples is missing.
    rng = np.random.default_rng(3)
    start = rng.integers(0, len(real) - WARM - STRETCH, DEVICES)
    values = np.stack([real[start + minute] for minute in range(WARM + STRETCH)])
    values[rng.random(values.shape) < 0.01] = np.nan
    return values


NAMES = np.array([f"device-{number:05d}" for number in range(DEVICES)], dtype=object)


def _rows(values: Values, at: int) -> Rows:
    return Rows(NAMES, np.full(DEVICES, START + at, dtype=np.int64), values)


def _features(model: Model, state: State, history: Values) -> Values:
    # Of the batch path, in the order of the ticks.
    frame = pd.DataFrame(
        history.transpose(1, 0, 2).reshape(-1, history.shape[2]), columns=model.metrics
    )
    frame.insert(
        0,
        "entity",
        pd.Series(
            pd.Categorical.from_codes(
                np.repeat(np.arange(DEVICES), len(history)), pd.Index(NAMES.astype(str))
            )
        ),
    )
    frame.insert(1, "time", np.tile(START + np.arange(len(history)), DEVICES))
    _, x = build_features(frame, model.metrics, model.data.grid, state.how)
    order = tick(state, START + len(history), _rows(history[-1], len(history))).entity
    rank = np.asarray([int(name[-5:]) for name in order])
    return np.asarray(
        np.asarray(x)
        .reshape(DEVICES, len(history), -1)[rank]
        .transpose(1, 0, 2)
        .reshape(len(x), -1)
    )


def _served(model: Model, history: Values) -> float:
    # Seconds of processor time of today's served model: the longest window of every device, for one
    # minute.
    back = model.how.history
    entity, timed = model.data.columns.entity_and_time
    frame = pd.DataFrame(
        history[-back:].transpose(1, 0, 2).reshape(-1, history.shape[2]), columns=model.metrics
    )
    frame.insert(0, entity, np.repeat(NAMES, back))
    frame.insert(1, timed, np.tile(START + np.arange(back), DEVICES))
    scorer = replace(model, fleet=model.fleet.model_copy(update={"every": None})).scorer()
    return _median(lambda: scorer.score(frame), times=1)


def _over_http(model: Model, history: Values) -> float:
    entity, timed = model.data.columns.entity_and_time
    taken = []
    with tempfile.TemporaryDirectory() as folder, _door(Station(Path(folder), model)) as address:
        for at, values in enumerate(history[: WARM + 30]):
            table = pa.table(
                {
                    entity: pa.array(NAMES, pa.string()),
                    timed: np.full(DEVICES, START + at, np.int64),
                }
                | {
                    name: np.ascontiguousarray(values[:, place])
                    for place, name in enumerate(model.metrics)
                }
            )
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as out:
                out.write_table(table)
            asked = urllib.request.Request(  # noqa: S310
                f"{address}/minute", sink.getvalue().to_pybytes(), {"content-type": ARROW}
            )
            began = time.process_time()
            with urllib.request.urlopen(asked) as answer:  # noqa: S310
                answer.read()
            taken.append(time.process_time() - began)
    return float(np.median(taken[WARM:]))


@contextmanager
def _door(station: Station) -> Iterator[str]:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app(station), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def _median(work: Callable[[], Any], times: int = 15) -> float:
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return float(np.median(taken))


if __name__ == "__main__":
    print(  # noqa: T201
        json.dumps({name: float(value) for name, value in measured(Path()).items()})
    )
