"""Addresses lead to MLflow's pages and give no password away."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from clockwork.tracking import links


def test_a_server_is_its_own_page_without_its_password() -> None:
    assert (
        links.base("https://me:secret@mlflow.example:8443/team/", 5055)
        == "https://mlflow.example:8443/team"
    )


def test_the_embedded_store_is_looked_at_on_loopback() -> None:
    assert links.base("sqlite:////somewhere/mlflow.db", 5056) == "http://127.0.0.1:5056"


@pytest.mark.parametrize("ci", ["local", "jenkins"])
def test_the_pages_of_a_server_can_be_seen_from_everywhere(ci: str) -> None:
    assert links.unseen("https://mlflow.example", ci, named=True) is None


def test_the_pages_of_an_embedded_store_can_be_seen_on_a_laptop_alone() -> None:
    assert links.unseen("sqlite:///mlflow.db", "local", named=False) is None
    assert "set MLFLOW_TRACKING_URI" in str(
        links.unseen("sqlite:///mlflow.db", "github", named=False)
    )


def test_where_the_pages_of_a_database_are_served_only_its_owner_knows() -> None:
    assert "only you know" in str(links.unseen("postgresql://db/mlflow", "local", named=True))


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
    assert query.startswith("runs=")  # where it comes later, the page shows an error
    assert '"' not in page
