"""split: kept rows -> which train, in which fold, which evaluate (build/split/rows.parquet)."""

from clockwork.support.entry import run_stage

if __name__ == "__main__":
    run_stage("clockwork.learning.stages.split")
