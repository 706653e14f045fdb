"""The page of a verdict: one file with its style and figures inside, which loads nothing and runs nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipelines.report import tables, words
from pipelines.verdict import Verdict

if TYPE_CHECKING:
    from pipelines.evidence import Evidence

HERE = Path(__file__).parent
MOST_FIGURES = 4  # of a kind: a page of many algorithms stays small and quick


def page(verdict: Verdict, evidence: "Evidence | None", links: Mapping[str, str] = {}) -> str:
    """The whole page. Without `evidence` it has no curves; `links` are further pages by name."""
    named = {"build": verdict.context.build_url, **links}
    safe = [(words.plain(name), words.web(url)) for name, url in named.items()]
    return (
        _environment()
        .get_template("template.html")
        .render(
            verdict=verdict,
            style=Markup((HERE / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - a file of ours
            headline=words.headline(verdict),
            next_step=words.next_step(verdict),
            sight=words.sight(verdict),
            groups=words.groups(verdict),
            checks=tables.check_rows(verdict),
            parameters=tables.parameters(verdict),
            cost=tables.cost(verdict),
            links=[(name, url) for name, url in safe if url],
            **_figures(verdict, evidence),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        autoescape=True, loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"short": words.short, "plain": words.plain, "words": words.metric, "rate": _rate}
    return environment


def _rate(part: float) -> str:
    return f"{100 * part:g} %"


def _figures(verdict: Verdict, evidence: "Evidence | None") -> dict[str, object]:
    empty: dict[str, object] = {"forest": "", "curves": [], "times": []}
    if not any(check.estimate for check in verdict.checks):
        return empty
    from pipelines.report import plots  # half a second of matplotlib, which a verdict without numbers need not pay

    found = {**empty, "forest": _drawn(plots.forest(verdict))}
    if evidence is not None:
        gating = dict.fromkeys(check.algorithm for check in verdict.checks if check.gating and check.algorithm)
        some = [name for name in gating if name][:MOST_FIGURES]
        for kind, draw in (("curves", plots.precision_recall), ("times", plots.timeline)):
            drawn = [(words.plain(name), draw(evidence, name)) for name in some]
            found[kind] = [(name, _drawn(svg)) for name, svg in drawn if svg]
    return found


def _drawn(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - drawn by us; matplotlib escapes the names in it
