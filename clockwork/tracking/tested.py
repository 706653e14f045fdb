"""What was tested of a commit, found by its contents' hash, and whether it may be promoted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clockwork.gate.outcome import Outcome
from clockwork.learning.serving.contents import Contents
from clockwork.tracking.acceptance import BY, is_accepted
from clockwork.tracking.experiment import Experiment, quoted
from clockwork.tracking.record import ELSEWHERE, QUICK
from clockwork.tracking.runs import PARENT

NEXT = "run `make regression` on this commit, then promote again"


@dataclass(frozen=True)
class Tested:
    """The run that tested what is to be promoted, and the run of its verdict.

    `refusal` says why it must not be.
    """

    contents: Contents
    child: Any | None
    parent: Any | None
    refusal: str = ""

    @property
    def exit_code(self) -> int:
        """1 where a verdict says no, 3 where nobody knows."""
        return 1 if self.parent and self.parent.data.tags.get("exit_code") == "1" else 3

    @property
    def model_id(self) -> str:
        """The model that the run logged."""
        assert self.child
        return str(self.child.outputs.model_outputs[0].model_id)


def find_tested(there: Experiment, contents: Contents) -> Tested:
    """The newest run that tested exactly `contents` and may be promoted.

    Where there is none, it is one that may not be, and says why. A red verdict on them that no
    person accepted outranks every other. The next commit compares with a base that has these very
    contents, and so finds nothing: its green verdict takes back no red one, and where it is only
    that nothing changed, it settles none that was left open either.
    """
    children, newest = runs_of(there, contents.algorithm, contents.served), None
    for child, parent in barring(there, children, "1"):
        return Tested(contents, child, parent, _not_green(parent))
    left_open = next(barring(there, children, "3"), None)
    for child in children:
        parent = there.parent(child)
        found = Tested(contents, child, parent, _refusal(child, parent))
        if not found.refusal and left_open and child.data.tags["verdict"] == Outcome.UNCHANGED:
            found = Tested(contents, *left_open, _not_green(left_open[1]))
        if not found.refusal:
            return found
        newest = newest or found
    return newest or Tested(
        contents, None, None, f"no verdict on model {contents.served[:10]}; {NEXT}"
    )


def runs_of(there: Experiment, algorithm: str, served: str) -> list[Any]:
    """The runs that tested exactly these contents, newest first."""
    wanted = f"tags.served = {quoted(served)} and tags.algorithm = {quoted(algorithm)}"
    return list(there.each(wanted))


def barring(there: Experiment, children: Sequence[Any], code: str) -> Iterator[tuple[Any, Any]]:
    """Each of `children` with its verdict, where that has the exit code and is not accepted.

    Not where it is so for another algorithm alone: that one's own contents carry the verdict.
    """
    parents = {child.data.tags[PARENT] for child in children}
    found = there.each(f"tags.exit_code = '{code}'") if children else iter(())
    verdicts = {run.info.run_id: run for run in found if run.info.run_id in parents}
    accepted = there.parents(f"tags.`{BY}` != ''") if verdicts else []
    for child in children:
        parent = verdicts.get(child.data.tags[PARENT])
        if parent and ELSEWHERE not in child.data.tags and not is_accepted(parent, accepted):
            yield child, parent


def _refusal(child: Any, parent: Any) -> str:
    tags, name = parent.data.tags, parent.info.run_name
    if parent.info.lifecycle_stage != "active" or parent.info.status != "FINISHED":
        return f"the verdict on it was deleted; {NEXT}"
    if not (child.outputs and child.outputs.model_outputs):
        return f"'{name}' tested it and logged no model; {NEXT}"
    if BY in tags:
        return ""
    if tags.get("exit_code") != "0":
        return _not_green(parent)
    if QUICK in tags:
        return f"'{name}' was a quick run, without the experiments on its code; {NEXT}"
    return ""


def _not_green(parent: Any) -> str:
    tags = parent.data.tags
    # The whole hash: a commit that was squashed away is no longer there to be found by a part of
    # it.
    remedy = f"python -m clockwork accept --reason … --by … {tags['head']}"
    return (
        f"'{parent.info.run_name}' ended with {tags['verdict']}; "
        f"mend it, or let a person decide: {remedy}"
    )
