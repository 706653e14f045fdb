"""What data.dvc pins: brought to data/, whatever a kept workspace holds; the pin never moves."""

import hashlib
import json
import shutil
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.dvc_settings import cache_folder, has_remote
from clockwork.support.errors import BadInput
from clockwork.support.paths import BUILD
from clockwork.support.subprocesses import last_line

DATA = "data.dvc"
ASIDE = BUILD / "data.aside"


def fetch_data(checkout: Checkout, report: Report) -> bool:
    """Get data/ where missing: from the cache, else a remote, else grown from the recipe in seeds/.

    Gives whether it was there already.
    """
    pin = checkout / DATA
    if not pin.exists():
        raise BadInput(f"{DATA}: no such file; pin the data with `dvc add data`")
    if (checkout / _pinned(pin)["path"]).exists():
        return True
    if checkout.run("dvc", "checkout", DATA).returncode:
        _fetch_from_afar(checkout, report)
    return False


def _fetch_from_afar(checkout: Checkout, report: Report) -> None:
    if has_remote(checkout.root):
        done = checkout.run("dvc", "pull", DATA)
        if done.returncode:
            raise BadInput(f"{DATA}: dvc pull failed: {last_line(done.stderr)}")
        report("data: fetched from the DVC remote")
        return
    _grow(checkout, report)


def _grow(checkout: Checkout, report: Report) -> None:
    if not (checkout / "seeds" / "fleet.py").exists():
        raise BadInput(
            f"{DATA}: data/ is not in the cache and no DVC remote is set; "
            "add one with `dvc remote add -d`"
        )
    report("data: no DVC remote is set, growing the demo fleet from seeds/fleet.yaml")
    done = checkout.run("seeds.fleet")
    if done.returncode:
        raise BadInput(f"seeds/fleet.py: {last_line(done.stderr)}")
    pinned = (checkout / DATA).read_bytes()
    checkout.run("dvc", "commit", "--force", "--quiet", DATA)
    if (checkout / DATA).read_bytes() != pinned:
        (checkout / DATA).write_bytes(pinned)
        raise BadInput(
            f"{DATA} pins other bytes than seeds/fleet.yaml grows; "
            f"run `dvc add data` and commit {DATA}"
        )


def bring_data(checkout: Checkout, report: Report, moved: Container[str] | None = None) -> None:
    """Make data/ what data.dvc pins where it holds something else.

    `dvc repro` would write that into data.dvc. `moved` names the pins that are not up to date,
    where that is known: the others need no further look.

    Raises `BadInput`, with every file as it was, where something would be lost: data that DVC's
    cache does not hold.
    """
    doubtful = {path: pin for path, pin in pins(checkout).items() if moved is None or pin in moved}
    for path in _moved(checkout, doubtful) if doubtful else ():
        pin = doubtful[path]
        if pin != DATA:
            raise BadInput(
                f"{path} is not what {pin} pins; "
                f"run `dvc checkout {pin}`, or `dvc add` it and commit {pin}"
            )
        unsaved = next(
            _not_in_cache(checkout / path, cache_folder(checkout.root, checkout.root)), None
        )
        if unsaved:
            raise BadInput(
                f"{unsaved.relative_to(checkout.root)} is neither what {DATA} "
                f"pins nor in DVC's cache; run `dvc add {path}` and commit {DATA}, "
                f"or `dvc checkout --force {DATA}` to drop it"
            )
        _exchange(checkout, checkout / path, report)
        report(f"data: brought to what {DATA} pins")


def _moved(checkout: Checkout, paths: Iterable[str]) -> list[str]:
    done = checkout.run("dvc", "data", "status", "--json", *paths)
    if done.returncode:
        raise BadInput(f"{DATA}: dvc data status failed: {last_line(done.stderr)}")
    status: dict[str, dict[str, list[str]]] = json.loads(done.stdout or "{}")
    return [path.rstrip("/") for path in status.get("uncommitted", {}).get("modified", [])]


def pins(checkout: Checkout) -> dict[str, str]:
    """What is pinned in `checkout`: each path with the file that pins it."""
    found = [
        name for name in checkout.tracked("*.dvc") if name != DATA and (checkout / name).exists()
    ]
    files = {name: _read(checkout / name) or {} for name in (DATA, *found)}
    return {
        (Path(name).parent / out["path"]).as_posix(): name
        for name, file in files.items()
        if "deps" not in file  # what was imported from elsewhere is frozen
        for out in file.get("outs", [])
    }


def _not_in_cache(path: Path, cache: Path) -> Iterator[Path]:
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    for file in files:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "md5").hexdigest()
        if not (cache / "files" / "md5" / digest[:2] / digest[2:]).exists():
            yield file


def _exchange(checkout: Checkout, data: Path, report: Report) -> None:
    # What lies aside is in the cache too, so one that a killed run left there may go.
    aside = checkout / ASIDE
    _remove(aside)
    aside.parent.mkdir(exist_ok=True)
    try:
        data.rename(aside)
    except OSError as error:
        raise BadInput(
            f"{data}: cannot be replaced ({error.strerror}); run `dvc checkout {DATA}`"
        ) from None
    try:
        fetch_data(checkout, report)
    except BaseException:
        _remove(data)
        aside.rename(data)
        raise
    _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def data_hash(checkout: Checkout) -> str:
    """DVC's hash of the data of `checkout`."""
    return _pinned(checkout / DATA)["md5"]


def _pinned(pin: Path) -> dict[str, str]:
    try:
        out = _read(pin)["outs"][0]
        return {"path": str(out["path"]), "md5": str(out["md5"])}
    except (OSError, BadInput, KeyError, TypeError, IndexError):
        raise BadInput(
            f"{pin}: not a DVC file with one pinned output; write it anew with `dvc add data`"
        ) from None


def _read(pin: Path) -> Any:
    try:
        found = yaml.safe_load(pin.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        found = False
    if not isinstance(found, dict | None):
        raise BadInput(
            f"{pin}: no file of DVC's, or one with a conflict; "
            "mend it, or write it anew with `dvc add`"
        )
    return found
