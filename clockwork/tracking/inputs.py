"""Which rows a run stands on, as MLflow shows them: the data that trained, the evaluation rows."""

from typing import Any

from clockwork.support.pinned import DATA
from clockwork.verdict.parts import Document
from clockwork.verdict.schema import Verdict

LONGEST_DIGEST = 36  # MLflow takes no more


class Input(Document):
    """A set of rows.

    `digest` changes with its bytes, `context` says what they were for, `profile` counts them.
    """

    name: str
    digest: str
    context: str
    profile: dict[str, Any]


def inputs(verdict: Verdict) -> list[Input]:
    """The rows of `verdict` on head's side, as far as it came to know them."""
    trained, rows = verdict.commits.get("head"), verdict.evaluation
    found = []
    if trained:
        found.append(
            Input(
                name="data",
                digest=trained.data[:LONGEST_DIGEST],
                context="training",
                profile={"dvc": DATA},
            )
        )
    if rows:
        some = {"positives": rows.positives} if rows.positives != rows.rows else {}
        counts = {"rows": rows.rows, **some, "entities": rows.clusters, "of": rows.cluster}
        digest = rows.fingerprint[:LONGEST_DIGEST]
        found.append(
            Input(name="evaluation rows", digest=digest, context="evaluation", profile=counts)
        )
    return found
