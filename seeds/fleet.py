"""Grow the telemetry of a fleet of devices, minute by minute, from a recipe: the data of the demo.

`python -m seeds.fleet --out data` writes the parts that the recipe asks for. Every random draw is
keyed by seed, purpose and device, so a device is the same whether it is grown alone or among
thousands.
"""

import sys
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import Field, model_validator
from rich.console import Console
from rich.progress import track

from clockwork.settings import strict
from seeds.anomalies import KINDS, Anomaly, AnomalyKind, Planned, bend, freeze, plan, stream
from seeds.recipe import Strict, command, replaced
from seeds.telemetry import (
    STEPS,
    Kind,
    Normal,
    Place,
    Span,
    gaps_of,
    load_of,
    metrics_of,
    noise_of,
    rounded,
    spans,
    uptime_of,
)

Count = Annotated[int, Field(ge=1)]
# Parquet has no seconds; milliseconds are what a reader of the files gets back.
SCHEMA = pa.schema(
    [("device", pa.string()), ("kind", pa.string()), ("time", pa.timestamp("ms"))]
    + [(metric, pa.float32()) for metric in STEPS]
    + [("label", pa.int8())]
)


class Recipe(Strict):
    """All that decides the bytes of a fleet."""

    seed: int = Field(ge=0, lt=2**63)
    start: date
    days: Count
    devices: Count
    parts: Count
    cluster: Count
    kinds: dict[str, Kind] = Field(min_length=1)
    normal: Normal
    anomalies: dict[AnomalyKind, Anomaly]

    @model_validator(mode="after")
    def whole(self) -> "Recipe":
        """Refuse what does not add up."""
        if abs(sum(kind.share for kind in self.kinds.values()) - 1) > 1e-9:
            raise ValueError("the shares of the kinds must add up to 1")
        if missing := set(KINDS) - set(self.anomalies):
            raise ValueError(f"anomalies lacks {', '.join(sorted(missing))}")
        if sum(a.per_day for name, a in self.anomalies.items() if name != "cascade") > 1:
            raise ValueError("the chances per_day of the anomalies must add up to at most 1")
        if self.parts > self.devices:
            raise ValueError("there must be a device for every part")
        return self


class Event(NamedTuple):
    """An anomaly as a report shows it: from `start` to `end` (excluded)."""

    device: str
    kind: AnomalyKind
    start: np.datetime64
    end: np.datetime64


def load(path: Path) -> Recipe:
    """Read a recipe, or raise `BadInput`."""
    return strict.load(path, Recipe)


def kind_of(recipe: Recipe, device: int) -> str:
    """A device's kind; a cluster is of one kind, and a larger fleet keeps a smaller one's kinds."""
    # Multiples of the golden ratio spread evenly, so the shares hold in every stretch of the fleet.
    at = (0.5 + device // recipe.cluster * 0.6180339887498949) % 1
    for name, kind in recipe.kinds.items():
        if at < kind.share:
            return name
        at -= kind.share
    return name


def name_of(recipe: Recipe, device: int) -> str:
    """The name of a device, such as gateway-0042."""
    return f"{kind_of(recipe, device)}-{device:04d}"


def planned(recipe: Recipe, device: int) -> list[Planned]:
    """The anomalies of a device, in order of time."""
    return list(plan(recipe.seed, recipe.days, recipe.anomalies, device, device // recipe.cluster))


def events(recipe: Recipe, devices: Sequence[int]) -> list[Event]:
    """Which kind of anomaly is where: what the data itself does not tell."""
    start = np.datetime64(recipe.start, "m")
    return [
        Event(name_of(recipe, device), event.kind, start + event.first, start + event.last)
        for device in devices
        for event in planned(recipe, device)
    ]


def grow(recipe: Recipe, devices: Sequence[int]) -> pa.Table:
    """Rows of some devices, sorted by device and time: device, kind, time, eight metrics, label."""
    ordered = sorted(devices, key=lambda device: name_of(recipe, device))
    return pa.concat_tables([SCHEMA.empty_table(), *(_one(recipe, device) for device in ordered)])


def _one(recipe: Recipe, device: int) -> pa.Table:
    place = Place(
        recipe.seed, device, device // recipe.cluster, recipe.start.weekday(), recipe.days
    )
    anomalies, benign = planned(recipe, device), spans(place, recipe.normal)
    arrives, missing = gaps_of(place, recipe.normal, benign)
    values = _values(recipe, place, anomalies, benign)
    values[missing] = np.nan
    label = np.zeros(len(arrives), np.int8)
    for event in anomalies:
        label[event.first : event.last] = 1
    time = np.datetime64(recipe.start, "ms") + place.minutes[arrives].astype("timedelta64[m]")
    names = [
        pa.repeat(name, len(time)) for name in (name_of(recipe, device), kind_of(recipe, device))
    ]
    return pa.table([*names, time, *values[:, arrives], label[arrives]], schema=SCHEMA)


def _values(
    recipe: Recipe, place: Place, anomalies: list[Planned], benign: list[Span]
) -> NDArray[np.float32]:
    kind = recipe.kinds[kind_of(recipe, place.device)]
    traits = stream(place.seed, "traits", place.device).standard_normal(16)
    noise = noise_of(place, recipe.normal, benign)
    for event in anomalies:
        bend(noise, event)
    busy, up = load_of(place, kind, traits, benign), uptime_of(place, traits, benign)
    values = metrics_of(kind, traits, busy, up, noise)
    for event in anomalies:
        freeze(values, event)
    return rounded(values)


def write(recipe: Recipe, out: Path) -> None:
    """Grow the fleet into `out/part-0.parquet` and on, all or nothing, replacing an earlier one."""
    with replaced(out, "part-*.parquet", "parts of a fleet") as growing:
        _fill(recipe, growing)


def _fill(recipe: Recipe, folder: Path) -> None:
    ordered = sorted(range(recipe.devices), key=lambda device: name_of(recipe, device))
    cuts = [recipe.devices * part // recipe.parts for part in range(recipe.parts + 1)]
    console = Console(stderr=True)
    blocks = track(
        list(pairwise(cuts)), "growing the fleet", console=console, disable=not console.is_terminal
    )
    for part, (first, last) in enumerate(blocks):
        table = grow(recipe, ordered[first:last])
        # Few distinct values after rounding: a dictionary, then zstd, is the smallest and quick.
        pq.write_table(
            table,
            folder / f"part-{part}.parquet",
            compression="zstd",
            compression_level=3,
            row_group_size=1 << 19,
            version="2.6",
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Write a fleet from the command line; its exit code."""
    shipped = Path(__file__).with_suffix(".yaml")
    return command(argv, "fleet", shipped, lambda recipe, out: write(load(recipe), out))


if __name__ == "__main__":
    sys.exit(main())
