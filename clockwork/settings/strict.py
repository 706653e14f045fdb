"""Read a YAML file into a frozen model; whatever is wrong becomes one line that names the key."""

import difflib
import re
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from clockwork.support.errors import BadInput


class Strict(BaseModel):
    """A settings object: immutable, no unknown keys, no silent conversions between types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
    other_keys: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def written(cls, key: str, document: Any) -> str:  # noqa: ARG003
        """A key as `document` spells it; `other_keys` are those that are no fields."""
        return key


MERGE = "tag:yaml.org,2002:merge"  # of what may be there several times: <<
VALIDATOR = re.compile(r"\[|^(list|dict|bool|int|float|str)$")
Model = TypeVar("Model", bound=Strict)


def load(path: Path, model: type[Model], context: dict[str, Any] | None = None) -> Model:
    """The settings in the YAML file at `path`; `context` is what validators get of other files.

    Raises `BadInput` naming the file, the key and the remedy.
    """
    return parse(read_yaml(path), model, shown(path), context)


def shown(path: Path) -> str:
    """`path` as a user knows it: from the folder that the command runs in, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path)


def read_yaml(path: Path) -> Any:
    """The YAML document at `path`, as plain Python values."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except FileNotFoundError:
        raise BadInput(f"{shown(path)}: no such file; restore it from git") from None
    except IsADirectoryError:
        raise BadInput(f"{shown(path)}: a folder, not a file; restore it from git") from None
    # A day such as 2024-02-30 is a ValueError.
    except (yaml.YAMLError, ValueError) as error:
        raise BadInput(f"{shown(path)}: not readable as YAML: {error}") from None


class _Loader(yaml.SafeLoader):
    """As safe, and a key that is there twice is a fault: the last one would win without a word."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """The mapping that begins here."""
        node = super().compose_mapping_node(anchor)
        seen = set[tuple[str, str]]()
        for key, _ in node.value:
            name = (key.tag, str(key.value))
            if name in seen and key.tag != MERGE:
                fault = f"key '{key.value}' is there twice; keep one"
                raise yaml.constructor.ConstructorError(problem=fault, problem_mark=key.start_mark)
            seen.add(name)
        return node


def parse(
    document: Any, model: type[Model], name: str, context: dict[str, Any] | None = None
) -> Model:
    """`document` as a `model`; `name` is the file that an error message names."""
    try:
        return model.model_validate(document, context=context)
    except ValidationError as error:
        # A misspelt key is unknown and leaves another one missing: the first of the two says what
        # to do.
        faults = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
        raise BadInput(f"{name}: {_explain(faults[0], model, document)}") from None


def _explain(error: ErrorDetails, model: type[Strict], document: Any) -> str:
    *outer, last = [str(part) for part in error["loc"]] or [""]
    where = [part for part in outer if not VALIDATOR.search(part)]
    # The name of an unknown key may be that of a validator.
    if error["type"] == "extra_forbidden" or (last and not VALIDATOR.search(last)):
        where.append(last)
    key = model.written(".".join(where), document)
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(where[-1], _keys(model), n=1, cutoff=0.5)
        remedy = f"did you mean '{near[0]}'?" if near else "remove it"
        return f"unknown key '{key}'; {remedy}"
    if error["type"] == "missing":
        return f"key '{key}' is missing; add it"
    message = error["msg"].removeprefix("Value error, ")
    # A whole block says nothing.
    given = "" if isinstance(error["input"], dict) else f", got {error['input']!r:.60}"
    # What does not fit together is of no single key, and names those that it is of.
    place = "" if not key and error["type"] == "value_error" else f"key '{key or 'the file'}': "
    return f"{place}{message[:1].lower()}{message[1:]}{given}"


def _keys(kind: Any) -> list[str]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        inner = [key for field in kind.model_fields.values() for key in _keys(field.annotation)]
        others = kind.other_keys if issubclass(kind, Strict) else ()
        return [*others, *kind.model_fields, *inner]
    return [key for part in get_args(kind) for key in _keys(part)]
