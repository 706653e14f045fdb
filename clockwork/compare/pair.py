"""Two built commits and who decides about them: what every check of a comparison is asked of."""

from dataclasses import dataclass

from clockwork.compare.base_gate import CERTAIN, MEASURED, judged_by_base
from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.measure import certain_checks, measured_checks
from clockwork.compare.paired_scores import Evidence
from clockwork.compare.request import Commits, Request
from clockwork.gate.outcome import Check
from clockwork.settings.gate import GateSettings
from clockwork.support.libraries import LIBRARIES
from clockwork.support.pinned import DATA

WORKS = ("clockwork", "pipelines", "configs", LIBRARIES, "dvc.yaml", DATA)


@dataclass(frozen=True)
class Pair:
    """Head and base as far as they are built, and who decides.

    `edited` are the files of the gate that head edits.
    """

    request: Request
    commits: Commits
    head: BuiltCommit
    base: BuiltCommit
    settings: GateSettings
    edited: list[str]

    def ask(self, evidence: Evidence | None = None) -> list[Check]:
        """The certain checks or, on `evidence`, the measured: by base's gate if head edits it."""
        if self.edited:
            kind = CERTAIN if evidence is None else MEASURED
            return judged_by_base(self.head, self.base, kind, quick=self.request.quick)
        if evidence is None:
            return certain_checks(self.head, self.base, self.settings, quick=self.request.quick)
        return measured_checks(self.head, self.base, evidence, self.settings)

    def changed(self) -> list[str]:
        """The files that differ between the commits and that a result may depend on."""
        assert self.commits.base
        revisions = (self.commits.base.sha, self.commits.head.sha)
        return self.request.checkout.git("diff", "--name-only", *revisions, "--", *WORKS).split()
