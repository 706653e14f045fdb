"""Reading build/tuning/<algorithm>.json: which trials are best."""

from collections.abc import Mapping
from typing import Any


def best_trials(document: Mapping[str, Any], n: int = 5) -> list[dict[str, Any]]:
    """The `n` best trials that ran to their end, the best one first; of equals the earlier one."""
    complete = [trial for trial in document["trials"] if trial["state"] == "complete"]
    return sorted(complete, key=lambda trial: -trial["score"])[:n]
