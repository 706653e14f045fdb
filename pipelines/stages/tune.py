"""tune <algorithm>: a search over folds of the training rows -> build/tuning/<algorithm>.json."""

from clockwork.support.entry import run_stage

if __name__ == "__main__":
    run_stage("clockwork.learning.stages.tune")
