"""validate: raw rows against contract and configs/expectations.yaml -> build/validation.json."""

from clockwork.support.entry import run_stage

if __name__ == "__main__":
    run_stage("clockwork.learning.stages.validate")
