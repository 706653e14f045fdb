"""What a seed's data grow from: a YAML recipe, read strictly, and a folder replaced as a whole."""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ConfigDict

from clockwork.settings import strict
from clockwork.support.errors import BadInput


class Strict(strict.Strict):
    """A part of a recipe: as strict as settings, but that a YAML list may be a range."""

    model_config = ConfigDict(strict=False)


@contextmanager
def replaced(out: Path, pattern: str, what: str) -> Iterator[Path]:
    """Give an empty folder that takes the place of `out` where the block succeeds: all or nothing.

    Raises `BadInput` where `out` holds files that do not fit `pattern`.
    """
    out = out.resolve()
    if out.exists() and not all(file.match(pattern) for file in out.iterdir()):
        raise BadInput(f"{out}: holds more than {what}, name another folder")
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
    except (BadInput, OSError) as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 2
    return 0
