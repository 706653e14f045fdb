"""From a merged pull request to the model in use: what was tested is registered, found by the hash of its contents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.errors import BadInput
from pipelines.git import changes, find_commit, git
from pipelines.graph import Say, run_graph
from pipelines.serving.contents import Contents
from pipelines.settings.gate import GateSettings, gate_settings
from pipelines.tracking.acceptance import BY, REASON
from pipelines.tracking.experiment import Experiment, experiment, quoted
from pipelines.tracking.record import QUICK, short_sha
from pipelines.tracking.registry import CHALLENGER, CHAMPION, ROLLED_BACK, Registered, model_name

NEXT = "run `make regression` on this commit, then promote again"


@dataclass(frozen=True)
class Tested:
    """The run that tested what is to be promoted, and the run of its verdict. `refusal` says why it must not be."""

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


def promote(root: Path, say: Say, *, challenger: bool = False, again: bool = False) -> int:
    """Register what was tested of the commit at `root` and make it champion, all algorithms or none; the exit code.

    With `challenger` the commit may be on any branch, and the model gets that alias. `again` brings back what was
    rolled back. Raises `BadInput` where the commit is not on the target branch, or is not what is checked out.
    """
    settings = gate_settings(root)
    commit = _commit(root, settings, anywhere=challenger)
    with experiment(root) as there:
        run_graph(root, list(settings.algorithms), say, probe=False)
        found = [find_tested(there, Contents(root, name)) for name in settings.algorithms]
        gating = [one for one in found if settings.algorithms[one.contents.algorithm] == "gating"]
        refused = [one for one in gating if one.refusal]
        for one in refused:
            say(f"not promoted: {one.contents.algorithm}: {one.refusal}")
        if refused:
            return max((one.exit_code for one in refused), key=(3, 1).index)
        return _name_all(there, found, commit, CHALLENGER if challenger else CHAMPION, say, again=again)


def _commit(root: Path, settings: GateSettings, *, anywhere: bool) -> str:
    dirty = changes(root)
    if dirty:
        raise BadInput(f"{dirty[0]} differs from HEAD; commit or stash it, for a commit is promoted")
    commit = find_commit(root, "HEAD")
    if not anywhere and not _on(root, commit, settings.target_branch):
        said = f"HEAD {short_sha(commit)} is not on '{settings.target_branch}'"
        raise BadInput(f"{said}; merge first, or add --challenger")
    return commit


def _on(root: Path, commit: str, branch: str) -> bool:
    for name in (f"origin/{branch}", branch):
        try:
            if git(root, "merge-base", commit, find_commit(root, name)) == commit:
                return True
        except BadInput:
            continue
    return False


def find_tested(there: Experiment, contents: Contents) -> Tested:
    """The newest run that tested exactly `contents` and may be promoted; else the newest that may not, and why."""
    wanted = f"tags.served = {quoted(contents.served)} and tags.algorithm = {quoted(contents.algorithm)}"
    newest = None
    for child in there.runs(wanted):
        parent = there.parent(child)
        found = Tested(contents, child, parent, _refusal(child, parent))
        if not found.refusal:
            return found
        newest = newest or found
    return newest or Tested(contents, None, None, f"no verdict on model {contents.served[:10]}; {NEXT}")


def _refusal(child: Any, parent: Any) -> str:
    tags, name = parent.data.tags, parent.info.run_name
    if parent.info.lifecycle_stage != "active" or parent.info.status != "FINISHED":
        return f"the verdict on it was deleted; {NEXT}"
    if not (child.outputs and child.outputs.model_outputs):
        return f"'{name}' tested it and logged no model; {NEXT}"
    if BY in tags:
        return ""
    if tags.get("exit_code") != "0":
        remedy = f"python -m pipelines accept --reason … --by … {tags['head'][:10]}"
        return f"'{name}' ended with {tags['verdict']}; mend it, or let a person decide: {remedy}"
    if QUICK in tags:
        return f"'{name}' was a quick run, without the experiments on its code; {NEXT}"
    return ""


def _name_all(there: Experiment, found: Sequence[Tested], commit: str, alias: str, say: Say, *, again: bool) -> int:
    models = [Registered(there.client, model_name(there.name, one.contents.algorithm)) for one in found]
    back = [_rolled_back(model, one) for model, one in zip(models, found, strict=True)]
    if any(back) and not again:
        say(f"not promoted: {next(filter(None, back))}; add --again to bring it back")
        return 1
    for model, one in zip(models, found, strict=True):
        if one.refusal:
            say(f"left out: {one.contents.algorithm}, which is only watched: {one.refusal}")
        else:
            say(_name(there, model, one, commit, alias))
    return 0


def _rolled_back(model: Registered, one: Tested) -> str:
    version = model.of(one.contents.served)
    when = version.tags.get(ROLLED_BACK) if version else None
    return f"{model.name} version {version.version} was rolled back on {when}" if version and when else ""


def _name(there: Experiment, model: Registered, one: Tested, commit: str, alias: str) -> str:
    assert one.child
    assert one.parent
    now, version = model.version(alias), model.of(one.contents.served)
    standing = bool(now and version and now.version == version.version)
    fresh = version or model.add(one.child.info.run_id, one.model_id, _tags(one), _note(there, one))
    if not standing:
        model.name_it(fresh, alias)
    if ROLLED_BACK in fresh.tags:
        there.client.delete_model_version_tag(model.name, fresh.version, ROLLED_BACK)
    if alias == CHAMPION:
        # The newest commit with these contents: what the next comparison with the champion starts from.
        model.tag(fresh, {"commit": commit})
        there.client.set_tag(one.parent.info.run_id, "merged", commit)
    said = f"{model.name} version {fresh.version} is {'already' if standing else 'now'} {alias}"
    return f"{said}: {one.contents.served[:10]}, commit {short_sha(commit)}"


def _tags(one: Tested) -> dict[str, str]:
    assert one.parent
    from_verdict = {name: one.parent.data.tags.get(name) for name in ("pr", "data", "verdict", "head", BY, REASON)}
    told = {"tested" if name == "head" else name: value for name, value in from_verdict.items() if value}
    return {**told, **one.contents.tags, "algorithm": one.contents.algorithm}


def _note(there: Experiment, one: Tested) -> str:
    assert one.parent
    return f"Tested as '{one.parent.info.run_name}': {one.parent.data.tags['verdict']}. {there.page(one.parent)}"


def rollback(root: Path, algorithm: str | None, to: str | None, say: Say) -> int:
    """Make the champion before this one champion again: of `algorithm`, or of all that have one; 0 then."""
    if to and not algorithm:
        raise BadInput(f"--to {to}: every algorithm counts its own versions; name one")
    names = [algorithm] if algorithm else list(gate_settings(root).algorithms)
    with experiment(root) as there:
        models = [Registered(there.client, model_name(there.name, name)) for name in names]
        able = [model for model in models if algorithm or model.version("previous")]
        if not able:
            raise BadInput(f"no champion of {', '.join(names)} has one before it; nothing to go back to")
        for model in able:
            was, now = model.roll_back(to, datetime.now(UTC).strftime("%Y-%m-%d %H:%M"))
            where = short_sha(now.tags.get("commit", "unknown"))
            say(f"{model.name}: champion was version {was.version}, is version {now.version}, commit {where}")
    return 0


def champion_commit(root: Path) -> str:
    """The commit that the champions of the gating algorithms were built from. Raises `BadInput` where there is none."""
    gating = [name for name, role in gate_settings(root).algorithms.items() if role == "gating"]
    with experiment(root) as there:
        models = {name: Registered(there.client, model_name(there.name, name)).version(CHAMPION) for name in gating}
    commits = {name: version.tags.get("commit", "") for name, version in models.items() if version}
    if not commits:
        raise BadInput("BASE=champion: no model has been promoted yet; run `make promote` on the target branch")
    if len(set(commits.values())) > 1:
        each = ", ".join(f"{name} {short_sha(commit)}" for name, commit in commits.items())
        raise BadInput(f"BASE=champion: the champions come from different commits ({each}); give one as BASE")
    return str(next(iter(commits.values())))
