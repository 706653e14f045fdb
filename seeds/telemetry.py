"""What a healthy device reports: load, the metrics that follow it, and what goes missing."""

import math
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from seeds.anomalies import DAY, Chance, Floats, stream, within
from seeds.recipe import Strict

# The step that a metric is rounded to: coarse enough that the last bit of an exponential, which
# differs between processors, does not reach the file.
STEPS = {
    "cpu": 0.1,  # %
    "memory": 0.1,  # %
    "disk": 0.01,  # %
    "traffic": 0.5,  # Mbit/s
    "latency": 0.1,  # ms
    "errors": 1.0,  # a minute
    "temperature": 0.1,  # degrees Celsius
    "connections": 1.0,  # open
}
# What a minute keeps of the one before: metric noise, load, warmth.
FIRM, LOOSE, WARM = 0.5, 0.99, 0.95
GLITCH, HICCUP = 5.0, 4.0  # in sigmas
Amount = Annotated[float, Field(gt=0)]


class Kind(Strict):
    """What is typical of one kind of device; each device varies around it."""

    share: Chance
    load: Amount = Field(description="mean busyness; 1 keeps two thirds of the processor busy")
    swing: float = Field(ge=0, lt=1, description="daily rhythm of the log load")
    traffic: Amount = Field(description="Mbit/s at load 1")
    connections: Amount = Field(description="open connections at load 1")
    latency: Amount = Field(description="ms when idle")
    errors: Amount = Field(description="errors a minute at load 1")
    memory: Amount = Field(description="% after a reboot")
    leak: float = Field(ge=0, description="% of memory lost per day of uptime")
    temperature: Amount = Field(description="degrees Celsius when idle")


class Normal(Strict):
    """What happens to a healthy device: chances per device and day, shares of rows and values."""

    bursts_per_day: Chance = Field(description="more load, which all metrics follow")
    hiccups_per_day: Chance = Field(description="one metric alone is high for some minutes")
    reboots_per_day: Chance
    outages_per_day: Chance
    missing_rows: Chance
    missing_values: Chance
    glitches: Chance = Field(description="share of values that jump for one minute")


class Place(NamedTuple):
    """Which device, among which neighbours, over how many days from which weekday (0 is Monday)."""

    seed: int
    device: int
    cluster: int
    weekday: int
    days: int

    @property
    def minutes(self) -> NDArray[np.int64]:
        """The minutes since the start, one for each row that a faultless device would send."""
        return np.arange(self.days * DAY)


class Span(NamedTuple):
    """Something unlabelled from minute `first` to `last` (excluded); `size` is a uniform draw."""

    what: str
    first: int
    last: int
    size: float


def spans(place: Place, normal: Normal) -> list[Span]:
    """The night jobs, bursts of load, hiccups, reboots and outages of a device."""
    found = []
    night = stream(place.seed, "cluster", place.cluster).random()
    # A fixed number of draws a day: a longer recipe keeps its first days.
    for day, u in enumerate(stream(place.seed, "spans", place.device).random((place.days, 16))):
        start = day * DAY
        found.append(_span("job", start + 60, within(15, 40, u[0]), 180, night, u[1]))
        if u[2] < normal.bursts_per_day:
            found.append(_span("burst", start, within(5, 40, u[3]), DAY - 40, u[4], u[5]))
        if u[6] < normal.hiccups_per_day:
            found.append(_span("hiccup", start, within(3, 20, u[7]), DAY - 20, u[8], u[9]))
        if u[10] < normal.reboots_per_day:
            found.append(_span("reboot", start, within(2, 5, u[11]), DAY - 5, u[12], 0))
        if u[13] < normal.outages_per_day:
            found.append(_span("outage", start, within(10, 90, u[14]), DAY - 90, u[15], 0))
    return found


def _span(what: str, start: int, length: int, room: int, u: float, size: float) -> Span:
    first = start + within(0, room, u)
    return Span(what, first, first + length, float(size))


def remembered(shocks: Floats, keep: float) -> Floats:
    """AR(1) noise of unit size along the last axis, from unit shocks."""
    out = shocks * math.sqrt(1 - keep * keep)
    out[..., 0] = shocks[..., 0]
    return summed(out, keep)


def summed(values: Floats, keep: float) -> Floats:
    """Add to each minute all minutes before it, weighted by `keep` to the power of their age."""
    step, weight = 1, keep
    # Each pass doubles the age that is summed; what is left out at the end is below any rounding
    # step.
    while step < values.shape[-1] and weight > 1e-12:
        values = np.concatenate(
            (values[..., :step], values[..., step:] + weight * values[..., :-step]), axis=-1
        )
        step, weight = 2 * step, weight * weight
    return values


def noise_of(place: Place, normal: Normal, benign: list[Span]) -> Floats:
    """The (metrics, minutes) noise of a device, in sigmas: what anomalies are sized in."""
    shape = (place.days * DAY, len(STEPS))
    noise = remembered(stream(place.seed, "noise", place.device).standard_normal(shape).T, FIRM)
    u = stream(place.seed, "glitches", place.device).random(shape).T
    noise += GLITCH * (u < normal.glitches)
    for what, first, last, size in benign:
        if what == "hiccup":
            noise[within(0, len(STEPS) - 1, size), first:last] += HICCUP
    return noise


def load_of(place: Place, kind: Kind, traits: Floats, benign: list[Span]) -> Floats:
    """How busy a device is each minute: a daily rhythm, its neighbours, itself, jobs and bursts."""
    minutes = place.minutes
    neighbours = stream(place.seed, "cluster load", place.cluster).standard_normal(1 + len(minutes))
    own = stream(place.seed, "load", place.device).standard_normal(len(minutes))
    phase = 2 * np.pi * (minutes / DAY - 0.37 - 0.04 * neighbours[0])
    log = kind.swing * (np.sin(phase) + 0.3 * np.sin(2 * phase + traits[1]))
    log += (
        0.10 * remembered(neighbours[1:], LOOSE) + 0.08 * remembered(own, LOOSE) + 0.15 * traits[0]
    )
    log += 0.01 * minutes / DAY - 0.25 * ((place.weekday + minutes // DAY) % 7 >= 5)
    for what, first, last, size in benign:
        if what in ("job", "burst"):
            log[first:last] += 0.2 + 0.4 * size
    load: Floats = kind.load * np.exp(log)
    return load


def uptime_of(place: Place, traits: Floats, benign: list[Span]) -> Floats:
    """Days since the last reboot, minute by minute."""
    minutes = place.minutes
    up: Floats = minutes / DAY + 1 + abs(2 * traits[2])
    for what, first, last, _ in benign:
        if what == "reboot":
            up[first:] = np.maximum(minutes[first:] - last, 0) / DAY
    return up


def metrics_of(kind: Kind, traits: Floats, load: Floats, uptime: Floats, noise: Floats) -> Floats:
    """The (metrics, minutes) readings of load and noise, in the order of STEPS, not yet rounded."""
    level = np.exp(0.12 * traits[3:11])
    busy = 1 - np.exp(-load * np.exp(0.08 * noise[0]))
    # A processor warms its box with delay.
    heat = summed((1 - WARM) * (busy - busy[0]), WARM) + busy[0]
    tick = np.arange(len(load)) / DAY
    room = 2 * np.sin(2 * np.pi * (tick - 0.4))
    fails = np.sqrt(kind.errors * level[5] * (0.3 + load)) + 0.5 * noise[5]
    metrics = {
        "cpu": 100 * busy,
        "memory": kind.memory * level[1] + kind.leak * uptime + 6 * heat + 0.5 * noise[1],
        "disk": 35
        + min(20 * abs(traits[11]), 55)
        + (0.6 + 0.1 * traits[12]) * tick
        + 0.04 * noise[2],
        "traffic": kind.traffic * level[3] * load * np.exp(0.12 * noise[3]),
        "latency": kind.latency * level[4] / (1 - 0.85 * busy) * np.exp(0.08 * noise[4]),
        # The root of a count has about the same noise at any rate.
        "errors": np.floor(np.maximum(fails, 0) ** 2),
        "temperature": kind.temperature + 2 * traits[9] + room + 20 * heat + 0.4 * noise[6],
        "connections": kind.connections * level[7] * load * np.exp(0.08 * noise[7]),
    }
    for percent in ("cpu", "memory", "disk"):
        metrics[percent] = metrics[percent].clip(0, 100)
    return np.stack([metrics[name] for name in STEPS])


def rounded(values: Floats) -> NDArray[np.float32]:
    """The (metrics, minutes) readings at the precision that a device sends."""
    step = np.array(list(STEPS.values()))[:, None]
    steps: Floats = np.rint(np.maximum(values, 0) / step)
    values = steps * step
    return values.astype(np.float32)


def gaps_of(
    place: Place, normal: Normal, benign: list[Span]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which (minutes,) rows arrive, and which (metrics, minutes) values are missing from them."""
    u = stream(place.seed, "gaps", place.device).random((place.days * DAY, 1 + len(STEPS))).T
    arrives = u[0] >= normal.missing_rows
    for what, first, last, _ in benign:
        if what in ("reboot", "outage"):
            arrives[first:last] = False
    return arrives, u[1:] < normal.missing_values
