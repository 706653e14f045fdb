"""Addresses lead to MLflow's pages and give no password away."""

import json
from urllib.parse import parse_qs, urlsplit

from pipelines.tracking import links


def test_a_server_is_its_own_page_without_its_password() -> None:
    assert links.base("https://me:secret@mlflow.example:8443/team/", 5055) == "https://mlflow.example:8443/team"


def test_the_embedded_store_is_looked_at_on_loopback() -> None:
    assert links.base("sqlite:////somewhere/mlflow.db", 5056) == "http://127.0.0.1:5056"


def test_a_run_has_a_page_in_its_experiment() -> None:
    page = urlsplit(links.run_page("http://127.0.0.1:5055", "3", "abc"))
    assert page.fragment.partition("?")[0] == "/experiments/3/runs/abc"


def test_the_compare_page_names_exactly_these_runs() -> None:
    page = links.compare_page("http://127.0.0.1:5055", "3", ["abc", "def"])
    path, _, query = urlsplit(page).fragment.partition("?")
    asked = parse_qs(query)
    assert path == "/compare-runs"
    assert json.loads(asked["runs"][0]) == ["abc", "def"]
    assert json.loads(asked["experiments"][0]) == ["3"]
    assert '"' not in page
