"""The last audit, written into docs/audit.json, the tables of docs/gate.md, and a picture."""

import shutil
from pathlib import Path

from clockwork.selftest.audit.audit import RESULT, red
from clockwork.selftest.audit.result import Result, red_rates
from clockwork.selftest.examples import SEEDS, place
from clockwork.selftest.page import marks, put, svg, table
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput
from clockwork.support.paths import AUDIT
from clockwork.verdict.parts import Audit

PAGE = Path("docs") / "gate.md"
PICTURE = Path("docs") / "power.svg"
MARK = "audit"
BEGIN, END = marks(MARK)


def write(checkout: Checkout, report: Report) -> int:
    """Put the last audit's results into the documents of `checkout`."""
    result = _result(checkout)
    _put(checkout / PAGE, PAGE, result)
    (checkout / PICTURE).write_text(power(result), encoding="utf-8")
    shutil.copyfile(checkout / RESULT, checkout / AUDIT)
    report(f"{PAGE}, {PICTURE} and {AUDIT} tell of {result.commit[:10]}; commit them")
    return 0


def write_example(checkout: Checkout, name: str, report: Report) -> int:
    """Put the results of the last audit of an example into its README, in `checkout`."""
    project, page = place(checkout, name), SEEDS / name / "README.md"
    result = _result(project, f"make audit SEED={name}")
    made_of = project.find(f"{result.commit}~1")
    _put(checkout / page, page, result.model_copy(update={"commit": made_of}))
    report(f"{page} tells of {made_of[:10]}; commit it")
    return 0


def _result(checkout: Checkout, command: str = "make audit") -> Result:
    if not (checkout / RESULT).exists():
        raise BadInput(f"{RESULT}: no audit yet; run `{command}`")
    try:
        result = Result.model_validate_json((checkout / RESULT).read_text(encoding="utf-8"))
    except ValueError:
        raise BadInput(f"{RESULT}: not a whole audit; run `{command}` again") from None
    if len(result.matrix) < result.planted:
        raise BadInput(
            f"{RESULT}: "
            f"{len(result.matrix)} of {result.planted} changes were simulated; run `{command}`"
        )
    return result


def _put(path: Path, page: Path, result: Result) -> None:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(put(text, MARK, tables(result), page), encoding="utf-8")


def tables(result: Result) -> str:
    """All results as Markdown."""
    parts = [f"Measured at commit `{result.commit[:10]}`.", *map(rates, result.replay)]
    parts += [power_table(one) for one in result.replay]
    return "\n\n".join([*parts, matrix(result)] if result.matrix else parts) + "\n"


def rates(one: Audit) -> str:
    """The error rates of one algorithm."""
    rows = [
        ("wrongly blocked", f"{one.blocked:.2%}, at most {one.blocked_high:.2%}"),
        (
            f"cannot tell with {one.head_runs} runs against {one.base_runs}",
            f"{one.cannot_tell_first:.2%}",
        ),
        (f"cannot tell with {one.base_runs} against {one.base_runs}", f"{one.cannot_tell:.2%}"),
        ("noise floor: standard deviation of the difference", f"{one.noise:.2%} of base"),
        ("minimum detectable effect (80 % power)", f"{one.minimum_detectable:.2%} of base"),
        ("churn floor: alerts that a new seed replaces", f"{one.churn:.1%}"),
    ]
    title = (
        f"{one.algorithm}: "
        f"{one.draws:,} draws from {one.trainings} trainings that differ by the seed alone"
    )
    return table((title, "share"), rows)


def power_table(one: Audit) -> str:
    """How often a loss of known size was passed, inconclusive, blocked, by primary metric alone."""
    rows = [
        (
            point.kind,
            f"{point.loss:.1%}",
            f"{point.passed:.1%}",
            f"{point.cannot_tell:.1%}",
            f"{point.blocked:.1%}",
        )
        for point in one.power
    ]
    return table((f"{one.algorithm}: loss by", "of base", "passed", "cannot tell", "blocked"), rows)


def matrix(result: Result) -> str:
    """Every planted change, the check that must catch it, and what was said."""
    rows = [
        (
            case.name,
            case.caught_by or "nothing",
            f"{case.outcome} ({case.exit_code})",
            ", ".join(red(case)) or "none",
        )
        for case in result.matrix
    ]
    good = sum(case.as_it_should for case in result.matrix)
    heading = (
        f"{good} of {len(result.matrix)} planted pull requests ended as they should: "
        f"{red_rates(result.matrix)}."
    )
    return (
        f"{heading}\n\n"
        f"{table(('change', 'must be caught by', 'verdict (exit code)', 'red checks'), rows)}"
    )


def power(result: Result) -> str:
    """The power curves as SVG text: what happens to a loss of each size."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from clockwork.report.plots import STYLE

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7, 3), layout="constrained")
        axes = figure.subplots()
        for one in result.replay:
            for kind, mark in zip(
                sorted({point.kind for point in one.power}), ("o-", "s--"), strict=False
            ):
                points = [point for point in one.power if point.kind == kind]
                losses = [100 * point.loss for point in points]
                axes.plot(
                    losses,
                    [100 * point.blocked for point in points],
                    mark,
                    label=f"{one.algorithm}, {kind}",
                )
        axes.axvline(100 * result.margin, color="#c5ccd3")
        axes.set(
            xlabel="loss in per cent of base; the line is the margin",
            ylabel="blocked, per cent",
            ylim=(-3, 103),
        )
        axes.legend(frameon=False)
        return svg(figure)
