"""The catalogue of checks as people read it: the table in docs/gate.md."""

from clockwork.gate.catalogue import ENTRIES


def catalogue_table() -> str:
    """Every check as a row of a Markdown table, in the order of the catalogue."""
    rows = [(f"`{one.id}`", one.title, one.group, one.proves) for one in ENTRIES]
    lines = [("id", "title", "group", "what it proves"), ("---",) * 4, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
