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
import pyarrow as pa

from clockwork.fleet.http import ARROW, app
from clockwork.fleet.model import Model
from clockwork.fleet.station import Station
from clockwork.learning.data.rows import read_rows
from clockwork.learning.keys import ENTITY, TIME
from clockwork.selftest.bench.day import (
    WARM,
    Fleet,
    costs,
    features_of,
    followed,
    loaded,
    rows_of,
)

DEVICES, STRETCH, START = 10_000, 120, 29_000_000


def measured(root: Path) -> dict[str, float]:
    """One repeat, in this process: figures by the names that `fleet_figures` uses."""
    compiled = loaded(root)
    model = compiled.plain()
    fleet = _stretch(read_rows(model.data, root)[model.metrics].to_numpy(np.float32))
    found = costs(compiled, fleet, followed(model, fleet))
    window = _last(fleet, WARM)
    x = features_of(model, rows_of(model, window))
    ready = np.ascontiguousarray(x.reshape(DEVICES, WARM, -1)[:, -1])
    own, trees = found["tick"] / 1e3, _median(lambda: model.trained.score(ready))
    return {
        **found,
        "trees": 1e3 * trees,
        "to_trees": own / trees,
        "served": _served(model, fleet) / own,
        "http": _over_http(model, fleet) / own,
    }


def _stretch(real: Any) -> Fleet:
    # Each device reads the demo's rows from a place of its own; 1 % of samples is missing.
    rng = np.random.default_rng(3)
    start = rng.integers(0, len(real) - WARM - STRETCH, DEVICES)
    values = np.stack([real[start + minute] for minute in range(WARM + STRETCH)])
    values[rng.random(values.shape) < 0.01] = np.nan
    names = np.array([f"device-{number:05d}" for number in range(DEVICES)], dtype=object)
    return Fleet(values, np.ones(values.shape[:2], dtype=np.bool_), names, START)


def _last(fleet: Fleet, minutes: int) -> Fleet:
    start = fleet.start + len(fleet.there) - minutes
    return Fleet(fleet.values[-minutes:], fleet.there[-minutes:], fleet.names, start)


def _served(model: Model, fleet: Fleet) -> float:
    # Seconds of processor time of today's served model: the longest window of every device, for one
    # minute.
    entity, timed = model.data.columns.entity_and_time
    rows = rows_of(model, _last(fleet, model.how.history)).astype({ENTITY: object})
    frame = rows.rename(columns={ENTITY: entity, TIME: timed})
    scorer = replace(model, fleet=model.fleet.model_copy(update={"every": None})).scorer()
    return _median(lambda: scorer.score(frame), times=1)


def _over_http(model: Model, fleet: Fleet) -> float:
    entity, timed = model.data.columns.entity_and_time
    taken = []
    with tempfile.TemporaryDirectory() as folder, _door(Station(Path(folder), model)) as address:
        for at, values in enumerate(fleet.values[: WARM + 30]):
            table = pa.table(
                {
                    entity: pa.array(fleet.names, pa.string()),
                    timed: np.full(DEVICES, fleet.start + at, np.int64),
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
    print(json.dumps(measured(Path())))  # noqa: T201
