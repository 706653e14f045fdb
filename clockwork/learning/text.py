"""Text as numbers: how often words come, by hash, so nothing is fitted and no list is served."""

import re
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pandas as pd

WIDTH = 256  # numbers that stand for a text; words that share one cannot be told apart
ROWS = 10_000  # at a time: counts are eight bytes each
WORD = re.compile(r"\w+")


def token_names(column: str) -> list[str]:
    """The names of the numbers that stand for the texts of `column`."""
    return [f"{column}_{at:03d}" for at in range(WIDTH)]


def token_counts(texts: Sequence[str | None]) -> npt.NDArray[np.float32]:
    """Logarithms of each text's word counts, of length 1 in all (texts, WIDTH); NaN for no text."""
    out = np.empty((len(texts), WIDTH), dtype=np.float32)
    for first in range(0, len(texts), ROWS):
        some = texts[first : first + ROWS]
        counts = np.log1p(_counts(some))
        length = np.sqrt((counts**2).sum(axis=1, keepdims=True))
        out[first : first + len(some)] = counts / np.where(length > 0, length, 1)
    out[[text is None for text in texts]] = np.nan
    return out


def _counts(texts: Sequence[str | None]) -> npt.NDArray[np.float64]:
    found = [WORD.findall((text or "").lower()) for text in texts]
    row = np.repeat(np.arange(len(texts)), [len(one) for one in found])
    code, names = pd.factorize(np.array([word for one in found for word in one], dtype=object))
    place = np.array([_place(word) for word in names], dtype=np.int64)
    return (
        np.bincount(row * WIDTH + place[code], minlength=len(texts) * WIDTH)
        .reshape(-1, WIDTH)
        .astype(np.float64)
    )


def _place(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest()) % WIDTH
