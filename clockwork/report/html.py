"""A verdict's page: one file with its style and figures inside, which loads and runs nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from clockwork.gate.catalogue import Group
from clockwork.gate.outcome import Outcome
from clockwork.report import changes, phrases, tables
from clockwork.report.advice import next_step
from clockwork.report.pages import drawn, rendered
from clockwork.report.sections import KINDS, again
from clockwork.report.sensitivity import false_alarms, primary, sensitivity
from clockwork.report.status_line import status_line
from clockwork.verdict.costs import KINDS as COSTS
from clockwork.verdict.schema import Verdict

if TYPE_CHECKING:
    from clockwork.compare.paired_scores import Evidence

MOST_FIGURES = 4  # of a kind: a page of many algorithms stays small and quick
Figures = list[tuple[str, Markup]]


def page(
    verdict: Verdict,
    evidence: "Evidence | None",
    links: Mapping[str, str] = {},
    further: Sequence[tuple[str, str]] = (),
) -> str:
    """The whole page. Without `evidence` it has no curves; `links` are further pages by name.

    `further` are figures by title, as SVG text of ours.
    """
    return page_with(figures(verdict, evidence, further), verdict, links)


def page_with(
    drawings: Mapping[str, object], verdict: Verdict, links: Mapping[str, str] = {}
) -> str:
    """The whole page with `drawings` that are made already, which takes longer than the rest."""
    named = {"build": verdict.context.build_url, **links}
    safe = [(phrases.plain(name), phrases.web(url)) for name, url in named.items()]
    return rendered(
        "template.html",
        verdict=verdict,
        headline=phrases.headline(verdict),
        next_step=next_step(verdict),
        sensitivity=sensitivity(verdict),
        alarms=false_alarms,
        status_line=status_line(verdict),
        OWNER=Group.OWNER,
        parameters=changes.parameters(verdict),
        searches=changes.searches(verdict),
        spent=changes.spent(verdict),
        alerting=phrases.alerting(verdict),
        first=verdict.outcome is Outcome.FIRST_BASELINE,
        again=again(verdict),
        links=[(name, url) for name, url in safe if url],
        **_tables(verdict),
        **drawings,
    )


def _tables(verdict: Verdict) -> dict[str, object]:
    return {
        "broken": tables.broken(verdict),
        "holding": tables.holding(verdict),
        "metrics": tables.metric_rows(verdict),
        "slices": tables.slice_rows(verdict),
        "churn": tables.churn_rows(verdict),
        "decisions": [(kind, changes.decisions(verdict, kind)) for kind in KINDS],
        "costs": changes.cost_rows(verdict),
        "kinds": list(COSTS),
    }


def figures(
    verdict: Verdict, evidence: "Evidence | None", further: Sequence[tuple[str, str]] = ()
) -> dict[str, object]:
    """The page's figures by their place in it."""
    found: dict[str, object] = {kind: [] for kind in ("power", "curves", "calibration", "times")}
    found |= {"forest": "", "further": _titled(further)}
    if not any(check.estimate for check in verdict.checks):
        return found
    # Half a second of matplotlib, which no verdict without numbers pays.
    from clockwork.report.forest import forest

    found |= {"forest": drawn(forest(verdict)), "power": _power(verdict)}
    if evidence is not None:
        some = phrases.gating(verdict)[:MOST_FIGURES]
        found |= (
            _of_alerts(some, evidence)
            if evidence.task.alerts
            else {"further": [*_titled(further), *_of_task(some, evidence)]}
        )
    return found


def _titled(figures: Iterable[tuple[str, str]]) -> Figures:
    # One that would show nothing is left out.
    return [(phrases.plain(title), drawn(svg)) for title, svg in figures if svg]


def _of_alerts(names: list[str], evidence: "Evidence") -> dict[str, object]:
    from clockwork.report import curves
    from clockwork.report.timeline import timeline

    draw = {"curves": curves.precision_recall, "calibration": curves.calibration, "times": timeline}
    return {
        kind: _titled((name, one(evidence, name)) for name in names) for kind, one in draw.items()
    }


def _of_task(names: list[str], evidence: "Evidence") -> Figures:
    from clockwork.report.by_task import figures_of

    return _titled(
        (f"{name}: {title}", svg) for name in names for title, svg in figures_of(evidence, name)
    )


def _power(verdict: Verdict) -> Figures:
    from clockwork.report.power import kinds, power

    margin = verdict.rules.margin if verdict.rules else 0.0
    audits = [one for one in verdict.audit if one.algorithm in phrases.gating(verdict)]
    return _titled(
        (
            f"{audit.algorithm}, lost by {kind}",
            power(audit, kind, margin, primary(verdict, audit.algorithm)),
        )
        for audit in audits[:MOST_FIGURES]
        for kind in kinds(audit)
    )
