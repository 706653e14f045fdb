"""Promoting what is older, was rolled back or was tampered with is refused in one line."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.git import git
from clockwork.tracking import promotion
from clockwork.tracking.experiment import Experiment
from clockwork.tracking.promotion import champion_commit, promote
from clockwork.tracking.registry import ROLLED_BACK, Registered
from tests.engine.unit.tracking.conftest import Send, commit

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def gate(checkout: Path) -> Path:
    """The checkout, where `boosting` gates and `linear` is watched."""
    settings = yaml.safe_load((ROOT / "configs" / "gate.yaml").read_text(encoding="utf-8"))
    settings |= {"algorithms": {"boosting": "gating", "linear": "watched"}, "target_branch": "main"}
    (checkout / ".git" / "info" / "exclude").write_text("mlruns\n", encoding="utf-8")
    (checkout / "configs" / "gate.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    commit(checkout, "Gate")
    git(checkout, "branch", "--force", "main", "HEAD")
    git(checkout, "checkout", "--quiet", "--detach", "main")
    return checkout


def own(name: str, served: str) -> str:
    """The name of a registered model that no other test knows."""
    return f"{name}-{served[:60]}"


@pytest.fixture
def promoting(
    gate: Path, there: Experiment, served: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Promotes HEAD, whose graph has run: `boosting` serves `served`, and `linear` too."""
    monkeypatch.setattr(promotion, "run_graph", lambda *_, **__: None)
    monkeypatch.setattr(promotion, "unlike", lambda *_: "")
    monkeypatch.setattr(
        promotion, "Registered", lambda client, name: Registered(client, own(name, served))
    )
    assert there.name == "trial"

    def run(serves: str = served, **how: bool) -> tuple[int, str]:
        def built(root: Path, algorithm: str) -> Any:
            mine = f"{serves}-{algorithm}"
            return SimpleNamespace(
                root=root, algorithm=algorithm, served=mine, tags={"served": mine}
            )

        monkeypatch.setattr(promotion, "Contents", built)
        reported: list[str] = []
        return promote(Checkout(gate), reported.append, **how), "\n".join(reported)

    return run


def test_an_older_commit_does_not_replace_a_newer_champion_unasked(
    gate: Path, tested: Send, served: str, promoting: Callable[..., tuple[int, str]]
) -> None:
    old = Checkout(gate).find("HEAD")
    new = commit(gate, "Newer").sha
    git(gate, "branch", "--force", "main", new)
    for one in ("old", "new"):
        tested(f"{served}-{one}-boosting")
    code, reported = promoting(f"{served}-new")
    assert (code, "version 1 is now champion" in reported) == (0, True), reported
    git(gate, "checkout", "--quiet", "--detach", old)
    code, reported = promoting(f"{served}-old")
    assert (code, reported.count("not promoted")) == (1, 1)
    assert f"champion of the newer commit {new[:7]}" in reported
    assert "--again" in reported
    code, reported = promoting(f"{served}-old", challenger=True)
    assert (code, "version 2 is now challenger" in reported) == (0, True), reported
    code, reported = promoting(f"{served}-old", again=True)
    assert (code, "version 2 is now champion" in reported) == (0, True), reported


def test_a_champion_of_a_commit_that_nobody_knows_is_replaced(
    there: Experiment,
    gate: Path,
    tested: Send,
    served: str,
    promoting: Callable[..., tuple[int, str]],
) -> None:
    tested(f"{served}-boosting")
    assert promoting()[0] == 0
    model = Registered(there.client, own("trial-boosting", served))
    model.tag(model.version("champion"), {"commit": "f" * 40})
    assert promoting()[0] == 0
    version: Any = model.version("champion")
    assert version.tags["commit"] == Checkout(gate).find("HEAD")


def test_what_was_rolled_back_and_is_only_watched_holds_no_other_up(
    there: Experiment,
    tested: Send,
    served: str,
    promoting: Callable[..., tuple[int, str]],
    tmp_path: Path,
) -> None:
    from mlflow.entities import LoggedModelOutput

    more = {name: {"served": f"{served}-{name}"} for name in ("boosting", "linear")}
    sent = tested(served, more=more)
    model = Registered(there.client, own("trial-linear", served))
    logged = there.client.create_logged_model(there.id, "linear", sent.children["linear"])
    there.client.log_outputs(sent.children["linear"], [LoggedModelOutput(logged.model_id, 0)])
    there.client.create_registered_model(model.name)
    tags = {"served": f"{served}-linear", ROLLED_BACK: "today"}
    there.client.create_model_version(model.name, str(tmp_path), sent.children["linear"], tags)
    code, reported = promoting()
    assert code == 0
    assert "version 1 is now champion" in reported
    assert "left out: linear, which is only watched: " in reported
    assert "was rolled back on today" in reported


@pytest.mark.parametrize("names_none", [["boosting"], []])
def test_the_commit_of_the_champions_is_their_own_or_missing_in_words(
    there: Experiment,
    gate: Path,
    tested: Send,
    served: str,
    promoting: Callable[..., tuple[int, str]],
    names_none: list[str],
) -> None:
    tested(f"{served}-boosting")
    assert promoting()[0] == 0
    for name in names_none:
        model = Registered(there.client, own(f"trial-{name}", served))
        version: Any = model.version("champion")
        there.client.delete_model_version_tag(model.name, version.version, "commit")
    if names_none:
        with pytest.raises(
            BadInput, match="champion of boosting names no commit; give one as BASE"
        ):
            champion_commit(Checkout(gate))
    else:
        assert champion_commit(Checkout(gate)) == Checkout(gate).find("HEAD")


def test_a_model_whose_files_are_not_what_this_commit_packs_is_not_registered(
    there: Experiment,
    tested: Send,
    served: str,
    promoting: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    tested(f"{served}-boosting")
    seen: list[str] = []
    monkeypatch.chdir(tmp_path)

    def unlike(_: Any, folder: Path) -> str:
        seen.extend(sorted(path.name for path in folder.iterdir()))
        return "code/clockwork/support/paths.py"

    monkeypatch.setattr(promotion, "unlike", unlike)
    code, reported = promoting()
    assert (code, "code/clockwork/support/paths.py" in reported) == (1, True), reported
    assert seen == ["MLmodel"]
    assert not (tmp_path / "mlflow.db").exists()
    assert Registered(there.client, own("trial-boosting", served)).versions() == []


@pytest.mark.parametrize("failing", ["run_graph", "Contents"])
def test_a_full_disk_is_not_reported_as_a_trouble_of_mlflow(
    gate: Path, there: Experiment, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    assert there
    monkeypatch.setattr(promotion, "run_graph", lambda *_, **__: None)
    monkeypatch.setattr(promotion, failing, full)
    with pytest.raises(OSError, match="No space left"):
        promote(Checkout(gate), print)


def test_only_where_the_shared_branch_is_unknown_the_local_one_counts(gate: Path) -> None:
    shared = Checkout(gate).find("HEAD")
    local = commit(gate, "Not pushed").sha
    git(gate, "branch", "--force", "main", local)
    assert promotion._merged(Checkout(gate), local, "main")
    git(gate, "update-ref", "refs/remotes/origin/main", shared)
    try:
        assert promotion._merged(Checkout(gate), shared, "main")
        assert not promotion._merged(Checkout(gate), local, "main")
    finally:
        git(gate, "update-ref", "-d", "refs/remotes/origin/main")
