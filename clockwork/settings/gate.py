"""configs/gate.yaml: which algorithms can block a pull request, and how sure the gate must be."""

from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from clockwork.gate.places import namable
from clockwork.gate.tasks import binary
from clockwork.gate.tasks.task import Task
from clockwork.settings.strict import Strict, load
from clockwork.settings.task import task_of
from clockwork.support.paths import CONFIGS

Role = Literal["gating", "watched"]


class GuardrailSettings(Strict):
    """A further metric: it may get worse by `margin`, a share of base's value.

    With `two_sided` it may get no better than that, either.
    """

    margin: float = Field(gt=0)
    two_sided: bool = False


class SliceSettings(Strict):
    """The slices that configs/data.yaml names: the harm that counts, the level for all together."""

    margin: float = Field(gt=0, lt=1)
    alpha: float = Field(gt=0, lt=0.5)
    min_positive_clusters: int = Field(ge=10)


class CostSettings(Strict):
    """How many times base's cost head may have, in processor time and in bytes."""

    features: float = Field(gt=1)
    scoring: float = Field(gt=1)
    training: float = Field(gt=1)
    size: float = Field(gt=1)


Metrics = str | dict[str, GuardrailSettings]


class GateSettings(Strict):
    """configs/gate.yaml. Margins are shares of the base's value; alphas are one-sided error rates.

    It is read for a task, binary where none is given: only metrics of that task may be named, and
    where `primary` and `guardrails` are left out they are the task's own.
    """

    algorithms: dict[str, Role] = Field(min_length=1)
    primary: str
    margin: float = Field(gt=0, lt=1)
    credible_gain: float = Field(gt=0)
    alpha_pass: float = Field(gt=0, lt=0.5)
    alpha_block: float = Field(gt=0, lt=0.5)
    resamples: int = Field(ge=200)
    min_positive_clusters: int = Field(ge=10)
    guardrails: dict[str, GuardrailSettings] = {}
    slices: SliceSettings
    churn: float = Field(
        ge=0, description="share of decisions that may change beyond what a new seed changes"
    )
    costs: CostSettings
    block: int | None = Field(
        default=None, ge=1, description="minutes; resample entity x block, not entity"
    )
    cannot_tell: Literal["red", "green"] = "red"
    target_branch: str = "main"

    @model_validator(mode="before")
    @classmethod
    def _by_task(cls, document: Any, info: ValidationInfo) -> Any:
        if not isinstance(document, dict) or "primary" in document:
            return document
        task = _task(info)
        rest = {name: {"margin": margin} for name, margin in task.guardrails.items()}
        return {"primary": task.primary, "guardrails": rest, **document}

    @field_validator("primary", "guardrails")
    @classmethod
    def _known(cls, named: Metrics, info: ValidationInfo) -> Metrics:
        task = _task(info)
        known = [*task.metrics] if isinstance(named, str) else namable(task.metrics)
        for name in [named] if isinstance(named, str) else named:
            if name not in known:
                whose = "" if task is binary.TASK else f" of {task.name}"
                raise ValueError(f"there is no metric '{name}'{whose}, only {', '.join(known)}")
        return named

    @model_validator(mode="after")
    def _armed(self) -> "GateSettings":
        if "gating" not in self.algorithms.values():
            raise ValueError(
                "at least one algorithm must be gating, or the gate could never be red"
            )
        if self.primary in self.guardrails:
            raise ValueError(f"'{self.primary}' is primary and a guardrail; keep one")
        return self


def _task(info: ValidationInfo) -> Task:
    task: Task = (info.context or {}).get("task", binary.TASK)
    return task


class AlgorithmSettings(Strict):
    """What configs/gate.yaml says of algorithms alone.

    Its other keys may be those of another version of the gate.
    """

    model_config = ConfigDict(extra="ignore")

    algorithms: dict[str, Role] = Field(min_length=1)


def algorithm_roles(root: Path = Path()) -> dict[str, Role]:
    """The algorithms of the checkout at `root` and their roles.

    Of another commit this is all that may be asked: it may gate on a metric that only its own gate
    knows.
    """
    return load(root / CONFIGS / "gate.yaml", AlgorithmSettings).algorithms


def gate_settings(root: Path = Path()) -> GateSettings:
    """The settings of the checkout at `root`, for its task."""
    return load(root / CONFIGS / "gate.yaml", GateSettings, {"task": task_of(root)})
