"""Features of raw rows: honest about gaps, in the order of their names, each entity for itself."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from clockwork.settings.features import FeatureSettings
from pipelines.features import build_features, entity_features, feature_names

Matrix = npt.NDArray[np.float32]
METRICS = ["load", "heat"]
ALL = FeatureSettings(every=1, windows={3: ["mean", "std", "min", "max", "z"], 10: ["mean", "std"]})


def raw(entities: int = 3, minutes: int = 50, seed: int = 1, step: int = 1) -> pd.DataFrame:
    """Raw rows as `read_rows` gives them, every tenth row absent and every eighth value missing."""
    rng = np.random.default_rng(seed)
    names = [f"unit-{at}" for at in range(entities)]
    frame = pd.DataFrame(
        {
            "entity": pd.Categorical(np.repeat(names, minutes)),
            "kind": pd.Categorical(np.repeat(["a", "b"] * entities, minutes)[: entities * minutes]),
            "time": np.tile(np.arange(minutes) * step + 1000, entities),
            "label": (rng.random(entities * minutes) < 0.2).astype(np.int8),
            **{name: rng.normal(20, 3, entities * minutes).astype(np.float32) for name in METRICS},
        }
    )
    frame.loc[rng.random(len(frame)) < 0.125, "heat"] = np.nan
    return frame[rng.random(len(frame)) > 0.1].reset_index(drop=True)


def built(rows: pd.DataFrame, how: FeatureSettings = ALL, step: int = 1) -> pd.DataFrame:
    """Keys and features side by side, the features under their names."""
    keys, x = build_features(rows, METRICS, step, how)
    return pd.concat([keys, pd.DataFrame(x, columns=feature_names(METRICS, how))], axis=1)


def taken(statistic: str, seen: npt.NDArray[np.float64], value: float) -> float:
    if statistic == "z":
        return float((value - seen.mean()) / max(seen.std(), 1e-6 * (1 + abs(seen.mean()))))
    match statistic:
        case "mean":
            return float(np.mean(seen))
        case "std":
            return float(np.std(seen))
        case "min":
            return float(np.min(seen))
    return float(np.max(seen))


def by_hand(rows: pd.DataFrame, window: int, statistic: str, metric: str) -> Matrix:
    """The feature from its definition: of the entity's rows within the last `window` minutes."""
    out = []
    for entity, now, value in zip(rows["entity"], rows["time"], rows[metric], strict=True):
        own = rows[
            (rows["entity"] == entity) & (rows["time"] <= now) & (rows["time"] > now - window)
        ][metric]
        seen = own.dropna().to_numpy(dtype=np.float64)
        out.append(taken(statistic, seen, float(value)) if len(seen) else np.nan)
    return np.array(out, dtype=np.float32)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("window", "statistic"), [(w, name) for w, names in ALL.windows.items() for name in names]
)
def test_a_feature_is_its_definition_by_hand_gaps_and_all(
    window: int, statistic: str, metric: str
) -> None:
    rows = raw()
    found = built(rows)[f"{metric}_{statistic}_{window}"].to_numpy()
    np.testing.assert_allclose(
        found, by_hand(rows, window, statistic, metric), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("step", [5, 7, 60, 90])
def test_a_window_is_in_minutes_however_far_apart_rows_are(step: int) -> None:
    rows = raw(step=step)
    how = FeatureSettings(every=1, windows={60: ["mean"]})
    found = built(rows, how, step=step)["load_mean_60"].to_numpy()
    np.testing.assert_allclose(found, by_hand(rows, 60, "mean", "load"), rtol=1e-5)


def test_absent_minutes_are_no_samples_and_push_old_ones_out_of_the_window() -> None:
    rows = pd.DataFrame(
        {
            "entity": pd.Categorical(["a"] * 3),
            "time": [0, 1, 12],
            "label": 0,
            "load": [1.0, 3.0, 8.0],
            "heat": 0.0,
        }
    )
    assert built(rows)["load_mean_10"].tolist() == [1, 2, 8]
    assert built(rows)["load_mean_3"].tolist() == [1, 2, 8]


def test_columns_are_in_the_order_of_their_names() -> None:
    names = feature_names(METRICS, ALL)
    assert names[:4] == ["load", "heat", "load_mean_3", "heat_mean_3"]
    assert len(names) == len(set(names)) == 2 + 2 * 7
    rows = raw()
    frame = built(rows)
    np.testing.assert_array_equal(frame["heat"], rows["heat"])
    assert (frame["load_min_3"] <= frame["load_mean_3"] + 1e-5).all()
    assert (frame["load_mean_3"] <= frame["load_max_3"] + 1e-5).all()


@pytest.mark.parametrize("every", [1, 4, 7])
def test_kept_rows_are_those_of_every_nth_minute_with_the_same_features(every: int) -> None:
    rows = raw()
    kept = built(rows, ALL.model_copy(update={"every": every}))
    expected = built(rows)
    expected = expected[expected["time"] % every == 0].reset_index(drop=True)
    assert len(kept) > 0
    pd.testing.assert_frame_equal(kept, expected, check_exact=True)


def test_keys_keep_entity_time_label_and_slices_and_no_metric() -> None:
    keys, _ = build_features(raw(), METRICS, 1, ALL)
    assert list(keys.columns) == ["entity", "kind", "time", "label"]
    assert keys.index.tolist() == list(range(len(keys)))


def test_missing_zero_leaves_no_gap_and_changes_nothing_else() -> None:
    kept, filled = built(raw()), built(raw(), ALL.model_copy(update={"missing": "zero"}))
    assert kept[feature_names(METRICS, ALL)].isna().any().any()
    assert not filled.isna().any().any()
    pd.testing.assert_frame_equal(
        kept.fillna(dict.fromkeys(feature_names(METRICS, ALL), 0)), filled
    )


def test_a_window_without_a_sample_has_no_feature() -> None:
    rows = pd.DataFrame(
        {
            "entity": pd.Categorical(["a"] * 4),
            "time": range(4),
            "label": 0,
            "load": np.nan,
            "heat": [1.0, 2, 3, 4],
        }
    )
    frame = built(rows)
    assert frame[[name for name in frame if str(name).startswith("load")]].isna().all().all()
    assert frame[[name for name in frame if str(name).startswith("heat")]].notna().all().all()


def test_the_z_of_a_flat_series_is_zero_and_not_without_a_value() -> None:
    rows = raw(entities=1).assign(load=np.float32(0.1), heat=np.float32(1e9))
    frame = built(rows)
    assert (frame[["load_z_3", "heat_z_3", "load_std_3", "heat_std_3"]] == 0).all().all()


def test_features_of_an_entity_do_not_depend_on_other_entities() -> None:
    rows = raw()
    together = built(rows)
    for name in rows["entity"].cat.categories:
        alone = built(rows[rows["entity"] == name].reset_index(drop=True))
        expected = together[together["entity"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, expected, check_exact=True)


@pytest.mark.parametrize("until", [1001, 1010, 1033])
def test_features_up_to_a_minute_are_those_from_rows_up_to_that_minute(until: int) -> None:
    rows = raw()
    whole = built(rows)
    cut = built(rows[rows["time"] <= until].reset_index(drop=True))
    expected = whole[whole["time"] <= until].reset_index(drop=True)
    pd.testing.assert_frame_equal(cut, expected, check_exact=True)


def test_features_depend_on_the_longest_window_only() -> None:
    rows = raw(entities=1)
    now = int(rows["time"].iloc[-1])
    whole, recent = built(rows), built(rows[rows["time"] > now - 10].reset_index(drop=True))
    pd.testing.assert_frame_equal(
        whole.tail(1).reset_index(drop=True), recent.tail(1).reset_index(drop=True)
    )
    names = feature_names(METRICS, ALL)
    assert whole[names].to_numpy()[-1].tobytes() == recent[names].to_numpy()[-1].tobytes()


def test_labels_and_slices_are_no_part_of_any_feature() -> None:
    rows = raw()
    other = rows.assign(label=1 - rows["label"], kind=rows["kind"].to_numpy()[::-1])
    np.testing.assert_array_equal(
        build_features(rows, METRICS, 1, ALL)[1], build_features(other, METRICS, 1, ALL)[1]
    )


def test_one_row_is_enough() -> None:
    found = entity_features(np.array([[2.0, np.nan]]), np.array([0]), ALL)
    names = feature_names(METRICS, ALL)
    assert found.shape == (1, len(names))
    assert dict(zip(names, found[0].tolist(), strict=True))["load_mean_10"] == 2
