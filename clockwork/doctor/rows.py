"""Whether the evaluation rows can carry what configs/gate.yaml asks of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, isfinite, isnan

from clockwork.compare.built_commit import built
from clockwork.compare.line_up import gather
from clockwork.compare.measure import MOST_SLICES, ask
from clockwork.compare.paired_scores import Evidence
from clockwork.doctor.need import Found, Need
from clockwork.gate.noninferiority import Rules
from clockwork.gate.pairs import measure_at
from clockwork.gate.places import AT_BASE_RATE, part_of, places
from clockwork.gate.power import Power, power_of
from clockwork.gate.question import Question
from clockwork.gate.resamples import Resamples
from clockwork.gate.rows import Rows, Scored
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.errors import named

GATE, DATA = "configs/gate.yaml", "configs/data.yaml"
RESAMPLES = 500  # the smallest loss that shows is then known to within some 3 %
# Correlation over resamples taken where one run is all there is, for then no seed moves anything.
ALIKE = 0.99
ROOM = 1.2  # what a margin is advised to have over the smallest loss that shows


@dataclass(frozen=True)
class Margin:
    """A metric's margin, and the smallest loss that shows at 80 % power, as shares of its value.

    `needed` clusters would make the margin show where there are `now`; infinite where only more
    seeds would.
    """

    algorithm: str
    metric: str
    key: str
    margin: float
    smallest: float
    needed: float
    now: int
    cases: str = "clusters with a positive"


def look(checkout: Checkout) -> Found:
    """Whether the rows of the last run in `checkout` can carry a verdict."""
    if not (checkout / paths.EVALUATION).exists() or not (checkout / paths.SCORES).exists():
        what = "the pipeline has not run here, so its rows are unknown"
        return Found("", (Need("build/", what, "run `make run`"),))
    commit = built(checkout.root)
    settings = commit.gate
    evidence, question = gather(commit, commit, settings), ask(commit, commit, settings)
    rows = evidence.rows(settings.block)
    cases = question.task.cases
    needs = [
        *too_few(rows.positive_entities, question.min_positive_clusters, cases),
        *ill_sliced(counted(rows, evidence), question.slices.min_positive_clusters, cases),
    ]
    if rows.positive_entities >= question.min_positive_clusters:
        extra = len(commit.extra_seeds)
        needs += [
            need for one in margins(evidence, rows, question, extra) for need in too_fine(one)
        ]
    return Found(f"{rows.positive_entities:,} {cases}, every margin shows", tuple(needs))


def too_few(now: int, least: int, cases: str) -> Iterator[Need]:
    """That the evaluation rows have fewer clusters than any verdict takes."""
    if now < least:
        remedy = (
            f"evaluate more rows (`split` of {DATA}), "
            f"or resample entity and time (`block` of {GATE})"
        )
        yield Need(
            f"{GATE} min_positive_clusters",
            f"the evaluation rows have {now} {cases} of {least}",
            remedy,
        )


def ill_sliced(clusters: Mapping[str, int], least: int, cases: str) -> Iterator[Need]:
    """That slices are too many for the gate, or too thin: fewer than `least` in their `clusters`.

    Those are clusters that count as evidence, which are called `cases`.
    """
    if len(clusters) > MOST_SLICES:
        what = f"they have {len(clusters)} values, and the gate takes {MOST_SLICES}"
        yield Need(
            f"{DATA} slices", what, "name columns of fewer values, or bring rare values together"
        )
    thin = {name: count for name, count in clusters.items() if count < least}
    if thin:
        some = [f"{name} {thin[name]}" for name in sorted(thin, key=thin.__getitem__)]
        what = (
            f"{len(thin)} have fewer than {least} {cases} ({named(some)}), so nothing gates there"
        )
        yield Need(
            f"{DATA} slices",
            what,
            "bring rare values together, drop the column, or evaluate more rows",
        )


def too_fine(one: Margin) -> Iterator[Need]:
    """That a margin is below the smallest loss that shows: a harmless change ends "cannot tell"."""
    where = f"{GATE} {one.key}"
    if isnan(one.smallest):
        what = (
            f"{one.metric} of {one.algorithm} has no value on some resamples, so nothing could pass"
        )
        yield Need(where, what, "name another metric, or evaluate more rows")
    elif one.smallest > one.margin:
        what = (
            f"{100 * one.margin:g} % of {one.metric} is finer than the minimum "
            f"detectable effect of {one.algorithm}, {100 * one.smallest:.2g} %"
        )
        yield Need(where, what, " or ".join(_remedies(one)))


def _remedies(one: Margin) -> Iterator[str]:
    if ROOM * one.smallest < 1:
        yield f"raise it to {advised(one.smallest):g},"
    yield (
        f"have {one.needed:,.0f} {one.cases} (now {one.now:,})"
        if isfinite(one.needed)
        else "train more seeds"
    )


def advised(smallest: float) -> float:
    """A margin, in whole hundredths, that leaves room over the smallest loss that shows."""
    return ceil(100 * ROOM * smallest) / 100


def counted(rows: Rows, evidence: Evidence) -> dict[str, int]:
    """The clusters that count as evidence in each slice."""
    slices = evidence.slices()
    return {
        name: part_of(rows, keep)[0].positive_entities if keep.any() else 0
        for name, keep in slices.items()
    }


def margins(evidence: Evidence, rows: Rows, question: Question, extra: int) -> Iterator[Margin]:
    """Every metric of every algorithm that gates, where head and base differ by seeds alone.

    The seeds are their own and `extra`.
    """
    where = list(places(rows, question.task.metrics, question.metrics, {}, 1))
    for name, gates in question.algorithms.items():
        if not gates or name not in evidence.head:
            continue
        seeds = len(evidence.head[name]) + extra
        threshold, _ = question.thresholds_of(name)
        runs = [Scored(rows, run, threshold) for run in evidence.head[name]]
        resamples = Resamples(rows.entities, min(RESAMPLES, question.resamples), question.seed)
        spreads = measure_at(where, runs, resamples)
        for place, spread in zip(where, spreads, strict=True):
            power = power_of(spread, (seeds, seeds))
            yield _margin(name, place.metric.name, power, rows.positive_entities, question)


def _margin(algorithm: str, metric: str, power: Power, now: int, question: Question) -> Margin:
    key, rules = _rules(metric, question)
    own = ALIKE if power.own is None else power.own
    smallest, needed = power.smallest(rules, own), power.clusters(rules, own, now)
    return Margin(algorithm, metric, key, rules.margin, smallest, needed, now, question.task.cases)


def _rules(metric: str, question: Question) -> tuple[str, Rules]:
    if metric == question.primary.removesuffix(AT_BASE_RATE):
        return "margin", question.rules
    guardrail = question.guardrails.get(metric) or question.guardrails[metric + AT_BASE_RATE]
    return f"guardrails.{metric}.margin", replace(question.rules, margin=guardrail.margin)
