"""Reading build/tuning/<algorithm>.json: which trials ran to their end, and which are best."""

from collections.abc import Mapping
from typing import Any


def complete(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The trials that ran to their end, in their order."""
    return [trial for trial in document["trials"] if trial["state"] == "complete"]


def best_trials(document: Mapping[str, Any], n: int = 5) -> list[dict[str, Any]]:
    """The `n` best trials that ran to their end, the best one first; of equals the earlier one."""
    return sorted(complete(document), key=lambda trial: -trial["score"])[:n]
