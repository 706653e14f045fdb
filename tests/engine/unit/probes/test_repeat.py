"""Training again: the same seed on the same inputs gives the model that ships, or that is found."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clockwork.gate.catalogue import CheckId
from clockwork.learning.probes.probe import Probe
from clockwork.learning.probes.repeat import repeat
from clockwork.model import Labels, Matrix
from clockwork.project import find_model
from pipelines.models.robust_z import RobustZ

SEED = 7
SOME: Mapping[str, Mapping[str, Any]] = {
    "lightgbm": {"rounds": 5},
    "logistic": {},
    "isolation_forest": {},
}
RANDOM = np.random.default_rng(1)
X: Matrix = RANDOM.normal(size=(200, 3)).astype(np.float32)
Y: Labels = (X[:, 0] + 0.5 * RANDOM.normal(size=200) > 1).astype(np.int8)


def trainer(
    algorithm: str,
    x: Matrix = X,
    y: Labels = Y,
    seed: int = SEED,
    params: Mapping[str, Any] | None = None,
) -> Callable[[Path], None]:
    """Trains into a folder under the seed's name, whatever seed it really takes."""

    def train(place: Path) -> None:
        (place / str(SEED)).mkdir(parents=True, exist_ok=True)
        find_model(algorithm).fit(
            x, y, SOME.get(algorithm, {}) if params is None else params, seed
        ).save(place / str(SEED))

    return train


def asked(
    place: Path, algorithm: str, ships: Callable[[Path], None], again: Callable[[Path], None]
) -> Probe:
    ships(place / "models" / algorithm)
    return repeat(again, place / "models" / algorithm, place / "again", SEED, X)


@pytest.mark.parametrize("algorithm", [*SOME, "robust_z"])
def test_the_same_seed_gives_the_model_that_ships(tmp_path: Path, algorithm: str) -> None:
    probe = asked(tmp_path, algorithm, trainer(algorithm), trainer(algorithm))
    assert (probe.id, probe.held, probe.algorithm) == (CheckId.SAME_AGAIN, True, algorithm)
    assert probe.message == "seed 7 on the same inputs gives the model that ships, to the bit"


def test_a_seed_that_is_not_pinned_is_found(tmp_path: Path) -> None:
    probe = asked(
        tmp_path,
        "isolation_forest",
        trainer("isolation_forest"),
        trainer("isolation_forest", seed=8),
    )
    assert (probe.held, probe.algorithm) == (False, "isolation_forest")
    assert (
        "seed 7 on the same inputs gives another model than the one that ships: scores differ by "
        in probe.message
    )


@pytest.mark.parametrize("algorithm", SOME)
def test_a_model_that_was_kept_while_its_rows_or_labels_changed_is_found(
    tmp_path: Path, algorithm: str
) -> None:
    stale = {
        "rows": trainer(algorithm, X * np.float32(1.5)),
        "labels": trainer(algorithm, y=np.roll(Y, 1)),
    }
    for what, ships in stale.items():
        assert not asked(tmp_path / what, algorithm, ships, trainer(algorithm)).held


def test_a_model_that_was_kept_while_its_settings_changed_is_found(tmp_path: Path) -> None:
    ships = trainer("lightgbm", params={"rounds": 6})
    assert not asked(tmp_path, "lightgbm", ships, trainer("lightgbm")).held


@pytest.mark.parametrize(("moves", "held"), [(False, True), (True, False)])
def test_other_last_bits_are_the_same_model_only_where_training_repeats_them(
    tmp_path: Path, moves: bool, held: bool
) -> None:
    trainings: list[Path] = []

    def nearly(place: Path) -> None:
        trainings.append(place)
        trainer("robust_z")(place)
        arrays = RobustZ.load(place / str(SEED)).arrays
        last = 1e-15 * (len(trainings) if moves else 1)
        RobustZ({**arrays, "sigmoid": arrays["sigmoid"] * (1 + last)}).save(place / str(SEED))

    probe = asked(tmp_path, "robust_z", trainer("robust_z"), nearly)
    assert probe.held == held
    assert ("but for last bits" in probe.message) == held


def test_scores_that_are_no_numbers_are_never_the_same(tmp_path: Path) -> None:
    def broken(place: Path) -> None:
        trainer("robust_z")(place)
        arrays = RobustZ.load(place / str(SEED)).arrays
        RobustZ({**arrays, "sigmoid": arrays["sigmoid"] * np.nan}).save(place / str(SEED))

    assert not asked(tmp_path, "robust_z", broken, broken).held


def test_a_training_that_leaves_nothing_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        asked(tmp_path, "robust_z", trainer("robust_z"), lambda _: None)
