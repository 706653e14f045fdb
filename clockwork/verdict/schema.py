"""The verdict as a document: build/verdict.json, the one source that every report and every test view is made from.

`schema_version` grows its first number when a reader of the old form would go wrong.
"""

from dataclasses import fields
from math import nan
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.support.errors import BadInput
from clockwork.support.git import Commit
from clockwork.verdict.costs import Cost
from clockwork.verdict.schema_1 import is_old, verdict_of_1

SCHEMA_VERSION: Literal["2.0"] = "2.0"
NUMBERS = {one.name for one in fields(Estimate) if one.type is float}


class Document(BaseModel):
    """A part of the verdict: immutable, and nothing in it that the schema does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class Context(Document):
    """Where the run happened and for which pull request; all but `ci` may be unknown on a laptop.

    `commit` is the one that people pushed, also where a CI system judged a merge of it; `fork` whether it came from
    another repository.
    """

    model_config = ConfigDict(from_attributes=True)

    ci: str = "local"
    pull_request: str | None = None
    branch: str | None = None
    target: str | None = None
    commit: str | None = None
    fork: bool = False
    build_url: str | None = None


class Evaluation(Document):
    """The rows that both commits were evaluated on. `fingerprint` is the SHA-256 of their keys and labels.

    `positive_clusters` counts the clusters that are evidence, which are called `cases`.
    """

    fingerprint: str
    rows: int
    positives: int
    clusters: int
    positive_clusters: int
    cluster: str
    cases: str = "clusters with a positive"


class SearchTrial(Document):
    """A trial of a search for hyperparameters: one of the best that ran to their end, by cross-validated score."""

    number: int
    score: float
    rounds: int | None = None
    params: dict[str, Any]


class CommitDocument(Document):
    """What one commit trained: DVC's hashes of data and lock file, its features, and per algorithm the parameters,
    the seeds, the score from which it alerts, and the best trials of the search for the parameters.
    """

    data: str
    dependencies: str
    features: list[str] = []
    params: dict[str, dict[str, Any]]
    seeds: dict[str, list[int]]
    alerts: dict[str, float] = {}
    trials: dict[str, list[SearchTrial]] = {}


class Finding(Document):
    """A data expectation on head's rows."""

    expectation: str
    column: str
    severity: str
    success: bool
    expected: str
    observed: str


class Guardrail(Document):
    """A further metric and the margin within which it must hold."""

    model_config = ConfigDict(from_attributes=True)

    margin: float
    two_sided: bool


class Slices(Document):
    """How slices were judged."""

    model_config = ConfigDict(from_attributes=True)

    margin: float
    alpha: float


class Rules(Document):
    """The rules that the gate applied, from the settings."""

    primary: str
    margin: float
    guardrails: dict[str, Guardrail] = {}
    slices: Slices | None = None
    credible_gain: float
    alpha_pass: float
    alpha_block: float
    resamples: int


class Decision(Document):
    """An evaluation row whose alert differs between the commits: one of those whose score moved most."""

    algorithm: str
    entity: str
    time: int
    label: int
    base: float
    head: float
    kind: Literal["new error", "fixed error"]


class PowerPoint(Document):
    """How often a head that has lost `loss` (a share of base's value) was passed, was inconclusive, was blocked.

    `kind` is how it lost it: by noise everywhere, or by blindness for some entities.
    """

    kind: str
    loss: float
    passed: float
    cannot_tell: float
    blocked: float


class Audit(Document):
    """What `make audit` measured of this gate on this pipeline, in `draws` of comparisons with seed noise alone.

    Each is of `head_runs` against `base_runs` of the `trainings`. `blocked` is the share that was wrongly blocked,
    `blocked_high` the upper end of its 95 % interval; `cannot_tell_first` is before head's further runs. `noise` is the
    standard deviation of the primary metric's difference, `minimum_detectable` the smallest loss found with a power
    of 80 %, in shares of base's value; `churn` is the share of alerts that a new seed replaces. It holds for these
    `data` and `settings`.
    """

    algorithm: str
    data: str
    commit: str
    settings: str
    trainings: int
    head_runs: int
    base_runs: int
    draws: int
    blocked: float
    blocked_high: float
    cannot_tell_first: float
    cannot_tell: float
    noise: float
    churn: float
    minimum_detectable: float
    power: list[PowerPoint]


class Verdict(Document):
    """The whole answer to one pull request. `pages` are where more of it is, by name, such as its runs in MLflow.

    `command` is what reproduces it, where that is no commit: two files were compared.
    """

    schema_version: Literal["2.0"] = SCHEMA_VERSION
    outcome: Outcome
    exit_code: int
    summary: str
    head: Commit
    base: Commit | None
    context: Context
    rules: Rules | None = None
    evaluation: Evaluation | None = None
    arms: dict[Literal["head", "base"], CommitDocument] = {}
    checks: list[Check]
    findings: list[Finding] = []
    decisions: list[Decision] = []
    audit: list[Audit] = []
    costs: list[Cost] = []
    seconds: dict[str, float] = {}
    pages: dict[str, str] = {}
    command: str = ""

    @model_validator(mode="before")
    @classmethod
    def _of_today(cls, document: Any) -> Any:
        return verdict_of_1(document, SCHEMA_VERSION) if is_old(document) else document

    @field_validator("checks", mode="before")
    @classmethod
    def _missing_numbers(cls, checks: Any) -> Any:
        # JSON has no NaN: a number that is missing is null there and NaN here.
        for check in checks if isinstance(checks, list) else []:
            estimate = check.get("estimate") if isinstance(check, dict) else None
            if isinstance(estimate, dict):
                check["estimate"] = {
                    key: nan if value is None and key in NUMBERS else value for key, value in estimate.items()
                }
        return checks

    @field_validator("costs", mode="before")
    @classmethod
    def _missing_costs(cls, costs: Any) -> Any:
        for cost in costs if isinstance(costs, list) else []:
            if isinstance(cost, dict):
                cost.update({side: nan for side in ("head", "base") if cost.get(side) is None})
        return costs

    def checks_of(self, algorithm: str) -> list[Check]:
        """The checks of one algorithm, in the order of the gate."""
        return [check for check in self.checks if check.algorithm == algorithm]

    def algorithms(self) -> list[str]:
        """The algorithms that were checked, in the order of the settings: the one in which they are measured."""
        measured = [check for check in self.checks if check.metric]
        return list(dict.fromkeys(check.algorithm for check in [*measured, *self.checks] if check.algorithm))


def schema() -> dict[str, Any]:
    """The JSON schema of the document, in which a number that could not be had is null."""
    found = Verdict.model_json_schema(mode="serialization")
    for name, field in found["$defs"]["Estimate"]["properties"].items():
        if name in NUMBERS:
            field["type"] = [field["type"], "null"]
    found["$defs"]["Check"]["properties"]["id"]["examples"] = list(CheckId)
    return found


def write_verdict(verdict: Verdict, path: Path) -> None:
    """Write `verdict` whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(verdict.model_dump_json(indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def read_verdict(path: Path) -> Verdict:
    """The verdict at `path`. Raises `BadInput` where there is none or it is not of this schema."""
    try:
        return Verdict.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path}: no verdict there yet; run `make regression`") from None
    except ValueError as error:
        raise BadInput(f"{path}: not a verdict of schema {SCHEMA_VERSION}: {str(error).splitlines()[0]}") from None
