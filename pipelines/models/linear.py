"""A linear model for any task but two classes alone: ridge or multinomial logistic regression."""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, ClassVar

from sklearn.linear_model import LogisticRegression, Ridge

from clockwork.learning.estimator import Estimator

KNOWN = {"penalty": 1.0, "iterations": 300}


def _ridge(penalty: float, iterations: int) -> Any:  # noqa: ARG001 - it needs none
    return Ridge(alpha=penalty)


def _logistic(penalty: float, iterations: int) -> Any:
    return LogisticRegression(C=1 / penalty if penalty else inf, max_iter=iterations)


class Linear(Estimator):
    """Weights over standardised features, the larger the `penalty` the smaller."""

    seeded = False
    known = KNOWN
    makes: ClassVar[Mapping[str, Callable[..., Any]]] = {
        "binary": _logistic,
        "multiclass": _logistic,
        "regression": _ridge,
        "ranking": _ridge,
    }


MODEL = Linear
