"""Names, values and texts as MLflow takes them."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

LONGEST_PARAM, LONGEST_TAG, LONGEST_KEY = 250, 5000, 100


def params(values: Mapping[str, Any]) -> dict[str, str]:
    """Parameters under names that MLflow takes, each value cut to its longest text."""
    names = keys(values)
    return {names[name]: _short_text(value) for name, value in values.items()}


def _short_text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return _cut(text, LONGEST_PARAM)


def tags(values: Mapping[str, str | None]) -> dict[str, str]:
    """The tags that have a value, each cut to MLflow's longest."""
    return {name: _cut(str(value), LONGEST_TAG) for name, value in values.items() if value}


def seeds(numbers: Iterable[int]) -> str:
    """Seeds as the text of one tag."""
    return ", ".join(map(str, numbers))


def note(*paragraphs: str) -> str:
    """Text as a description in MLflow, which is Markdown: nothing that people write acts in it."""
    return "\n\n".join(re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text) for text in paragraphs)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def plain(name: str) -> str:
    """A name as MLflow takes it for a key: letters, digits, a few signs, not too many of them."""
    return re.sub(r"[^\w\-. :]", "_", name)[:LONGEST_KEY]


def keys(names: Iterable[str]) -> dict[str, str]:
    """By name, what MLflow takes for its key; where several become one, each ends with its hash."""
    found = {name: plain(name) for name in names}
    count = Counter(found.values())
    return {name: key if count[key] == 1 else _own(name, key) for name, key in found.items()}


def _own(name: str, key: str) -> str:
    return f"{key[: LONGEST_KEY - 7]}_{sha256(name.encode('utf-8', 'replace')).hexdigest()[:6]}"
