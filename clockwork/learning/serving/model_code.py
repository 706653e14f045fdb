"""What MLflow runs when it loads the model: a model from code, so nothing is unpickled."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

CODE = Path(__file__).parent / "code"


class Model(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Raw rows in, scores out.

    A score depends on the entity's rows in the longest window before it: give them along. Rows
    between those that the pipeline keeps (`every` of configs/features.yaml) have no score: NaN.
    """

    def load_context(self, context: Any) -> None:
        """Load the scorer with the code that it was tested with."""
        with _own_code(CODE):
            from clockwork.learning.serving.scorer import Scorer

            self._scorer = Scorer.load(Path(context.artifacts["served"]))

    def predict(
        self,
        context: Any,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> pd.DataFrame:
        """A row for each of `model_input`, in its order.

        It has `score`, or `score_<class>` for each class, and `prediction`. The last is there for
        several classes and for numbers.
        """
        answers: pd.DataFrame = self._scorer.answers(model_input)
        return answers


@contextmanager
def _own_code(place: Path) -> Iterator[None]:
    # Two versions in one process must each run their own code, and neither that of a checkout: all
    # have one name.
    others = {name: sys.modules.pop(name) for name in _ours()}
    collecting = gc.isenabled()
    sys.path.insert(0, str(place))
    try:
        yield
    finally:
        sys.path.remove(str(place))
        for name in _ours():
            del sys.modules[name]
        sys.modules.update(others)
        if collecting:
            gc.enable()


def _ours() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in ("clockwork", "pipelines")]


mlflow.models.set_model(Model())
