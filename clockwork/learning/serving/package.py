"""From what was trained to an MLflow model: with signature and input example, without pickle."""

import logging
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from clockwork.learning.data.raw_columns import raw_kinds
from clockwork.learning.data.sources import files, first_rows, schema_of
from clockwork.learning.encoding import Kind
from clockwork.learning.serving.contents import MODEL_CODE, SETTINGS, Contents
from clockwork.learning.serving.scorer import ABOUT, MODEL, PREDICTION, served_columns
from clockwork.learning.tables import write_json
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.support.paths import CONFIGS

if TYPE_CHECKING:
    import pandas as pd

MLMODEL = "MLmodel"
SHIPPED = ("features", "params", "trained_on", "categories", "classes")  # of about.json
OF_ONE_PACKING = ("artifact_path", "model_id", "model_uuid", "run_id", "utc_time_created")


def save(contents: Contents, out: Path) -> None:
    """Write the model that ships into the new folder `out`, in MLflow's own format.

    That takes 0.1 s once MLflow is imported.
    """
    import mlflow

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    root, how = contents.root, feature_settings(contents.root)
    data = data_settings(root)
    first, kinds = _first_rows(root, data, how)
    with tempfile.TemporaryDirectory() as folder:
        served, code = _served(contents, kinds, Path(folder)), _code(contents, Path(folder))
        mlflow.pyfunc.save_model(
            out,
            python_model=str(root / MODEL_CODE),
            artifacts={"served": str(served)},
            code_paths=code,
            signature=_signature(first, data, kinds, contents.about.classes),
            input_example=first,
            pip_requirements=contents.requirements,
            metadata=_metadata(contents, how),
        )


def unlike(contents: Contents, folder: Path) -> str:
    """The first file of the packed model in `folder` that is not as `save` packs `contents`.

    Empty where all are.
    """
    with tempfile.TemporaryDirectory() as place:
        save(contents, Path(place) / "own")
        own, other = _files(Path(place) / "own"), _files(folder)
    return min(
        (name for name in own.keys() | other.keys() if own.get(name) != other.get(name)), default=""
    )


def _files(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    if MLMODEL in found:
        found[MLMODEL] = _lasting(found[MLMODEL])
    return found


def _lasting(text: bytes) -> Any:
    # MLflow writes down where and when it packed, too, and which run logged it.
    try:
        document = yaml.safe_load(text)
        packed = document["flavors"]["python_function"]
        packed["artifacts"]["served"]["uri"] = ""
        packed["model_code_path"] = Path(packed["model_code_path"]).name
        return {name: value for name, value in document.items() if name not in OF_ONE_PACKING}
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError):
        return text


def _metadata(contents: Contents, how: FeatureSettings) -> dict[str, Any]:
    return {
        "algorithm": contents.algorithm,
        "threshold": contents.threshold,
        "every_minutes": how.every,
        "history_minutes": how.history,
        **contents.tags,
    }


def _served(contents: Contents, kinds: dict[str, Kind], folder: Path) -> Path:
    place = folder / "served"
    (place / CONFIGS).mkdir(parents=True)
    for path in SETTINGS:
        shutil.copyfile(contents.root / path, place / path)
    shutil.copytree(contents.shipped, place / MODEL)
    about = {name: getattr(contents.about, name) for name in SHIPPED}
    seed = contents.about.seeds[0]
    columns = {"metrics": list(kinds), "kinds": kinds}
    write_json(place / ABOUT, {**about, "algorithm": contents.algorithm, **columns, "seed": seed})
    return place


def _code(contents: Contents, folder: Path) -> list[str]:
    for path in contents.code:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(contents.root / path, folder / path)
    return sorted({str(folder / path.parts[0]) for path in contents.code})


def _first_rows(
    root: Path, data: DataSettings, how: FeatureSettings
) -> tuple["pd.DataFrame", dict[str, Kind]]:
    # So many that at least one of them has a score, and how each raw column is taken.
    path, columns = files(data, root)[0], data.columns
    kinds = dict(raw_kinds(schema_of(path, data), data))
    keys = [name for name in (columns.entity, columns.time) if name]
    rows: pd.DataFrame = first_rows(path, data, [*keys, *kinds], how.every + 1).to_pandas()
    named: dict[str, Kind] = {columns.entity: "category"} if columns.entity else {}
    for name, kind in {**named, **kinds}.items():
        values = rows[name]
        if kind == "number":
            rows[name] = values.astype(float)
        elif kind != "moment":
            rows[name] = values.astype(str).where(values.notna(), None)
        elif not _zoned(values):
            rows[name] = values.astype("datetime64[ms]")
    return rows, kinds


def _zoned(column: "pd.Series[Any]") -> bool:
    return getattr(column.dtype, "tz", None) is not None


def _signature(
    rows: "pd.DataFrame", data: DataSettings, kinds: dict[str, Kind], classes: list[str]
) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import AnyType

    # A double takes numbers of every width, and the scorer narrows them as the pipeline does.
    types = {"number": DataType.double, "moment": DataType.datetime}
    columns, inputs = data.columns, []
    # MLflow's own type has no zone.
    zoned = {str(name) for name in rows.columns if _zoned(rows[name])}
    if columns.entity:
        inputs.append(ColSpec(DataType.string, columns.entity))
    if columns.time:
        stamped = AnyType() if columns.time in zoned else DataType.datetime
        whole = DataType.long if rows[columns.time].dtype.kind in "iu" else DataType.double
        inputs.append(
            ColSpec(stamped if rows[columns.time].dtype.kind in "MO" else whole, columns.time)
        )
    # What training rows may lack, a client may lack as well.
    inputs += [
        ColSpec(
            AnyType() if name in zoned else types.get(kind, DataType.string),
            name,
            required=kind == "number",
        )
        for name, kind in kinds.items()
    ]
    outputs = [ColSpec(DataType.double, name, required=False) for name in served_columns(classes)]
    if classes or data.task == "regression":
        outputs.append(
            ColSpec(DataType.string if classes else DataType.double, PREDICTION, required=False)
        )
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs))
