"""What a seed's data grow from: a YAML recipe, read strictly, and a folder replaced as a whole."""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError


class Strict(BaseModel):
    """A frozen part of a recipe that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Recipe = TypeVar("Recipe", bound=Strict)


class RecipeError(ValueError):
    """Data that cannot be grown; the message is one line that names the file and the key."""


def read(path: Path, kind: type[Recipe]) -> Recipe:
    """Read a recipe, or raise `RecipeError`."""
    try:
        return kind.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        # A misspelt key is also a missing one; what was typed is the better thing to name.
        first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        what = (
            "unknown key, remove it or correct it"
            if first["type"] == "extra_forbidden"
            else first["msg"].removeprefix("Value error, ")
        )
        raise RecipeError(
            f"{path}: {'.'.join(map(str, first['loc'])) or 'recipe'}: {what}"
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecipeError(f"{path}: cannot be read: {' '.join(str(error).split())}") from error


@contextmanager
def replaced(out: Path, pattern: str, what: str) -> Iterator[Path]:
    """Give an empty folder that takes the place of `out` where the block succeeds: all or nothing.

    Raises `RecipeError` where `out` holds files that do not fit `pattern`.
    """
    out = out.resolve()
    if out.exists() and not all(file.match(pattern) for file in out.iterdir()):
        raise RecipeError(f"{out}: holds more than {what}, name another folder")
    growing = out.with_name(f".{out.name}-{os.getpid()}")
    growing.mkdir(parents=True)
    try:
        yield growing
        if out.exists():
            shutil.rmtree(out)
        growing.rename(out)
    finally:
        shutil.rmtree(growing, ignore_errors=True)


def command(
    argv: Sequence[str] | None, seed: str, recipe: Path, grow: Callable[[Path, Path], None]
) -> int:
    """Grow a seed's data from the command line.

    Gives 0 when they stand, 2 with one line on stderr when they cannot.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m seeds.{seed}", description="grow the data of this example"
    )
    parser.add_argument("--out", type=Path, default=Path("data"), help="folder of the files (data)")
    parser.add_argument("--recipe", type=Path, default=recipe, help="what to grow")
    arguments = parser.parse_args(argv)
    try:
        grow(arguments.recipe, arguments.out)
    except (RecipeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0
