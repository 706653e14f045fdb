"""Earlier documents read as today's: an older base's checks, verdicts kept somewhere."""

from collections.abc import Mapping
from typing import Any

from clockwork.gate.catalogue import id_of

ESTIMATE = {"low": "lower", "high": "upper", "sees": "minimum_detectable", "chance": "p_value"}


def is_old(document: object) -> bool:
    """Whether a verdict says that it is of schema 1.x."""
    return isinstance(document, Mapping) and str(document.get("schema_version")).startswith("1.")


def verdict_of_1(document: Mapping[str, Any], version: str) -> dict[str, Any]:
    """A verdict of schema 1.x as one of `version`; any other is left for the reader to refuse."""
    checks, audit = document.get("checks"), document.get("audit")
    found = {**document, "schema_version": version}
    if isinstance(checks, list):
        found["checks"] = [check_of_1(one) if isinstance(one, Mapping) else one for one in checks]
    if isinstance(audit, list):
        found["audit"] = [audit_of_1(one) for one in audit]
    return found


def with_commits(document: Any) -> Any:
    """A verdict with `commits` under that name, which was `arms` in schema 1.x and early in 2.0."""
    if not isinstance(document, Mapping) or "arms" not in document:
        return document
    others = {key: value for key, value in document.items() if key != "arms"}
    return {**others, "commits": document["arms"]}


def check_of_1(check: Mapping[str, Any]) -> dict[str, Any]:
    """A check that has its title for a name, with its id instead; one with an id is as it was."""
    found, estimate = dict(check), check.get("estimate")
    if isinstance(found.get("name"), str) and "id" not in found:
        found["id"] = id_of(found.pop("name"))
    if isinstance(estimate, Mapping):
        found["estimate"] = {ESTIMATE.get(key, key): value for key, value in estimate.items()}
    return found


def audit_of_1(audit: Any) -> Any:
    """What an audit measured, with today's keys."""
    if not isinstance(audit, Mapping):
        return audit
    return {ESTIMATE[key] if key == "sees" else key: value for key, value in audit.items()}
