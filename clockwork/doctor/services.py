"""Whether what a run reaches for is there: MLflow and the DVC remote, each asked once, briefly."""

import json
import os
from pathlib import Path
from threading import Event, Timer

from clockwork.doctor.need import Found, Need
from clockwork.release.manifest import digest, read
from clockwork.settings.tracking import tracking_settings
from clockwork.support.checkout import Checkout
from clockwork.support.dvc_settings import remote_url
from clockwork.support.errors import named
from clockwork.support.pinned import DATA
from clockwork.support.subprocesses import last_line, run_module
from clockwork.tracking.links import is_server, without_password
from clockwork.tracking.store import uri

PATIENCE = 3  # seconds for a server's answer
PATIENCE_OF_STORE = 20  # seconds for DVC, which takes some to begin
LATER = (
    "start it, or correct MLFLOW_TRACKING_URI; "
    "until then results wait in the outbox (`make outbox`)"
)
ADD = "add one with `dvc remote add -d store URL`, then `dvc push`"
PUSH = "run `dvc push`; correct the remote with `dvc remote modify`"


def mlflow(checkout: Checkout) -> Found:
    """Whether the MLflow that `checkout` logs to answers."""
    place = uri(checkout.main, tracking_settings(checkout.root), os.environ)
    if not is_server(place):
        return Found("the store of this machine")
    shown, trouble = without_password(place), _answer(place)
    needs = (Need(f"MLflow at {shown}", trouble, LATER),) if trouble else ()
    return Found(f"{shown} answers", needs)


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
        if (checkout / DATA).exists() and digest(checkout / DATA) == released:
            return Found("none, and the demo needs none")
        what = "no DVC remote, so neither CI nor a colleague can get the data"
        return Found("", (Need(".dvc/config", what, ADD),))
    shown, trouble = without_password(url), _trouble(checkout, url)
    needs = (Need(f"DVC remote {shown}", trouble, PUSH),) if trouble else ()
    return Found(f"{shown} answers", needs)


def _trouble(checkout: Checkout, url: str) -> str:
    if "://" not in url and not Path(url).is_dir():
        return "no such folder"
    # DVC takes a web server that is away for one that holds nothing.
    return (_answer(url, "") if is_server(url) else "") or _not_pushed(checkout)


def _not_pushed(checkout: Checkout) -> str:
    late = Event()
    timer = Timer(PATIENCE_OF_STORE, late.set)
    timer.daemon = True
    timer.start()
    done = run_module(checkout.root, "dvc", "status", "--cloud", "--json", DATA, ended=late)
    timer.cancel()
    if late.is_set():
        return f"no answer within {PATIENCE_OF_STORE} s"
    if done.returncode:
        return last_line(done.stderr)
    states: dict[str, str] = json.loads(done.stdout or "{}")
    lacking = sorted(name for name, state in states.items() if state != "deleted")
    return f"does not hold {named(lacking)}" if lacking else ""
