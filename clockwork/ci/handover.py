"""A verdict handed over by a run that nobody trusts: data of a known shape and size, or nothing."""

import json
import math
import os
import stat
from pathlib import Path
from typing import NoReturn

from clockwork.gate.outcome import overall
from clockwork.support import paths
from clockwork.support.errors import BadInput
from clockwork.verdict.schema import SCHEMA_VERSION, Verdict

LARGEST = 5_000_000


def handed_over(folder: Path) -> Verdict:
    """The verdict in `folder`. Raises `BadInput` where there is none, or not quite one.

    No link is followed and no other file is read.
    """
    path = folder / paths.VERDICT.name
    text = bounded(path)
    try:
        json.loads(text, parse_constant=_no_number, parse_float=_finite, parse_int=_whole)
        verdict = Verdict.model_validate_json(text)
    except (ValueError, RecursionError) as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(
            f"{path}: not a verdict of schema {SCHEMA_VERSION}: {message[:200]}"
        ) from None
    made = overall(verdict.checks)
    if verdict.outcome is not made:
        raise BadInput(
            f"{path}: says '{verdict.outcome}', but its checks say '{made}'; "
            "run `make regression` again"
        )
    return verdict


def bounded(path: Path) -> bytes:
    """What the file at `path` holds, where it is a plain file of a sane size."""
    try:
        with open(path, "rb", opener=_wary) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise BadInput(f"{path}: not a plain file")
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise BadInput(
            f"{path}: no verdict there; run `make regression`, or give FROM= its folder"
        ) from None
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be read, and links are not followed ({error.strerror})"
        ) from None
    if len(text) > LARGEST:
        raise BadInput(f"{path}: over {LARGEST:,} bytes; no verdict is so large")
    return text


def _wary(path: str, flags: int) -> int:
    # Not blocking, for a pipe without a writer would wait for ever.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word:.40} is no number here")


def _whole(word: str) -> int:
    _finite(word)  # a count of rows becomes a figure
    return int(word)


def _finite(word: str) -> float:
    number = float(word)
    return number if math.isfinite(number) else _no_number(word)
