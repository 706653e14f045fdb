"""What `make regression` does for a pull request: verdict, views, runs in MLflow, exit code."""

import os
from collections.abc import Mapping

from rich.console import Console

from clockwork.ci.context import context
from clockwork.commands.beside import Beside, surviving
from clockwork.compare.compare import compare
from clockwork.compare.preflight import check_settings, unread
from clockwork.compare.request import Meanwhile, Request
from clockwork.gate.catalogue import CheckId
from clockwork.report.html import page_with
from clockwork.report.markdown import comment
from clockwork.report.terminal import render
from clockwork.settings.tracking import TrackingSettings, tracking_settings
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput
from clockwork.verdict.schema import Verdict, write_verdict

CHAMPION = "champion"  # the word for BASE that names the commit of the registered champion
WIDTH = 110
REPORTS = (paths.VERDICT, paths.REPORT_MD, paths.REPORT_HTML)


def pull_request(
    checkout: Checkout, revision: str | None, report: Report, *, quick: bool = False
) -> int:
    """Judge the commit in `checkout`, write and log all, show the verdict; gives the exit code."""
    from clockwork.tracking.promotion import champion_commit

    begin(checkout)
    for line in unread(checkout.root):
        report(line)
    if revision == CHAMPION:
        revision = champion_commit(checkout)
    beside = Beside(checkout, report)
    verdict, _ = compare(request(checkout, revision, report, beside.begin, quick=quick))
    drawn = beside.figures.result()
    write_reports(checkout, verdict, drawn, {})
    with surviving("mlflow", report):
        links = log(checkout, verdict, beside, tracking_settings(checkout.root), report)
        if links:
            verdict = verdict.model_copy(update={"pages": links})
            write_verdict(verdict, checkout / paths.VERDICT)
            write_reports(checkout, verdict, drawn, links)
    with surviving("the table", report):
        show(verdict)
    report(f"reports: {paths.REPORT_HTML}, {paths.REPORT_MD}, {paths.VERDICT}, {paths.JUNIT}")
    if verdict.exit_code == 2:
        raise BadInput(
            next(check.message for check in verdict.checks if check.id == CheckId.HEAD_RUNS)
        )
    return verdict.exit_code


def begin(checkout: Checkout) -> None:
    """Take the last run's results away, and check every settings file before any work is done."""
    (checkout / paths.BUILD).mkdir(parents=True, exist_ok=True)
    paths.take_results_away(checkout / paths.BUILD)
    check_settings(checkout.root)


def request(
    checkout: Checkout, revision: str | None, report: Report, meanwhile: Meanwhile, *, quick: bool
) -> Request:
    """The comparison of `checkout` with `revision`, and what it must be handed from outside."""
    from clockwork.tracking.store import unsaved

    return Request(
        checkout,
        revision,
        quick,
        report,
        context(os.environ),
        lambda one: unsaved(one, os.environ),
        meanwhile,
    )


def write_reports(
    checkout: Checkout, verdict: Verdict, drawn: Mapping[str, object], links: dict[str, str]
) -> None:
    """The pull-request comment and the HTML page, each whole or not at all."""
    for path, text in (
        (paths.REPORT_MD, comment(verdict, links)),
        (paths.REPORT_HTML, page_with(drawn, verdict, links)),
    ):
        draft = (checkout / path).with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(checkout / path)


def log(
    checkout: Checkout,
    verdict: Verdict,
    beside: Beside,
    settings: TrackingSettings,
    report: Report,
) -> dict[str, str]:
    """Bring the verdict into MLflow, give the pages to see; an absent server changes no verdict."""
    from clockwork.tracking import acceptance, artifacts, links, outbox, store

    main = checkout.main
    reports = [checkout / path for path in REPORTS]
    pack = artifacts.whole(beside.folder, beside.tags.result(), reports)
    sent = outbox.log_verdict(verdict, pack, main, settings)
    if isinstance(sent, outbox.Failure):
        report(f"mlflow: {sent.message}")
        return {}
    uri = store.uri(main, settings, os.environ)
    unseen = links.unseen(
        uri, verdict.context.ci, named=bool(os.environ.get("MLFLOW_TRACKING_URI"))
    )
    if unseen:
        report(f"mlflow: {unseen}")
        return {}
    place = links.base(uri, settings.port)
    found = {"MLflow run": links.run_page(place, sent.experiment_id, sent.run_id)}
    if sent.children:
        found["MLflow comparison"] = links.compare_page(
            place, sent.experiment_id, list(sent.children.values())
        )
    report(f"mlflow: {found['MLflow run']} (make ui)")
    return {**found, **(acceptance.of_base(checkout, verdict.base.sha) if verdict.base else {})}


def show(verdict: Verdict) -> None:
    """The verdict as a table, as wide as the terminal or as a log can show."""
    console = Console(markup=False)
    console.width = max(console.width, WIDTH)
    console.print(render(verdict))
