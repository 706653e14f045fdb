"""configs/data.yaml until 0.1.0: a block `columns:` with `label` and `metrics`.

Now it has `target` and `features`, on top.
"""

import re
from typing import Any

import yaml

BLOCK = "columns"
NAMES = {"label": "target", "metrics": "features"}
WITH_TIME = {"unit": "minutes"}  # what a time without a unit was taken for
KEY = re.compile(r"(\w+)(?=\s*:)")


def flatten(text: str) -> str:
    """The file with what stood in `columns` at its top. Raises `ValueError` for any other file."""
    document = _read(text)
    if BLOCK not in document:
        return text
    block = document[BLOCK]
    if not isinstance(block, dict):
        raise ValueError(f"`{BLOCK}` is no block of columns")
    kept = {key: value for key, value in block.items() if key != "unit" or block.get("time")}
    named = {str(NAMES.get(key, key)): value for key, value in kept.items()}
    added = {
        key: value for key, value in WITH_TIME.items() if named.get("time") and key not in named
    }
    rest = {key: value for key, value in document.items() if key != BLOCK}
    wanted = {**rest, **named, **added}
    if len(wanted) != len(rest) + len(named) + len(added):
        raise ValueError(f"a key of `{BLOCK}` stands at the top as well")
    begin, end = _block(lines := text.splitlines())
    for inner in (
        _dedented(lines[begin + 1 : end]),
        yaml.safe_dump(named, sort_keys=False).splitlines(),
    ):
        extra = yaml.safe_dump(added, sort_keys=False).splitlines() if added else []
        found = "\n".join([*lines[:begin], *inner, *extra, *lines[end:]]) + "\n"
        if _same(found, wanted):
            return found
    raise ValueError(f"`{BLOCK}` is written in a way that cannot be moved")


def _same(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _read(text) == wanted
    except ValueError:
        return False


def _read(text: str) -> dict[str, Any]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"not readable as YAML ({' '.join(str(error).split())[:120]})") from None
    if not isinstance(document, dict):
        raise ValueError("holds no keys")
    return document


def _block(lines: list[str]) -> tuple[int, int]:
    """The line of `columns:`, and the first one after its block.

    Blank lines and comments before that stay outside.
    """
    key = re.compile(rf"""(["']?){BLOCK}\1\s*:""")
    begin = next((at for at, line in enumerate(lines) if key.match(line)), None)
    if begin is None:
        raise ValueError(f"`{BLOCK}` does not begin a line")
    end = begin + 1
    for at in range(begin + 1, len(lines)):
        if lines[at][:1] not in ("", " ", "#"):
            break
        if lines[at].startswith(" "):
            end = at + 1
    return begin, end


def _dedented(lines: list[str]) -> list[str]:
    """The lines of the block at the top of the file, its keys with their present names."""
    indents = [
        len(line) - len(line.lstrip())
        for line in lines
        if line.strip() and not line.lstrip().startswith("#")
    ]
    indent = min(indents, default=0)
    moved = [line[indent:] if not line[:indent].strip() else line.lstrip() for line in lines]
    return [
        KEY.sub(lambda key: NAMES.get(key[1], key[1]), line, count=1) if KEY.match(line) else line
        for line in moved
    ]
