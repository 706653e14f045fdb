"""The anomalies of a fleet: their kinds, where they are planned, how they bend the noise."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from seeds.recipe import Strict

Floats = NDArray[np.float64]
AnomalyKind = Literal["spike", "level_shift", "drift", "variance_burst", "flatline", "cascade"]
Chance = Annotated[float, Field(ge=0, le=1)]
Minutes = tuple[Annotated[int, Field(ge=2)], Annotated[int, Field(le=1200)]]

KINDS: tuple[AnomalyKind, ...] = get_args(AnomalyKind)
METRICS = 8
DAY = 1440
PURPOSES = (
    "traits",
    "load",
    "noise",
    "glitches",
    "gaps",
    "spans",
    "events",
    "cluster",
    "cluster load",
    "cascades",
)
LAG = 10  # minutes until the last member of a cluster has joined a cascade


class Anomaly(Strict):
    """How often one kind of anomaly comes and how hard it is to see."""

    per_day: Chance = Field(
        description="chance per device and day; of a cascade, per cluster and day"
    )
    minutes: Minutes = Field(description="shortest and longest, both included")
    metrics: int = Field(ge=1, le=METRICS, description="how many metrics of a device it touches")
    sigmas: tuple[float, float] = Field(
        (0, 0), description="size in the noise sigmas of each metric"
    )
    joins: Chance = Field(1, description="share of a cluster that a cascade reaches")

    @model_validator(mode="after")
    def ordered(self) -> "Anomaly":
        """Refuse a range that is written from long to short."""
        if self.minutes[0] > self.minutes[1] or self.sigmas[0] > self.sigmas[1]:
            raise ValueError("a range goes from low to high")
        return self


class Planned(NamedTuple):
    """One anomaly of one device, from minute `first` since the start to `last` (excluded)."""

    kind: AnomalyKind
    first: int
    last: int
    sigmas: float
    metrics: NDArray[np.intp]


def stream(seed: int, purpose: str, index: int) -> np.random.Generator:
    """Random numbers of one purpose for one device or cluster, whatever else is grown beside it."""
    return np.random.Generator(np.random.Philox(key=[seed, PURPOSES.index(purpose) << 40 | index]))


def within(low: int, high: int, u: float) -> int:
    """The whole number, both ends included, that the uniform draw `u` picks."""
    return low + math.floor(u * (high - low + 1))


def plan(
    seed: int, days: int, anomalies: dict[AnomalyKind, Anomaly], device: int, cluster: int
) -> Iterator[Planned]:
    """The anomalies of a device, at most one a day; none crosses midnight."""
    # A fixed number of draws a day: a longer recipe keeps its first days.
    own = stream(seed, "events", device).random((days, 6 + METRICS))
    shared = stream(seed, "cascades", cluster).random((days, 5))
    for day in range(days):
        if (
            shared[day, 0] < anomalies["cascade"].per_day
            and own[day, 0] < anomalies["cascade"].joins
        ):
            yield _planned("cascade", anomalies["cascade"], day, shared[day], own[day])
        elif (kind := _drawn(anomalies, own[day, 5])) is not None:
            yield _planned(kind, anomalies[kind], day, own[day], own[day])


def _drawn(anomalies: dict[AnomalyKind, Anomaly], u: float) -> AnomalyKind | None:
    for kind in KINDS:
        if kind != "cascade":
            if u < anomalies[kind].per_day:
                return kind
            u -= anomalies[kind].per_day
    return None


def _planned(kind: AnomalyKind, anomaly: Anomaly, day: int, draws: Floats, own: Floats) -> Planned:
    length = within(*anomaly.minutes, draws[1])
    lag = within(0, LAG, own[2]) if kind == "cascade" else 0
    first = day * DAY + within(0, DAY - length - LAG, draws[2]) + lag
    low, high = anomaly.sigmas
    size = low + (high - low) * float(draws[3])
    # Faults that a machine causes push up; a sensor or a setting can be wrong either way.
    sign = -1 if kind in ("level_shift", "drift") and draws[4] < 0.5 else 1
    return Planned(kind, first, first + length, sign * size, np.argsort(own[6:])[: anomaly.metrics])


def bend(noise: Floats, event: Planned) -> None:
    """Plant an anomaly in the (metrics, minutes) noise of a device, in place and in sigmas."""
    _, first, last, sigmas, metrics = event
    match event.kind:
        case "spike" | "level_shift":
            noise[metrics, first:last] += sigmas
        case "drift":
            noise[metrics, first:last] += sigmas * np.linspace(0, 1, last - first)
        case "variance_burst":
            noise[metrics, first:last] *= sigmas
        case "cascade":
            for late, metric in enumerate(metrics):
                noise[metric, min(first + late, last) : last] += sigmas
        case "flatline":
            pass  # a stuck reading is stuck as a whole, load included: see `freeze`


def freeze(values: Floats, event: Planned) -> None:
    """Hold a device's (metrics, minutes) values where they are when a flatline starts, in place."""
    if event.kind == "flatline":
        values[event.metrics, event.first : event.last] = values[event.metrics, event.first, None]
