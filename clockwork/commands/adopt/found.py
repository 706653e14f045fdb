"""What there is to adopt, and every file that an adopted project is to have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from clockwork.adopt import expect, write
from clockwork.adopt.guess import Given, Guess
from clockwork.adopt.inspect import values_of
from clockwork.adopt.look import Files, find_files, problems_of, read
from clockwork.adopt.measure import Sensitivity
from clockwork.adopt.propose import Proposal, propose
from clockwork.adopt.readme import readme
from clockwork.adopt.usable import usable
from clockwork.learning.data.target import with_target
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.paths import model_file

# Who is wanted, where the checkout has such an algorithm.
TWO_CLASSES = (("lightgbm", "gating"), ("logistic", "gating"), ("naive", "watched"))
OTHERS = (("lightgbm", "gating"), ("linear", "gating"), ("naive", "watched"))


@dataclass(frozen=True)
class Found:
    """The files, the proposal for them, the expectations their rows met, the branch merged into."""

    name: str
    files: Files
    proposal: Proposal
    expectations: str
    target_branch: str = "main"

    @property
    def branch(self) -> str:
        """The branch that the commit goes to."""
        return f"adopt-{self.name}"

    def roles(self, checkout: Checkout) -> dict[str, str]:
        """The algorithms that `checkout` has for the task, each with its role."""
        wanted = TWO_CLASSES if self.proposal.task == "binary" else OTHERS
        return {name: role for name, role in wanted if (checkout / model_file(name)).exists()}

    def configs(self, roles: Mapping[str, str], seen: Sensitivity) -> dict[str, str]:
        """The text of every file the project gets, by name; margins are no finer than `seen`."""
        proposal, split = self.proposal, self.proposal.counts
        models = {
            f"configs/models/{name}.yaml": text
            for name, text in write.models_yaml(split.train).items()
            if name in roles
        }
        return models | {
            "configs/data.yaml": write.data_yaml(proposal),
            "configs/expectations.yaml": self.expectations,
            "configs/features.yaml": write.FEATURES,
            "configs/gate.yaml": write.gate_yaml(
                proposal, roles, seen, split.clusters, self.target_branch
            ),
            "configs/alerts.yaml": write.alerts_yaml(proposal.task, seen.thresholds),
            "configs/tuned.json": write.tuned_json(list(roles)),
            "configs/schema.lock": write.LOCK,
            "tests/regression/golden.yaml": write.GOLDEN,
            "README.md": readme(self.name, proposal, seen),
        }


def look(
    data: Path, given: Given, name: str | None, folder: Path
) -> tuple[Found | None, list[str]]:
    """What the files at `data` hold, and all that is wrong with it.

    Links to them lie in the empty `folder` then. Raises `BadInput` where they cannot be read at
    all.
    """
    files = find_files(data)
    files.link(folder)
    try:
        found, wrong = _look(files, given, name or data.name.partition(".")[0], folder)
    except BadInput as error:
        raise BadInput(files.unlinked(str(error), folder)) from None
    return found, [files.unlinked(one, folder) for one in wrong]


def _look(files: Files, given: Given, name: str, folder: Path) -> tuple[Found | None, list[str]]:
    table = read(files, given.target, folder)
    wrong = list(problems_of(table, given))
    if wrong:
        return None, wrong
    whole = table.num_rows
    table = with_target(table, given.target) if given.unlabelled == "drop" else table
    if not table.num_rows:
        return None, [
            (
                f"target '{given.target}': no row has one; "
                "bring labelled rows, or take another --target"
            )
        ]
    proposal = propose(table, files.rows, files.csv, given)
    if table.num_rows < whole:
        why = f"{whole - table.num_rows:,} of {whole:,} rows have no target"
        proposal = proposal.taking(Guess("unlabelled", given.unlabelled, why))
    if not proposal.problems:
        proposal = usable(proposal, given, folder)
    texts = "" if proposal.problems else _expectations(proposal, table)
    return Found(_plain(name), files, proposal, texts), list(proposal.problems)


def _expectations(proposal: Proposal, table: pa.Table) -> str:
    listed = expect.listed(proposal)
    values = {
        one: sorted(map(str, values_of(table.column(one)).dropna().unique())) for one in listed
    }
    return write.expectations_yaml(expect.expectations(proposal, _rate(proposal, table), values))


def _rate(proposal: Proposal, table: pa.Table) -> float | None:
    if proposal.task != "binary":
        return None
    target = values_of(table.column(proposal.target.name))
    positive = proposal["positive"]
    return float(
        (target == 1).mean() if positive is None else (target.astype(str) == str(positive)).mean()
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "project"
