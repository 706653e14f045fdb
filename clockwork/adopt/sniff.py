"""How a CSV file is written: encoding, separator and decimal sign, from its bytes."""

import codecs
import csv
import gzip
import re
import zlib
from collections import Counter
from pathlib import Path

from clockwork.learning.data.sources import COMMA
from clockwork.support.errors import BadInput

MARKS = {codecs.BOM_UTF16_LE: "utf16", codecs.BOM_UTF16_BE: "utf16"}
SEPARATORS = ",;\t|"
LINES, BLOCK = 200, 2**20
POINT = re.compile(r"-?\d+\.\d+")


def sniff(path: Path) -> dict[str, str]:
    """The keys of `csv` in configs/data.yaml that `path` needs; none where it is as most are.

    Raises `BadInput` where it cannot be read.
    """
    csv.field_size_limit(BLOCK)  # which is all that is looked at, be it one cell
    try:
        encoding = encoding_of(path)
        lines = _lines(path, encoding)
        separator = separator_of(lines)
        decimal = decimal_of(lines, separator)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path}: not a readable file ({error}); export it again") from None
    found = {"separator": separator, "decimal": decimal, "encoding": encoding}
    usual = {"separator": ",", "decimal": ".", "encoding": "utf8"}
    return {key: value for key, value in found.items() if value != usual[key]}


def encoding_of(path: Path) -> str:
    """UTF-8 where all bytes are, or what the first of them say, else a Western European one."""
    decoder, seen = codecs.getincrementaldecoder("utf8")(), set[int]()
    plain = True
    with _opened(path) as file:
        first = file.read(2)
        if first in MARKS:
            return MARKS[first]
        block = first
        while block:
            seen |= set(block) & set(range(0x80, 0xA0))
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                plain = False
            block = file.read(BLOCK)
    if plain and not decoder.getstate()[0]:
        return "utf8"
    # From 0x80 to 0x9f Latin-1 has control characters only, and Windows its quotes and dashes.
    return "cp1252" if seen and not seen & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "latin1"


def separator_of(lines: list[str]) -> str:
    """The sign that cuts most lines into the same number of fields, more than one."""
    best, chosen = (0.0, 0), ","
    for sign in SEPARATORS:
        widths = Counter(len(record) for record in csv.reader(lines, delimiter=sign))
        width, times = max(widths.items(), key=lambda found: (found[1], found[0]), default=(1, 0))
        fit = (times / max(sum(widths.values()), 1), width)
        if width > 1 and fit > best:
            best, chosen = fit, sign
    return chosen


def decimal_of(lines: list[str], separator: str) -> str:
    """A comma where more numbers have one than a point."""
    if separator == ",":
        return "."
    fields = [field for record in csv.reader(lines, delimiter=separator) for field in record]
    commas, points = (
        sum(1 for field in fields if sign.fullmatch(field)) for sign in (COMMA, POINT)
    )
    return "," if commas > points else "."


def _opened(path: Path) -> gzip.GzipFile:
    return (
        gzip.open(path)  # type: ignore[return-value]
        if path.name.lower().endswith(".gz")
        else path.open("rb")
    )


def _lines(path: Path, encoding: str) -> list[str]:
    with _opened(path) as file:
        text = codecs.decode(file.read(BLOCK), encoding, "ignore")
    return text.splitlines()[:LINES]
