"""Whether what a run reaches for is there: MLflow and the DVC remote, each asked once, briefly."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from clockwork.doctor.need import Found, Need, found
from clockwork.release.manifest import digest, named, read
from clockwork.settings.tracking import tracking_settings
from clockwork.support.checkout import Checkout
from clockwork.support.dvc_settings import remote_url
from clockwork.support.libraries import interpreter
from clockwork.support.pinned import DATA
from clockwork.support.subprocesses import environment, last_line
from clockwork.tracking.links import without_password
from clockwork.tracking.store import uri

PATIENCE = 3  # seconds for a server's answer
PATIENCE_OF_STORE = 20  # seconds for DVC, which takes some to begin
ADD = "add one with `dvc remote add -d store URL`, then `dvc push`"


def mlflow(checkout: Checkout) -> Found:
    """Whether the MLflow that `checkout` logs to answers."""
    place = uri(checkout.main, tracking_settings(checkout.root), os.environ)
    if urlsplit(place).scheme not in ("http", "https"):
        return Found("the store of this machine")
    shown = without_password(place)
    return found(f"{shown} answers", away(shown, _answer(place)))


def away(shown: str, trouble: str) -> Iterator[Need]:
    """That the server does not answer, or not well."""
    if trouble:
        remedy = (
            "start it, or correct MLFLOW_TRACKING_URI; "
            "until then results wait in the outbox (`make outbox`)"
        )
        yield Need(f"MLflow at {shown}", trouble, remedy)


def _answer(place: str, page: str = "/health") -> str:
    import requests

    try:
        status = requests.get(f"{place.rstrip('/')}{page}", timeout=PATIENCE).status_code
    except requests.RequestException as error:
        return f"no answer within {PATIENCE} s ({type(error).__name__})"
    return f"it answers with status {status}" if status >= 500 else ""


def remote(checkout: Checkout) -> Found:
    """Whether the DVC remote of `checkout` can be reached, and is there where others need it."""
    url = remote_url(checkout.root)
    if url is None:
        released = read(checkout).get(DATA)
        own = not (checkout / DATA).exists() or digest(checkout / DATA) != released
        return found("none, and the demo needs none", missing(own_data=own))
    shown = without_password(url)
    return found(f"{shown} answers", unreachable(shown, _trouble(checkout, url)))


def missing(*, own_data: bool) -> Iterator[Need]:
    """That nobody else, and no CI, can get data that lie on this machine alone."""
    if own_data:
        yield Need(
            ".dvc/config", "no DVC remote, so neither CI nor a colleague can get the data", ADD
        )


def unreachable(shown: str, trouble: str) -> Iterator[Need]:
    """That the remote does not answer, or lacks the data."""
    if trouble:
        yield Need(
            f"DVC remote {shown}",
            trouble,
            "run `dvc push`; correct the remote with `dvc remote modify`",
        )


def _trouble(checkout: Checkout, url: str) -> str:
    if "://" not in url and not Path(url).is_dir():
        return "no such folder"
    # DVC takes a web server that is away for one that holds nothing.
    return (_answer(url, "") if urlsplit(url).scheme in ("http", "https") else "") or _not_pushed(
        checkout
    )


def _not_pushed(checkout: Checkout) -> str:
    python = interpreter(checkout.root)
    try:
        done = subprocess.run(
            [python, "-m", "dvc", "status", "--cloud", "--json", DATA],
            cwd=checkout.root,
            env=environment(python),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE_OF_STORE,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {PATIENCE_OF_STORE} s"
    if done.returncode:
        return last_line(done.stderr)
    states: dict[str, str] = json.loads(done.stdout or "{}")
    lacking = sorted(name for name, state in states.items() if state != "deleted")
    return f"does not hold {named(lacking)}" if lacking else ""
