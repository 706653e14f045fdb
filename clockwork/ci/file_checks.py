"""Checks on any repository file, for `make check`: python -m clockwork.ci.file_checks FILES...

They are few enough to be written here, so that no hook has to be fetched.
"""

import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

LARGEST = 500_000
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
MERGE_MARKER = re.compile(rb"^(<<<<<<< |>>>>>>> )")


def nodes(text: str) -> list[object]:
    """The documents of YAML, whatever their tags mean to who reads them (`!reference`)."""
    return list(yaml.compose_all(text, yaml.SafeLoader))


PARSERS: dict[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".toml": tomllib.loads,
    ".yaml": nodes,
    ".yml": nodes,
}


def problems(path: Path) -> Iterator[str]:
    """What is wrong with the file at `path`, a line each; nothing when it is fine."""
    data = path.read_bytes()
    if len(data) > LARGEST:
        yield f"{path}: {len(data)} bytes, at most {LARGEST} belong into git: give it to DVC"
    if PRIVATE_KEY.search(data):
        yield f"{path}: holds a private key: remove it, and replace the key"
    if b"\0" not in data:
        yield from untidy(path, data)
        yield from unreadable(path, data)


def untidy(path: Path, data: bytes) -> Iterator[str]:
    """Lines that end in blanks, merge markers, and a last line that does not end just once."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.endswith(b"\r"):
            yield f"{path}:{number}: ends in CR LF, as on Windows: save it with LF alone"
        elif line != line.rstrip():
            yield f"{path}:{number}: blanks at the end of the line"
        if MERGE_MARKER.match(line):
            yield f"{path}:{number}: a merge marker"
    if data and (not data.endswith(b"\n") or data.endswith(b"\n\n")):
        yield f"{path}: must end with one newline"


def unreadable(path: Path, data: bytes) -> Iterator[str]:
    """Why the file cannot be read as what its name says."""
    parse = PARSERS.get(path.suffix)
    try:
        text = data.decode("utf-8")
        if parse:
            parse(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        yield f"{path}: cannot be read: {' '.join(str(error).split())}"


def main(names: list[str]) -> int:
    """Print the problems of the files `names`; 1 when there are any."""
    found = [problem for name in names for problem in problems(Path(name))]
    for problem in found:
        print(problem)  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
