"""features: raw rows -> keys and features of the kept rows, under build/features/."""

from clockwork.learning.data.accounts import account, check_none_lost
from clockwork.learning.data.rows import feature_columns
from clockwork.learning.tables import ACCOUNT, write_features, write_json
from clockwork.project import FEATURES_FILE, build_features, feature_names, read_rows
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.support.errors import BadInput
from clockwork.support.paths import FEATURES


def every(data: DataSettings, how: FeatureSettings) -> str:
    """Which rows become rows of features, in words."""
    return f"every {how.every} minutes" if data.step else "each row"


def main() -> None:
    """Compute every feature of every kept row."""
    data, how = data_settings(), feature_settings()
    rows = read_rows(data)
    metrics = feature_columns(rows, data)
    names = feature_names(metrics, how)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"configs/data.yaml: two features are called '{twice[0]}'; rename that metric in the data")
    keys, x = build_features(rows, metrics, data.grid, how)
    if len(x) != len(keys):
        raise BadInput(f"{FEATURES_FILE}: {len(keys)} rows have keys and {len(x)} have features; give each row both")
    made = account(rows.drop(columns=metrics), keys, every(data, how))
    check_none_lost(made, "make `every` of configs/features.yaml smaller, or drop them from the data")
    write_features(FEATURES, keys, x, names)
    write_json(FEATURES / ACCOUNT, made.as_dict())
