"""features: raw rows -> keys and features of the kept rows, under build/features/."""

from clockwork.learning.data.accounts import account, check_none_lost
from clockwork.learning.data.rows import metric_names
from clockwork.learning.tables import ACCOUNT, write_features, write_json
from clockwork.project import FEATURES_FILE, build_features, feature_names, read_rows
from clockwork.settings.data import data_settings
from clockwork.settings.features import feature_settings
from clockwork.support.errors import BadInput
from clockwork.support.paths import FEATURES


def main() -> None:
    """Compute every feature of every kept row."""
    data, how = data_settings(), feature_settings()
    rows = read_rows(data)
    metrics = metric_names(list(rows.columns), data.columns.metrics)
    names = feature_names(metrics, how)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"configs/data.yaml: two features are called '{twice[0]}'; rename that metric in the data")
    keys, x = build_features(rows, metrics, data.step, how)
    if len(x) != len(keys):
        raise BadInput(f"{FEATURES_FILE}: {len(keys)} rows have keys and {len(x)} have features; give each row both")
    made = account(rows, keys, f"every {how.every} minutes")
    check_none_lost(made, "make `every` of configs/features.yaml smaller, or drop them from the data")
    write_features(FEATURES, keys, x, names)
    write_json(FEATURES / ACCOUNT, made.as_dict())
