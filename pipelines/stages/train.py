"""train <algorithm>: the training rows and the tuned parameters -> a model for each seed.

The models go to build/models/<algorithm>/.
"""

from clockwork.support.entry import run_stage

if __name__ == "__main__":
    run_stage("clockwork.learning.stages.train")
