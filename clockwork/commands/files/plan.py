"""One file of predictions -> which loss its rows can show, and how many clusters a margin needs."""

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite
from pathlib import Path

from clockwork.commands.files.encode import encode, find_task, runs_of
from clockwork.commands.files.match import check_keys
from clockwork.commands.files.options import Options
from clockwork.commands.files.question import digest_of, question
from clockwork.commands.files.read import find_columns, read_table
from clockwork.gate.noninferiority import Rules
from clockwork.gate.pairs import measure_at
from clockwork.gate.places import places
from clockwork.gate.power import OTHER, SMALL, Power, power_of
from clockwork.gate.question import Question
from clockwork.gate.resamples import Resamples
from clockwork.gate.rows import Scored
from clockwork.gate.variance import Spread
from clockwork.report.phrases import metric, number
from clockwork.support.errors import BadInput

FEWEST = 30  # clusters that carry any verdict
FEW = 3  # runs that head is taken to have, where base has as many


def plan(path: Path, options: Options) -> Iterator[str]:
    """The plan, line by line. Raises `BadInput` where rows or predictions are fit for nothing."""
    table = read_table(path)
    columns = find_columns(path, table, options)
    check_keys(path, table, list(columns.key))
    encoded = encode(table, columns, find_task(table, columns, options, path), options, path)
    runs, task, rows = runs_of(table, columns, encoded, path), encoded.task, encoded.rows
    unfit = task.unfit(rows) or task.fault(rows, runs)
    if unfit:
        raise BadInput(f"{path}: {unfit}")
    asked = question(encoded, columns, options, digest_of(table, columns, encoded))
    some = (
        "" if rows.every else f", {rows.positive_entities:,} {task.cases.removeprefix('clusters ')}"
    )
    yield f"{task.name}, {len(rows.label):,} rows, {rows.entities:,} clusters{some}"
    if rows.positive_entities < options.clusters:
        yield f"too few: {options.clusters} {task.cases} are needed for any verdict"
    yield "minimum detectable effects at 80 % power, as shares of the value:"
    where = list(places(rows, task.metrics, asked.metrics, {}, options.clusters))
    scored = [Scored(rows, run) for run in runs]
    spreads = measure_at(where, scored, Resamples(rows.entities, asked.resamples, asked.seed))
    for place, spread in zip(where, spreads, strict=True):
        yield from _of_metric(place.metric.name, spread, asked, rows.positive_entities, task.cases)


def _of_metric(name: str, spread: Spread, asked: Question, now: int, cases: str) -> Iterator[str]:
    sizes = (min(FEW, len(spread.point)), len(spread.point))
    rules, found = _rules(name, asked), power_of(spread, sizes)
    yield ""
    yield (
        f"{metric(name)} {number(found.value)}: {sizes[0]} runs of head against {sizes[1]} of base"
    )
    if not found.value:
        yield "  the value is 0: no margin is a share of it"
        return
    if not isfinite(found.cases):
        yield "  the metric has no value on these rows"
        return
    if found.own is None:
        yield (
            "  one run: what a new seed changes is not in these figures; "
            "give prediction_1, prediction_2, ..."
        )
    else:
        yield f"  only the seed differs: {_line(found, rules, found.own, now, cases)}"
    for kind, correlation in (("a small change", SMALL), ("another method", OTHER)):
        yield (
            f"  {kind}, correlation {correlation:.2f}: "
            f"{_line(found, rules, correlation, now, cases)}"
        )


def _rules(name: str, asked: Question) -> Rules:
    margin = asked.rules.margin if name == asked.primary else asked.guardrails[name].margin
    return replace(asked.rules, margin=margin)


def _line(found: Power, rules: Rules, correlation: float, now: int, cases: str) -> str:
    needed = found.clusters(rules, correlation, now)
    need = (
        f"needs {max(needed, FEWEST):,.0f} {cases}"
        if isfinite(needed)
        else "needs more runs, not more rows"
    )
    loss = 100 * found.smallest(rules, correlation)
    return f"detects a loss of {loss:.2g} %; a margin of {100 * rules.margin:g} % {need}"
