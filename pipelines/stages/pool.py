"""pool <algorithm>: more seeds of the same training and their scores, to know seed noise better."""

from clockwork.support.entry import run_stage

if __name__ == "__main__":
    run_stage("clockwork.learning.stages.pool")
