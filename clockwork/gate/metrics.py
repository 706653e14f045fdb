"""The metrics of two classes, and what all metrics are made of, under one name.

The metrics of other tasks are in tasks/. A resample is a row of multiplicities, one for each
entity, so a metric is a function of per-entity counts and sums: those are gathered once for each
set of scores, and any number of resamples are matrix products.
"""

from clockwork.gate.metric import Metric, Weighted
from clockwork.gate.probability import CLIP
from clockwork.gate.resamples import Weights
from clockwork.gate.rows import Rows, Scored
from clockwork.gate.tasks.binary import METRICS

__all__ = ["CLIP", "METRICS", "Metric", "Rows", "Scored", "Weighted", "Weights"]
