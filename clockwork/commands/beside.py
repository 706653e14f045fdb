"""What takes seconds and no regression test can change, made while these tests run."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clockwork.compare.paired_scores import Evidence
from clockwork.report.html import figures
from clockwork.report.study import write_studies
from clockwork.settings.gate import algorithm_roles
from clockwork.settings.tracking import tracking_settings
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.verdict.schema import Verdict

if TYPE_CHECKING:
    from clockwork.tracking.artifacts import Tags


class Beside:
    """The report's figures, MLflow's artifacts in `folder`, and the pages of the searches."""

    figures: "Future[dict[str, object]]"
    tags: "Future[Tags]"

    def __init__(self, checkout: Checkout, report: Report) -> None:
        self.checkout, self.report = checkout, report
        self.folder = checkout / paths.ARTIFACTS

    def begin(self, verdict: Verdict, evidence: Evidence | None) -> Callable[[], None]:
        """Begin with those of `verdict`; what it returns waits for the end."""
        # One thread, for two must not import the same, and MLflow's import is the longest.
        pool = ThreadPoolExecutor(1)
        pool.submit(self._preload)
        pool.submit(self._studies)
        self.figures = pool.submit(figures, verdict, evidence)
        self.tags = pool.submit(self._fill, verdict, evidence)
        return pool.shutdown

    def _preload(self) -> None:
        from clockwork.tracking.store import preload

        preload(tracking_settings(self.checkout.root).timeout)

    def _studies(self) -> None:
        with surviving("the pages of the searches", self.report):
            write_studies(self.checkout.root, list(algorithm_roles(self.checkout.root)))

    def _fill(self, verdict: Verdict, evidence: Evidence | None) -> "Tags":
        from clockwork.tracking import artifacts

        shutil.rmtree(self.folder, ignore_errors=True)  # of a run that was killed
        self.folder.mkdir(parents=True)
        return artifacts.without_reports(self.checkout.root, verdict, evidence)(self.folder)


@contextmanager
def surviving(view: str, report: Report) -> Iterator[None]:
    """Run the block that makes `view`; a failing one cannot change the verdict, written by then."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it was, the verdict stands
        lines = str(error).strip().splitlines() or [""]
        report(f"{view}: {type(error).__name__}: {lines[0]:.300}; the verdict stands")
