"""The second example: its offers are the same everywhere.

Its settings fit each other, its defects fit its files.
"""

import hashlib
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from clockwork.compare.preflight import check_settings
from clockwork.selftest.edits import all_changes
from clockwork.selftest.examples import FLEET, place
from clockwork.settings.data import data_settings
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.paths import LOCK
from seeds.prices import offers

ROOT = Path(__file__).parents[4]
SEED = ROOT / "seeds" / "prices"
CHANGES = all_changes(SEED / "defects")
PINNED = "50d64251f4fade045d64751475824e25"  # MD5 of offers.csv


@pytest.fixture(scope="module")
def recipe() -> offers.Recipe:
    return offers.load(SEED / "recipe.yaml")


@pytest.fixture(scope="module")
def grown(recipe: offers.Recipe) -> pd.DataFrame:
    return offers.grow(recipe)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """This checkout's settings with the example's own over them."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    shutil.copytree(SEED / "project", tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_the_recipe_grows_the_same_bytes_everywhere(recipe: offers.Recipe, tmp_path: Path) -> None:
    offers.write(recipe, tmp_path / "data")
    found = (tmp_path / "data" / "offers.csv").read_bytes()
    assert hashlib.md5(found, usedforsecurity=False).hexdigest() == PINNED


def test_more_offers_keep_the_first_ones(recipe: offers.Recipe, grown: pd.DataFrame) -> None:
    few = offers.grow(recipe.model_copy(update={"offers": 100}))
    pd.testing.assert_frame_equal(few, grown.head(100))


def test_prices_follow_what_is_planted(grown: pd.DataFrame) -> None:
    logs = np.log(grown["price"])
    assert logs.groupby(grown["accident"]).mean().diff().iloc[-1] < 0
    assert grown[["age", "km"]].corrwith(logs, method="spearman").max() < -0.5
    assert logs.groupby(grown["make"]).mean().std() > 4 * logs.groupby(grown["colour"]).mean().std()
    assert grown["fee"].corr(grown["price"], method="spearman") > 0.99
    assert 0.02 < grown["kilowatts"].isna().mean() < 0.06


@pytest.mark.parametrize(
    ("key", "says"), [("offers", "input should be greater"), ("fuels", "dictionary should have")]
)
def test_a_wrong_recipe_is_one_clear_line_and_exit_code_2(
    key: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "recipe.yaml", tmp_path / "data"
    document = yaml.safe_load((SEED / "recipe.yaml").read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(document | {key: type(document[key])()}), encoding="utf-8")
    assert offers.main(["--recipe", str(path), "--out", str(out)]) == 2
    assert capsys.readouterr().err.startswith(f"{path}: key '{key}': {says}")
    assert not out.exists()


def test_its_settings_are_valid_and_fit_its_columns(project: Path, grown: pd.DataFrame) -> None:
    gate, data = check_settings(project), data_settings(project)
    assert gate.primary == "mae"
    assert sorted([*data.columns.roles, *data.columns.metrics, *data.columns.exclude]) == sorted(
        grown.columns
    )
    declared = yaml.safe_load((project / LOCK).read_text(encoding="utf-8"))
    assert set(declared) == {*data.columns.metrics, "km_a_year"}


def test_it_has_defects_of_many_kinds_and_harmless_changes() -> None:
    kinds = Counter(change.caught_by for change in CHANGES if not change.harmless)
    assert kinds.total() >= 10
    assert len(kinds) >= 8
    assert sum(change.harmless for change in CHANGES) >= 3


@pytest.mark.parametrize("folder", [SEED / "defects", ROOT / "seeds" / "defects"])
def test_a_demo_shows_a_harmless_change_and_then_a_defect(folder: Path) -> None:
    shown = sorted(
        (change for change in all_changes(folder) if change.demo),
        key=lambda change: change.demo or 0,
    )
    assert [(change.demo, change.harmless) for change in shown] == [(17, True), (18, False)]


def test_an_example_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        BadInput, match=rf"--seed 'houses': no such example; there are {FLEET}, prices"
    ):
        place(Checkout(ROOT), "houses")
