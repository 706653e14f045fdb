"""features: raw rows -> keys and features of the kept rows, under build/features/."""

from clockwork.support.entry import run_stage

if __name__ == "__main__":
    run_stage("clockwork.learning.stages.features")
