"""A fleet over two workers has the scores of a fleet in one process."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.fleet.cluster import Fleet
from clockwork.fleet.model import Model
from clockwork.fleet.rows import read
from clockwork.learning.executors import cluster as connected
from clockwork.learning.ticks.state import Rows
from clockwork.learning.ticks.tick import tick
from clockwork.support.errors import BadInput
from tests.engine.services import Cluster, mortal_cluster
from tests.engine.unit.fleet.test_tick import by_key

__all__ = ["mortal_cluster"]


@pytest.mark.slow
def test_two_workers_give_the_scores_of_one_process_and_a_lost_one_is_one_line(
    mortal_cluster: Cluster, trained: Path, minutes: list[pd.DataFrame], tmp_path: Path
) -> None:
    model = Model.load(trained, "lightgbm")
    alone, state = model.state(), tmp_path / "state"
    with connected(mortal_cluster.address) as client:
        client.wait_for_workers(2, timeout=20)
        fleet = Fleet(client, trained, "lightgbm")
        # A minute comes later than that: nothing of the fleet may have been let go of.
        time.sleep(0.5)
        for at, frame in enumerate(minutes[:30]):
            rows, _, _ = read(frame, model.data.columns, model.metrics)
            now = int(rows.time[0])
            if at == 12:  # one row again, and one from ahead
                rows = Rows(
                    np.concatenate([rows.entity, rows.entity[:1], rows.entity[1:2]]),
                    np.concatenate([rows.time, rows.time[:1], rows.time[1:2] + 5]),
                    np.concatenate([rows.values, rows.values[:2]]),
                )
            if at in (10, 20):
                fleet.save(state)
            if at == 20:  # what one wrote, another goes on from
                fleet = Fleet(client, trained, "lightgbm")
                assert fleet.resume(state) == now - 1
            both, one = fleet.tick(now, rows), tick(alone, now, rows)
            assert by_key(both) == by_key(one)
            assert (both.counts, both.refused) == (one.counts, one.refused)
            assert sorted(one.refused) == (
                ["ahead of the minute", "there already"] if at == 12 else []
            )
        assert len(set(fleet.known.values())) == 2
        assert [path.name for path in state.iterdir()] == ["000000002"]
        mortal_cluster.workers[0].kill()
        for _ in range(2):  # while it is being found out, and once it is known
            with pytest.raises(BadInput, match="a worker of the fleet was lost"):
                fleet.tick(now + 1, rows)
            time.sleep(0.5)
        with pytest.raises(BadInput, match="start as many workers as wrote it"):
            Fleet(client, trained, "lightgbm").resume(state)
