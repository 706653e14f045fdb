"""How a fitted estimator is kept: as skops writes it, and read by the types allowed.

The same training gives the same bytes.
"""

import re
import sys
from collections.abc import Collection
from importlib import import_module
from inspect import isabstract
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from clockwork.support.errors import BadInput

SCHEMA = "schema.json"
# What skops names objects and arrays by: their place in memory.
IDS = re.compile(r'("__id__": |"file": ")(\d+)')
# In these scikit-learn shows no estimator.
APART = ("tests", "externals", "experimental", "estimator_checks", "conftest")
LOCK = Lock()  # seeds are trained and kept in threads

# Types of plain data that estimators hold, beyond those that skops trusts by itself.
PLAIN = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
)


def unpacked(content: bytes, trusted: Collection[str], owner: Path) -> Any:
    """What `packed` was given. Raises `BadInput` as `allowed` does."""
    return _skops().loads(content, trusted=allowed(content, trusted, owner))


def allowed(content: bytes, trusted: Collection[str], owner: Path) -> list[str]:
    """The types that `content` asks to allow beyond estimators, all `trusted` or plain data.

    Raises `BadInput` where there is another; `owner` is the file that may name it.
    """
    skops = _skops()
    known = import_module("skops.io._trusted_types").SKLEARN_ESTIMATOR_TYPE_NAMES
    # Estimators are taken as objects alone.
    known += [name for name in skops.get_untrusted_types(data=content) if is_estimator(name)]
    asked = list(skops.get_untrusted_types(data=content))
    strange = [name for name in asked if name not in (*PLAIN, *trusted)]
    if strange:
        raise BadInput(
            f"{owner}: types of unknown content: {', '.join(strange)}; look at "
            "what they are, and name them in `trusted`"
        )
    return asked


def is_estimator(name: str) -> bool:
    """Whether `sklearn.utils.all_estimators` lists the type `name`: skops trusts it by itself."""
    from sklearn.base import BaseEstimator

    *place, own = name.split(".")
    shown = list(takewhile(lambda part: not part.startswith("_"), place))
    if shown[:1] != ["sklearn"] or set(shown) & set(APART) or own.startswith("_"):
        return False
    try:
        found = getattr(import_module(".".join(shown)), own, None)
    except ImportError:
        return False
    if (
        not isinstance(found, type)
        or not issubclass(found, BaseEstimator)
        or found is BaseEstimator
    ):
        return False
    if isabstract(found):
        return False
    return f"{found.__module__}.{found.__name__}" == name


def _skops() -> ModuleType:
    # To list all estimators, skops would import the whole of scikit-learn and Dask with it: a
    # second in each stage.
    from sklearn import utils

    with LOCK:
        if "skops.io" in sys.modules:
            return sys.modules["skops.io"]
        listing = utils.all_estimators
        utils.all_estimators = list
        try:
            return import_module("skops.io")
        finally:
            utils.all_estimators = listing


def packed(fitted: Any) -> bytes:
    """`fitted` as skops writes it, without what differs by process: places in memory and times."""
    with ZipFile(BytesIO(_skops().dumps(fitted))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    numbers: dict[str, str] = {}

    def number(found: "re.Match[str]") -> str:
        return found[1] + numbers.setdefault(found[2], str(len(numbers) + 1))

    schema = IDS.sub(number, files.pop(SCHEMA).decode())
    named = {
        numbers[name.partition(".")[0]] + name[name.index(".") :]: content
        for name, content in files.items()
    }
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name in sorted(named, key=lambda name: int(name.partition(".")[0])):
            _put(archive, name, named[name])
        _put(archive, SCHEMA, schema.encode())
    return out.getvalue()


def _put(archive: ZipFile, name: str, content: bytes) -> None:
    info = ZipInfo(name)  # of 1980
    info.compress_type = ZIP_DEFLATED
    archive.writestr(info, content)
