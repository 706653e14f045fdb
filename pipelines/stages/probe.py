"""probe: experiments on this commit's own code and models -> build/probes.json."""

from clockwork.support.entry import run_stage

if __name__ == "__main__":
    run_stage("clockwork.learning.stages.probe")
