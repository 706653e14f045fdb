"""features: raw rows -> keys and features of the kept rows, under build/features/."""

from pipelines.data.rows import metric_names, read_rows
from pipelines.features.build import build_features, feature_names
from pipelines.paths import FEATURES
from pipelines.settings.data import data_settings
from pipelines.settings.features import feature_settings
from pipelines.stages.tables import stage, write_features


def main() -> None:
    """Compute every feature of every kept row."""
    data, how = data_settings(), feature_settings()
    rows = read_rows(data)
    metrics = metric_names(list(rows.columns), data.columns.metrics)
    keys, x = build_features(rows, metrics, data.step, how)
    write_features(FEATURES, keys, x, feature_names(metrics, how))


if __name__ == "__main__":
    stage(main)
