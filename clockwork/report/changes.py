"""What differs between two commits, as rows of plain text: settings, decisions, costs."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from clockwork.report.phrases import NOTHING, gating, number, plain, setting, when
from clockwork.verdict.costs import KINDS, Cost
from clockwork.verdict.parts import CommitDocument, Decision, SearchTrial
from clockwork.verdict.schema import Verdict

TIMES = "\u00d7"
SIDES: tuple[Literal["head"], Literal["base"]] = ("head", "base")
NOW = {
    ("new error", 1): "missed",
    ("new error", 0): "false alarm",
    ("fixed error", 1): "found",
    ("fixed error", 0): "quiet",
}


@dataclass(frozen=True)
class Parameter:
    """A setting of one algorithm on both commits; a dash where it does not exist."""

    algorithm: str
    name: str
    base: str
    head: str
    changed: bool


@dataclass(frozen=True)
class DecisionRow:
    """A row whose alert flipped; `now` is what it is on head: missed, false alarm, found, quiet."""

    algorithm: str
    gating: bool
    entity: str
    when: str
    base: str
    head: str
    now: str


@dataclass(frozen=True)
class CostRow:
    """An algorithm's or the shared costs: per kind the ratio to base, and both sides in words."""

    algorithm: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Search:
    """Head's best trials of an algorithm: number, score, rounds, parameters `names`; a row each."""

    algorithm: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def searches(verdict: Verdict) -> list[Search]:
    """The searches for parameters that head has made."""
    found = verdict.commits["head"].trials if "head" in verdict.commits else {}
    return [_search(name, trials) for name, trials in found.items() if trials]


def _search(algorithm: str, trials: list[SearchTrial]) -> Search:
    names = tuple(dict.fromkeys(name for trial in trials for name in trial.params))
    rows = tuple(
        (
            str(trial.number),
            number(trial.score),
            str(trial.rounds or NOTHING),
            *(setting(trial.params.get(name)) for name in names),
        )
        for trial in trials
    )
    return Search(plain(algorithm), tuple(map(plain, names)), rows)


def parameters(verdict: Verdict) -> list[Parameter]:
    """Data, dependencies, seeds and parameters of both commits, an algorithm after the other."""
    head, base = (_settings(verdict.commits.get(side)) for side in ("head", "base"))
    return [
        Parameter(
            algorithm=plain(algorithm),
            name=plain(name),
            base=plain(base.get((algorithm, name), NOTHING)),
            head=plain(head.get((algorithm, name), NOTHING)),
            changed=bool(base and head)
            and _differs(name, base.get((algorithm, name)), head.get((algorithm, name))),
        )
        for algorithm, name in dict.fromkeys((*head, *base))
    ] + _features(verdict)


def _features(verdict: Verdict) -> list[Parameter]:
    # Those that one commit alone has: hundreds of others would drown them.
    if len(verdict.commits) < len(SIDES):
        return []
    head, base = (verdict.commits[side].features for side in SIDES)
    return [
        Parameter(
            "every algorithm",
            f"feature {plain(name)}",
            *(("yes", NOTHING) if name in base else (NOTHING, "yes")),
            True,
        )
        for name in sorted(set(head) ^ set(base))
    ]


def changed(verdict: Verdict) -> list[Parameter]:
    """The settings that differ."""
    return [row for row in parameters(verdict) if row.changed]


def _differs(name: str, base: str | None, head: str | None) -> bool:
    if name == "seeds" and base and head:
        # Further seeds, which the gate itself trained for one commit, are no change.
        one, other = base.split(", "), head.split(", ")
        return one[: len(other)] != other[: len(one)]
    return base != head


def _settings(commit: CommitDocument | None) -> dict[tuple[str, str], str]:
    if commit is None:
        return {}
    found = {
        ("every algorithm", "data"): commit.data,
        ("every algorithm", "dependencies"): commit.dependencies,
    }
    for algorithm in dict.fromkeys((*commit.params, *commit.seeds)):
        flat = _flat(commit.params.get(algorithm, {}))
        found |= {(algorithm, name): value for name, value in flat.items()}
        if algorithm in commit.alerts:
            found[algorithm, "alerts from"] = f"{commit.alerts[algorithm]:g}"
        if algorithm in commit.seeds:
            found[algorithm, "seeds"] = ", ".join(map(str, commit.seeds[algorithm]))
    return found


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{above}{name}.")
        else:
            text = (
                value
                if isinstance(value, str)
                else json.dumps(value, default=str, ensure_ascii=False)
            )
            found[f"{above}{name}"] = text
    return found


def decisions(verdict: Verdict, kind: str) -> list[DecisionRow]:
    """The new errors, or the fixed ones; those of gating algorithms first."""
    named = gating(verdict)
    rows = [_decision(one, one.algorithm in named) for one in verdict.decisions if one.kind == kind]
    return sorted(rows, key=lambda row: not row.gating)


def _decision(one: Decision, gates: bool) -> DecisionRow:
    return DecisionRow(
        algorithm=plain(one.algorithm),
        gating=gates,
        entity=plain(one.entity, 60),
        when=when(one.time),
        base=number(one.base),
        head=number(one.head),
        now=NOW.get((one.kind, one.label), f"label {one.label}"),
    )


def cost_rows(verdict: Verdict) -> list[CostRow]:
    """What head costs against base: a row for each algorithm, a cell for each of `KINDS`."""
    return [
        CostRow(
            plain(name or "every algorithm"),
            tuple(_cell(verdict.costs, name, kind) for kind in KINDS),
        )
        for name in dict.fromkeys(cost.algorithm for cost in verdict.costs)
    ]


def _cell(costs: Sequence[Cost], algorithm: str | None, kind: str) -> tuple[str, str]:
    found = [cost for cost in costs if cost.algorithm == algorithm and cost.name == kind]
    if not found:
        return NOTHING, ""
    scale, unit = (1e-3, "kB") if KINDS[kind].unit == "bytes" else (1e3, "ms")
    return times(found), f"{scale * found[0].base:,.1f} → {scale * found[0].head:,.1f} {unit}"


def times(costs: Sequence[Cost]) -> str:
    """How many times base's costs head's are, taken together."""
    head, base = (sum(getattr(cost, side) for cost in costs) for side in ("head", "base"))
    return f"{TIMES}{head / base:.2f}" if base > 0 and math.isfinite(head) else NOTHING


def ratio(verdict: Verdict, kind: str) -> str:
    """How many times base's costs head's are, for all algorithms that gate."""
    whose = [None, *gating(verdict)]
    return times([cost for cost in verdict.costs if cost.name == kind and cost.algorithm in whose])


def spent(verdict: Verdict) -> str:
    """Where the seconds of this run went, largest first."""
    found = sorted(verdict.seconds.items(), key=lambda item: -item[1])
    return ", ".join(f"{plain(name)} {seconds:.1f} s" for name, seconds in found)
