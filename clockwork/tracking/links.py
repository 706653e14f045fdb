"""Addresses of MLflow's pages."""

import json
import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit, urlunsplit

from clockwork.tracking.view import VIEW

# Up to the last @ there may be a user and a password, with any sign. A name has neither : nor /, so
# after `host/` there is none but in a query.
USER = r"(?<![\w+.-])([\w+.-]+://)(?!/)((?:[^\s:@/?#]+/[^\s:?#]*(?:[?#]|(?=\s|$)))?+)"
# Without it MLflow shows the pages of language models to whoever has not chosen yet.
MODELS = "workflowType=machine_learning"


def base(uri: str, port: int) -> str:
    """Where a browser finds the store `uri`.

    A server is its own page, the embedded store needs `make ui`.
    """
    if is_server(uri):
        parts = urlsplit(uri)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
    return f"http://127.0.0.1:{port}"


def unseen(uri: str, ci: str, *, named: bool) -> str | None:
    """Why nobody can be sent to the pages of the store `uri`, which the user `named` or not.

    None: they can.
    """
    if is_server(uri):
        return None
    if ci != "local":
        return (
            "logged into this machine's own store; "
            "set MLFLOW_TRACKING_URI to keep the results of every build"
        )
    return "logged; only you know where the pages of that store are served" if named else None


def is_server(uri: str) -> bool:
    """Whether `uri` is that of a web server, sound or not."""
    return re.match("https?://", uri, re.IGNORECASE) is not None


def without_password(uri: str) -> str:
    """`uri` as it may be printed: without the user and the password that it may hold.

    A password may hold any sign, so all up to the last @ goes.
    """
    return re.sub(f"^{USER}.*@", r"\1\2", uri, flags=re.DOTALL)


def without_passwords(text: str) -> str:
    """`text` with each address in it as it may be printed."""
    return re.sub(rf"{USER}\S*@", r"\1\2", text)


def runs_page(base: str, experiment_id: str) -> str:
    """The table of all runs, with the columns that matter here."""
    return f"{base}/#/experiments/{experiment_id}/runs?{MODELS}&viewStateShareKey={VIEW}"


def run_page(base: str, experiment_id: str, run_id: str) -> str:
    """The page of one run."""
    return f"{base}/#/experiments/{experiment_id}/runs/{run_id}?{MODELS}"


def compare_page(base: str, experiment_id: str, run_ids: Sequence[str]) -> str:
    """The page that sets exactly these runs side by side."""
    runs, experiments = (
        quote(json.dumps(ids), safe="") for ids in (list(run_ids), [experiment_id])
    )
    # MLflow looks for `runs` as the first parameter, and for no other place of it.
    return f"{base}/#/compare-runs?runs={runs}&experiments={experiments}&{MODELS}"
