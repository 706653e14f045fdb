"""Where a run happens, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Context:
    """Where a run happens and for which pull request; all but `ci` may be unknown on a laptop.

    `commit` is the one that people pushed, never the merge that a CI system made of it. `page` is
    the pull request's own web page. `source` names the repository that the change comes from, as
    the CI system does.
    """

    ci: str = "local"
    pull_request: str | None = None
    branch: str | None = None
    target: str | None = None
    commit: str | None = None
    build_url: str | None = None
    page: str | None = None
    source: str | None = None
    fork: bool = False
    tag: str | None = None
