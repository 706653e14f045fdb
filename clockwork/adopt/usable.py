"""Split and slices that the rows can carry, tried with the engine's own reader and split."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clockwork.adopt.guess import GIVEN, NONE, Given, Guess
from clockwork.adopt.inspect import Column
from clockwork.adopt.propose import Counts, Proposal
from clockwork.adopt.roles import spoken
from clockwork.learning.data.rows import feature_columns, read_rows
from clockwork.learning.data.split import JUDGE, TRAIN, split_rows
from clockwork.learning.keys import ENTITY, QUERY, TARGET, TIME
from clockwork.settings.data import DataSettings
from clockwork.settings.strict import parse
from clockwork.support.errors import BadInput

ENOUGH = 300  # clusters that count as evidence, from which more rows go into training
LEAST, SAFE = 10, 40  # clusters for any verdict, and for a slice: twice what the gate asks for
SHARES = (0.7, 0.6, 0.5)
MOST_VALUES, MOST_COLUMNS, MOST_GIVEN, EACH = 8, 2, 12, 6
# fmt: off
TELLING = (
    "plan", "contract", "segment", "region", "country", "gender", "sex", "female", "male", "type",
    "kind", "tier", "category", "channel", "department", "group", "site", "location", "island",
    "market", "state", "product", "cut",
)
# fmt: on


def usable(proposal: Proposal, given: Given, root: Path) -> Proposal:
    """The proposal with split, slices and what stands in their way, from the rows below `root`."""
    try:
        keys = _rows(proposal, [one for one in given.slices or () if one != NONE], root)
    except BadInput as error:
        return proposal.taking(problems=(str(error),))
    best = _best(proposal, given, keys)
    if isinstance(best, str):
        return proposal.taking(problems=(best,))
    found = replace(proposal.taking(best[0]), counts=best[1])
    return found.taking(*_slices(found, given, root), problems=tuple(_too_many(found, given)))


def clusters(proposal: Proposal, keys: pd.DataFrame) -> int:
    """How many clusters of `keys` count as evidence.

    They are those with a positive, or all where the task has none.
    """
    if proposal.task in ("binary", "ranking"):
        keys = keys[keys[TARGET] > 0]
    return int(keys[QUERY if QUERY in keys else ENTITY].nunique())


def _rows(proposal: Proposal, slices: list[str], root: Path) -> pd.DataFrame:
    settings = _settings({**proposal.document(), "slices": slices})
    rows = read_rows(settings, root)
    return rows.drop(columns=feature_columns(rows, settings))


def _settings(document: dict[str, Any]) -> DataSettings:
    return parse(document, DataSettings, "configs/data.yaml")


def _best(proposal: Proposal, given: Given, keys: pd.DataFrame) -> tuple[Guess, Counts] | str:
    # The first split that leaves enough to evaluate, else the one that leaves most; else what is
    # wrong with all.
    best, fault = (Guess("split", None, ""), Counts()), ""
    for split in _splits(proposal, given, keys):
        try:
            parts = split_rows(keys, _settings({**proposal.document(), "split": split}).splits)
        except BadInput as error:
            fault = str(error)
            continue
        counts = _counts(proposal, parts)
        if counts.clusters > best[1].clusters:
            best = Guess("split", split, _reason(proposal, counts)), counts
        if counts.clusters >= ENOUGH:
            break
    if best[0].value is None:
        return fault or "no row would evaluate; bring more rows"
    if best[1].clusters < LEAST:
        return (
            f"{best[0].why}: no verdict rests on fewer than {LEAST}; "
            "bring more rows, or take another --entity"
        )
    return best


def _counts(proposal: Proposal, parts: pd.DataFrame) -> Counts:
    evaluated = parts[parts["part"] == JUDGE]
    return Counts(
        int((parts["part"] == TRAIN).sum()), len(evaluated), clusters(proposal, evaluated)
    )


def _reason(proposal: Proposal, counts: Counts) -> str:
    whose = proposal["query"] or proposal["entity"]
    cases = f" of '{whose}'" if whose else ""
    what = {"binary": " with a positive", "ranking": " with a relevant row"}.get(proposal.task, "")
    return (
        f"{counts.train:,} rows train, {counts.evaluate:,} evaluate: "
        f"{counts.clusters:,}{cases or ' rows'}{what}"
    )


def _splits(proposal: Proposal, given: Given, keys: pd.DataFrame) -> Iterator[dict[str, Any]]:
    timed, grouped = proposal["time"] is not None, proposal["entity"] is not None
    by = given.split or (
        "both" if timed and grouped else "time" if timed else "entity" if grouped else "random"
    )
    for share in SHARES:
        split: dict[str, Any] = {"by": by}
        if by in ("time", "both"):
            split["train_share_of_time"] = _of_time(keys, share)
        if by != "time":
            split["train_share_of_entities"] = share
        yield split


def _of_time(keys: pd.DataFrame, share: float) -> float:
    # The share of the time until which `share` of the rows lie, which are seldom spread evenly.
    time = keys[TIME].to_numpy()
    first, last = float(time.min()), float(time.max())
    if last == first:
        return share
    until = float(np.quantile(time, share))
    return round(min(max((until - first) / (last - first), 0.05), 0.95), 2)


def _slices(proposal: Proposal, given: Given, root: Path) -> list[Guess]:
    if given.slices is not None:
        named = [name for name in given.slices if name != NONE]
        return [Guess("slices", named or None, GIVEN)]
    fit = [one for one in proposal.features if one.few and one.distinct <= EACH and not one.missing]
    fit = [one for one in fit if one.name not in proposal.text]
    keys = _rows(proposal, [one.name for one in fit], root)
    parts = split_rows(keys, _settings(proposal.document()).splits)
    chosen = _chosen(
        fit, {one.name: _least(proposal, parts[parts["part"] == JUDGE], one) for one in fit}
    )
    if not chosen:
        return [
            Guess("slices", None, f"no column of few values has {SAFE} clusters that count in each")
        ]
    why = f"few values, at least {SAFE} clusters that count in each"
    ask = f"are these the groups whose losses matter by themselves: {', '.join(chosen)}? (--slices)"
    return [Guess("slices", chosen, why, ask, 0.2)]


def _too_many(proposal: Proposal, given: Given) -> Iterator[str]:
    named = [one for one in proposal.columns if one.name in (given.slices or ())]
    values = sum(one.distinct for one in named)
    if values > MOST_GIVEN:
        yield (
            f"--slices {','.join(one.name for one in named)}: "
            f"{values} values; the gate takes {MOST_GIVEN}"
        )


def _chosen(fit: list[Column], least: dict[str, int]) -> list[str]:
    enough = [one for one in fit if least[one.name] >= SAFE]
    ranked = sorted(
        enough, key=lambda one: (not set(spoken(one.name)) & set(TELLING), -least[one.name])
    )
    chosen: list[Column] = []
    for column in ranked:
        if (
            len(chosen) < MOST_COLUMNS
            and sum(one.distinct for one in chosen) + column.distinct <= MOST_VALUES
        ):
            chosen.append(column)
    return [one.name for one in chosen]


def _least(proposal: Proposal, evaluated: pd.DataFrame, column: Column) -> int:
    counts = [
        clusters(proposal, rows) for _, rows in evaluated.groupby(column.name, observed=False)
    ]
    return min(counts, default=0)
