"""Which commit a head is compared with: where it left its target branch, also after it was merged.

The target branch's own line is its tip and, from there, every first parent: what was merged into
it, not what was merged along with that. A merged branch left that line where the commit that
brought it in says so.
"""

from collections.abc import Sequence

from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.run_context import Context


class AlreadyMerged(Exception):
    """The head is on the target branch's own line.

    Where its branch left that line cannot be known any more.
    """


def left_target(checkout: Checkout, head: str, target: str, where: Context) -> str | None:
    """The commit that `head` is compared with.

    `where` says of the run which branch, target and pull request it is for. `target` is the target
    branch where the CI system names none. Raises as `base_of` does.
    """
    target = where.target or target
    branch = where.branch if where.ci != "local" else checkout.branch
    on_target = where.pull_request is None and (
        branch in (None, target, f"origin/{target}") or where.tag is not None
    )
    return base_of(checkout, head, target, on_target=on_target)


def base_of(checkout: Checkout, head: str, target: str, *, on_target: bool) -> str | None:
    """The commit that `head` is compared with; None where nothing came before it.

    `on_target` says that the run is the target branch's own: then it is the commit before `head` on
    its line.

    Raises `AlreadyMerged`, and `BadInput` where the target branch or a common commit is missing.
    """
    tip, common = _tip(checkout, head, target)
    line = checkout.git("rev-list", "--first-parent", tip).split()
    parents = checkout.git("rev-list", "--parents", "-n", "1", head).split()[1:]
    if head in line:
        if not on_target:
            raise _merged(head, target)
        return parents[0] if parents else None
    # The merge of a pull request, as CI systems check it out.
    if len(parents) > 1 and parents[0] in line:
        return parents[0]
    if common != head:
        return common
    try:
        return checkout.git("merge-base", f"{_brought_in_by(checkout, head, tip, line)}^1", head)
    except BadInput:  # of a shallow clone that ends before
        raise _merged(head, target) from None


def _merged(head: str, target: str) -> AlreadyMerged:
    return AlreadyMerged(
        f"{head[:10]} is on {target} already, and where its branch left it cannot be known; "
        "give BASE= to compare it with a commit"
    )


def _tip(checkout: Checkout, head: str, target: str) -> tuple[str, str]:
    for tip in checkout.tips(target):
        try:
            return tip, checkout.git("merge-base", tip, head)
        except BadInput:
            continue
    raise BadInput(
        f"no common commit with branch '{target}'; "
        "fetch it, give BASE=, or mend target_branch in gate.yaml"
    )


def _brought_in_by(checkout: Checkout, head: str, tip: str, line: Sequence[str]) -> str:
    holders = set(checkout.git("rev-list", "--ancestry-path", f"{head}..{tip}").split())
    return next(commit for commit in reversed(line) if commit in holders)
