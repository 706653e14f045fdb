"""The order of the engine's tests, which go to workers by whole files.

A worker that takes a long file last keeps all waiting.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
# By the seconds that they take. Two that do not both need the tiny project come first, as one of
# them makes it.
LONGEST = (
    "pipeline/test_regression_run.py",
    "pipeline/test_adopt.py",
    "pipeline/ci/test_github_runs.py",
    "pipeline/test_demo.py",
    "pipeline/test_full_run.py",
    "pipeline/test_promotion.py",
    "pipeline/ci/test_jenkins.py",
    "pipeline/test_nothing_lost.py",
    "pipeline/mlflow/test_server.py",
    "pipeline/test_trust.py",
    "pipeline/test_users_state.py",
    "pipeline/test_bad_data.py",
    "pipeline/test_bad_input.py",
    "unit/test_graph.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first."""
    place = {HERE / file: at for at, file in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))
