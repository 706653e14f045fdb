"""score <algorithm>: the evaluation rows -> their scores and metrics.

They go to build/scores/<algorithm>.parquet and build/metrics/<algorithm>.json.
"""

from clockwork.support.entry import run_stage

if __name__ == "__main__":
    run_stage("clockwork.learning.stages.score")
