"""configs/expectations.yaml: what must hold for the raw rows."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from clockwork.settings.strict import Strict, load
from clockwork.support.paths import CONFIGS


class Expectation(Strict):
    """One Great Expectations check, spread over `columns` (over the table where there are none)."""

    expect: str
    columns: list[str] = []
    severity: Literal["critical", "warning"] = "critical"
    arguments: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, document: Any) -> Any:
        if not isinstance(document, dict):
            return document
        own = {key: value for key, value in document.items() if key in cls.model_fields}
        rest = {key: value for key, value in document.items() if key not in own}
        return {**own, "arguments": rest} if rest else own


class Expectations(Strict):
    """configs/expectations.yaml."""

    expectations: list[Expectation] = Field(min_length=1)


def expectations(root: Path = Path()) -> list[Expectation]:
    """The expectations of the checkout at `root`."""
    return load(root / CONFIGS / "expectations.yaml", Expectations).expectations
