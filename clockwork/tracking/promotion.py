"""From a merged pull request to the model in use.

What was tested is registered, found by the hash of its contents.
"""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from clockwork.learning.serving.contents import Contents
from clockwork.learning.serving.package import unlike
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.dvc import run_graph
from clockwork.support.dvc_lock import own_lock
from clockwork.support.errors import BadInput
from clockwork.tracking.acceptance import BY, REASON
from clockwork.tracking.experiment import Experiment, experiment
from clockwork.tracking.record import short_sha
from clockwork.tracking.registry import (
    CHALLENGER,
    CHAMPION,
    ROLLED_BACK,
    Registered,
    as_default,
    model_name,
)
from clockwork.tracking.store import unsaved
from clockwork.tracking.tested import NEXT, Tested, find_tested


def promote(
    checkout: Checkout, report: Report, *, challenger: bool = False, again: bool = False
) -> int:
    """Register what was tested of the commit in `checkout` and make it champion; the exit code.

    All algorithms that gate are promoted, or none; one that is only watched is left out where it
    must not be. With `challenger` the commit may be on any branch, and the model gets that alias.
    `again` brings back what was rolled back, or an older commit. Raises `BadInput` where the commit
    is not on the target branch, or is not what is checked out.
    """
    settings = gate_settings(checkout.root)
    commit = _commit(checkout, settings, anywhere=challenger)
    with experiment(checkout):
        pass  # where there is none, nobody waits for the graph to hear it
    with own_lock(checkout):
        run_graph(checkout, list(settings.algorithms), report, probe=False)
    built = [Contents(checkout.root, name) for name in settings.algorithms]
    for contents in built:
        contents.tags  # noqa: B018 - read here, where a broken disk is no trouble of MLflow's
    with experiment(checkout) as there:
        return _name_all(
            there,
            built,
            settings,
            commit,
            CHALLENGER if challenger else CHAMPION,
            report,
            again=again,
        )


def _name_all(
    there: Experiment,
    built: list[Contents],
    settings: GateSettings,
    commit: str,
    alias: str,
    report: Report,
    *,
    again: bool,
) -> int:
    found = [find_tested(there, contents) for contents in built]
    asked = [(one, _stops(there, one, commit, alias, again=again)) for one in found]
    refused = [
        (one, why)
        for one, why in asked
        if why and settings.algorithms[one.contents.algorithm] == "gating"
    ]
    for one, why in refused:
        report(f"not promoted: {one.contents.algorithm}: {why}")
    if refused:
        return max((one.exit_code if one.refusal else 1 for one, _ in refused), key=(3, 1).index)
    for one, why in asked:
        left = f"left out: {one.contents.algorithm}, which is only watched: {why}"
        report(left if why else _name(there, one, commit, alias))
    return 0


def _commit(checkout: Checkout, settings: GateSettings, *, anywhere: bool) -> str:
    dirty = unsaved(checkout, os.environ)
    if dirty:
        raise BadInput(
            f"{dirty[0]} differs from HEAD; commit or stash it, for a commit is promoted"
        )
    commit = checkout.find("HEAD")
    if not anywhere and not _merged(checkout, commit, settings.target_branch):
        message = f"HEAD {short_sha(commit)} is not on '{settings.target_branch}'"
        raise BadInput(f"{message}; merge first, or add --challenger")
    return commit


def _merged(checkout: Checkout, commit: str, branch: str) -> bool:
    # What a local branch is ahead of the shared one was merged by nobody.
    return any(checkout.is_ancestor(commit, tip) for tip in checkout.tips(branch)[:1])


def _stops(there: Experiment, one: Tested, commit: str, alias: str, *, again: bool) -> str:
    """Why what was tested must not get `alias`; empty where it may."""
    model, served = (
        Registered(there.client, model_name(there.name, one.contents.algorithm)),
        one.contents.served,
    )
    if one.refusal:
        return one.refusal
    version = model.of(served)
    if not again and version and ROLLED_BACK in version.tags:
        when = version.tags[ROLLED_BACK]
        return (
            f"{model.name} version {version.version} was rolled back on {when}; "
            "add --again to bring it back"
        )
    newer = (
        _newer(Checkout(one.contents.root), model, commit)
        if alias == CHAMPION and not again
        else ""
    )
    return newer or ("" if version else _foreign(there, one))


def _newer(checkout: Checkout, model: Registered, commit: str) -> str:
    # The job of an older push may end last, or be run again.
    now = model.version(CHAMPION)
    its = now.tags.get("commit", commit) if now else commit
    if not now or its == commit or not checkout.is_ancestor(commit, its):
        return ""
    message = f"{model.name} version {now.version} is champion of the newer commit {short_sha(its)}"
    return f"{message}; add --again to go back to this one"


def _foreign(there: Experiment, one: Tested) -> str:
    # Who may write to the store can give any model any hash: so every byte is compared.
    from mlflow.artifacts import download_artifacts

    with tempfile.TemporaryDirectory() as place, as_default(there.client.tracking_uri):
        where = there.client.get_logged_model(one.model_id).artifact_location
        folder = download_artifacts(where, dst_path=place)
        file = unlike(one.contents, Path(folder))
    message = (
        f"the model that '{one.parent.info.run_name if one.parent else ''}' "
        "logged is not what this commit packs"
    )
    return f"{message} ({file}); find out who changed it, or {NEXT}" if file else ""


def _name(there: Experiment, one: Tested, commit: str, alias: str) -> str:
    assert one.child
    assert one.parent
    model = Registered(there.client, model_name(there.name, one.contents.algorithm))
    now, version = model.version(alias), model.of(one.contents.served)
    standing = bool(now and version and now.version == version.version)
    fresh = version or model.add(one.child.info.run_id, one.model_id, _tags(one), _note(there, one))
    if not standing:
        model.name_it(fresh, alias)
    if ROLLED_BACK in fresh.tags:
        there.client.delete_model_version_tag(model.name, fresh.version, ROLLED_BACK)
    if alias == CHAMPION:
        # The newest commit with these contents is what BASE=champion starts from.
        model.tag(fresh, {"commit": commit})
        there.client.set_tag(one.parent.info.run_id, "merged", commit)
    message = f"{model.name} version {fresh.version} is {'already' if standing else 'now'} {alias}"
    return f"{message}: {one.contents.served[:10]}, commit {short_sha(commit)}"


def _tags(one: Tested) -> dict[str, str]:
    assert one.parent
    from_verdict = {
        name: one.parent.data.tags.get(name)
        for name in ("pr", "data", "verdict", "head", BY, REASON)
    }
    tags = {
        "tested" if name == "head" else name: value for name, value in from_verdict.items() if value
    }
    return {**tags, **one.contents.tags, "algorithm": one.contents.algorithm}


def _note(there: Experiment, one: Tested) -> str:
    run = one.parent
    assert run
    return f"Tested as '{run.info.run_name}': {run.data.tags['verdict']}. {there.page(run)}"


def rollback(checkout: Checkout, algorithm: str | None, to: str | None, report: Report) -> int:
    """Make the champion before this one champion again.

    It is that of `algorithm`, or of all that have one; 0 then.
    """
    if to and not algorithm:
        raise BadInput(f"--to {to}: every algorithm counts its own versions; name one")
    names = [algorithm] if algorithm else list(gate_settings(checkout.root).algorithms)
    with experiment(checkout) as there:
        models = [Registered(there.client, model_name(there.name, name)) for name in names]
        able = [model for model in models if algorithm or model.version("previous")]
        if not able:
            raise BadInput(
                f"no champion of {', '.join(names)} has one before it; nothing to go back to"
            )
        for model in able:
            was, now = model.roll_back(to, datetime.now(UTC).strftime("%Y-%m-%d %H:%M"))
            where = short_sha(now.tags.get("commit", "unknown"))
            report(
                f"{model.name}: "
                f"champion was version {was.version}, is version {now.version}, commit {where}"
            )
    return 0


def champion_commit(checkout: Checkout) -> str:
    """The commit that the champions of the gating algorithms were built from.

    Raises `BadInput` where there is none.
    """
    gating = [
        name for name, role in gate_settings(checkout.root).algorithms.items() if role == "gating"
    ]
    with experiment(checkout) as there:
        models = {
            name: Registered(there.client, model_name(there.name, name)).version(CHAMPION)
            for name in gating
        }
    commits = {name: version.tags.get("commit", "") for name, version in models.items() if version}
    unnamed = [name for name, commit in commits.items() if not commit]
    if unnamed:
        raise BadInput(
            f"BASE=champion: the champion of {', '.join(unnamed)} names no commit; give one as BASE"
        )
    if not commits:
        raise BadInput(
            "BASE=champion: no model has been promoted yet; run `make promote` on the target branch"
        )
    if len(set(commits.values())) > 1:
        each = ", ".join(f"{name} {short_sha(commit)}" for name, commit in commits.items())
        raise BadInput(
            f"BASE=champion: the champions come from different commits ({each}); give one as BASE"
        )
    return str(next(iter(commits.values())))
