"""split: the kept rows -> which of them train, in which fold, and which evaluate (build/split/rows.parquet)."""

from clockwork.support.entry import run_stage

if __name__ == "__main__":
    run_stage("clockwork.learning.stages.split")
