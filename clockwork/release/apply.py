"""apply PROJECT: bring this engine to the checkout PROJECT, which another version of it asks for.

The code that runs is that of the folder it runs in, so that an upgrade is done by the engine that
it leads to. A contract between versions: keep the argument, the keys of the JSON that is printed,
and exit code 2 with one line.
"""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from clockwork.migrations import migrate
from clockwork.release.layout import MERGED, owner_of
from clockwork.release.manifest import MANIFEST, Digests, digest, edited, read
from clockwork.release.merge import Deed, Step, merge, released, steps
from clockwork.release.version import VERSION, numbers, read_version
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput, exit_on_bad_input, named

MOST = 100  # files in one call of git


@dataclass
class Upgraded:
    """What was done: both versions, a line for people per thing, files with conflict markers."""

    before: str
    now: str
    lines: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def upgrade(source: Checkout, project: Checkout) -> Upgraded:
    """Bring the engine at `source` to `project`, a clean git checkout; what changed is staged.

    Raises `BadInput` before anything is written where the project edited the engine, or has a later
    one.
    """
    refuse_edited(source, project)
    found = Upgraded(read_version(project), read_version(source))
    if numbers(found.now, VERSION) < numbers(found.before, VERSION):
        raise BadInput(
            f"engine {found.now} is before {found.before}, which this project has; give a later TO"
        )
    before, now = read(project), read(source)
    here = {name: digest(project / name) for name in {*before, *now} if (project / name).is_file()}
    planned = list(steps(before, now, here))
    project.refuse_links([*(step.file for step in planned), MANIFEST])
    for step in planned:
        _carry_out(step, source, project, before, found)
    _copy(source, project, MANIFEST)
    migrated = migrate(project.root)
    found.lines = [
        *_lines(planned, found.conflicts),
        *(f"{file}: {what}" for file, what in migrated.items()),
    ]
    _stage(project, [*(step.file for step in planned), *migrated, MANIFEST])
    return found


def refuse_edited(source: Checkout, project: Checkout) -> None:
    """Raise `BadInput` if upgrading would lose edits of the engine, or the new one is not whole."""
    odd = edited(source)
    if odd:
        raise BadInput(f"FROM: {MANIFEST} is not of its files ({named(odd)}); give TO a release")
    changed = edited(project)
    if changed:
        raise BadInput(
            f"the engine was edited here, and an upgrade would lose that: {named(changed)}; take "
            "it back to what was released, or bring it into the engine's own repository first"
        )


def _carry_out(
    step: Step, source: Checkout, project: Checkout, before: Digests, found: Upgraded
) -> None:
    if step.deed is Deed.WRITE:
        _copy(source, project, step.file)
    elif step.deed is Deed.REMOVE:
        (project / step.file).unlink()
    elif step.deed is Deed.MERGE:
        own, new = ((side / step.file).read_bytes() for side in (project, source))
        base = released(source, step.file, before.get(step.file))
        text, clash = merge(
            own, base, new, ("this project", f"engine {found.before}", f"engine {found.now}")
        )
        (project / step.file).write_bytes(text)
        found.conflicts += [step.file] if clash else []


def _copy(source: Checkout, project: Checkout, file: str) -> None:
    (project / file).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / file, project / file)  # with its mode: some are run


def _lines(planned: Iterable[Step], conflicts: list[str]) -> Iterator[str]:
    replaced = [step for step in planned if owner_of(step.file) not in MERGED]
    if replaced:
        removed = sum(step.deed is Deed.REMOVE for step in replaced)
        yield f"clockwork/: {len(replaced) - removed} files written, {removed} removed"
    for step in planned:
        if owner_of(step.file) in MERGED:
            yield f"{step.file}: {'in conflict' if step.file in conflicts else step.deed}"


def _stage(project: Checkout, files: list[str]) -> None:
    # By name and by force: what a person's own .gitignore leaves out would leave the engine
    # incomplete.
    known = set(project.git("ls-files", "-z").split("\0"))
    files = [name for name in dict.fromkeys(files) if (project / name).exists() or name in known]
    for at in range(0, len(files), MOST):
        project.git("--literal-pathspecs", "add", "--all", "--force", "--", *files[at : at + MOST])


def main() -> int:
    """Upgrade the project that the command line names, and print what was done as JSON."""
    if len(sys.argv) != 2:
        raise BadInput("apply takes one argument: PROJECT")
    json.dump(asdict(upgrade(Checkout(), Checkout(Path(sys.argv[1]).resolve()))), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(exit_on_bad_input(main))
