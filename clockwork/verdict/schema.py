"""The verdict as a document: build/verdict.json, the one source of every report and test view.

`schema_version` grows its first number when a reader of the old form would go wrong.
"""

from dataclasses import fields
from math import nan
from pathlib import Path
from typing import Any, Literal

from pydantic import field_validator, model_validator

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.support.errors import BadInput
from clockwork.support.git import Commit
from clockwork.verdict.costs import Cost
from clockwork.verdict.parts import (
    Audit,
    CommitDocument,
    Context,
    Decision,
    Document,
    Evaluation,
    Finding,
    RowAccount,
    Rules,
)
from clockwork.verdict.schema_1 import is_old, verdict_of_1, with_commits

SCHEMA_VERSION: Literal["2.0"] = "2.0"
NUMBERS = {one.name for one in fields(Estimate) if one.type is float}


class Verdict(Document):
    """The whole answer to one pull request.

    `pages` are where more of it is, by name, such as its runs in MLflow. `command` is what
    reproduces it, where that is no commit: two files were compared.
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
    accounts: list[RowAccount] = []
    commits: dict[Literal["head", "base"], CommitDocument] = {}
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
        found = verdict_of_1(document, SCHEMA_VERSION) if is_old(document) else document
        return with_commits(found)

    @field_validator("checks", mode="before")
    @classmethod
    def _missing_numbers(cls, checks: Any) -> Any:
        # JSON has no NaN: a number that is missing is null there and NaN here.
        for check in checks if isinstance(checks, list) else []:
            estimate = check.get("estimate") if isinstance(check, dict) else None
            if isinstance(estimate, dict):
                check["estimate"] = {
                    key: nan if value is None and key in NUMBERS else value
                    for key, value in estimate.items()
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
        """The checked algorithms, in the order of the settings: the one they are measured in."""
        measured = [check for check in self.checks if check.metric]
        return list(
            dict.fromkeys(check.algorithm for check in [*measured, *self.checks] if check.algorithm)
        )


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
        raise BadInput(
            f"{path}: not a verdict of schema {SCHEMA_VERSION}: {str(error).splitlines()[0]}"
        ) from None
