"""What a server answers: its JSON, or why it refuses, on one line that may be printed."""

import re
from typing import Any
from urllib.parse import urlsplit

import requests

LONGEST_REASON = 200


class Refused(Exception):
    """A call that did not work: its message is one line without tokens.

    `status` is None where no answer came. `uncertain` says that the server may have done it all the
    same.
    """

    def __init__(self, message: str, status: int | None = None, *, uncertain: bool = False) -> None:
        super().__init__(message)
        self.status, self.uncertain = status, uncertain


def where(path: str) -> str:
    """The path of a call as it may be printed: without its query, and not endless."""
    bare = urlsplit(path).path if "//" in path else path.partition("?")[0]
    return "".join(char for char in bare if char.isprintable())[:LONGEST_REASON]


def seconds(header: str | None) -> float | None:
    """How long a server asks us to wait; None where it does not say it in seconds."""
    return float(header) if header and re.fullmatch(r"\d{1,9}", header) else None


def json_of(answer: requests.Response) -> Any:
    """The answer's JSON, None where it has no body. Raises `Refused` where it is no JSON."""
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        raise Refused(f"{where(answer.url)}: the answer is no JSON", answer.status_code) from None


def reason(body: Any) -> str:
    """What forges say when they refuse, on one line: `message`, `error`, or these nested."""
    if isinstance(body, dict):
        inner = next(
            (body[key] for key in ("message", "error", "errors", "detail") if body.get(key)), ""
        )
        return reason(inner) or reason(list(body.values()))
    if isinstance(body, list):
        return next(filter(None, map(reason, body)), "")
    return (
        "".join(char for char in " ".join(str(body).split()) if char.isprintable()) if body else ""
    )
