"""Addresses lead to MLflow's pages and give no password away."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from clockwork.tracking import links, store


def test_a_server_is_its_own_page_without_its_password() -> None:
    assert (
        links.base("https://me:secret@mlflow.example:8443/team/", 5055)
        == "https://mlflow.example:8443/team"
    )


@pytest.mark.parametrize("password", ["secret", "s3cr#et", "s3/cret", "s?cret", "s@cr@t", "1/s#"])
def test_no_password_is_printed_whatever_is_in_it(password: str) -> None:
    uri = f"postgresql+psycopg://ml:{password}@db/mlflow"
    assert links.without_password(uri) == "postgresql+psycopg://db/mlflow"
    assert (
        links.without_passwords(f"no: '{uri}' (a@b)")
        == "no: 'postgresql+psycopg://db/mlflow' (a@b)"
    )


@pytest.mark.parametrize(
    "uri",
    ["sqlite:////job@2/mlflow.db", "mlruns@2", "file:///job@2", "https://h/p@v2", "s3://b/p@2/x"],
)
def test_a_place_without_a_user_is_printed_in_full(uri: str) -> None:
    assert links.without_password(uri) == links.without_passwords(uri) == uri


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("postgresql://h/db?o=u@x", "postgresql://h/db?x"),
        ("https://h/a,postgresql://u:p#q@db", "https://db"),
        ("https://a?b@h", "https://h"),
    ],
)
def test_what_may_be_a_password_is_not_printed_and_the_host_is(uri: str, shown: str) -> None:
    assert links.without_password(uri) == links.without_passwords(uri) == shown


@pytest.mark.parametrize("word", ["a", "a://", "a@"])
def test_a_long_error_is_read_in_no_time(word: str) -> None:
    begun = time.process_time()
    store.explain(ValueError(word * 1_000_000))
    assert time.process_time() - begun < 5


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
