"""The journal: a file for each minute that came, with the model that it came to."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clockwork.fleet.snapshot import write_whole
from clockwork.learning.ticks.state import Rows
from clockwork.support.errors import BadInput

FEATURES = "features"


def write(path: Path, rows: Rows, group: npt.NDArray[Any], **about: str) -> None:
    """Write the rows of a minute, the slice of each, and `about` them."""
    columns = [
        pa.array(rows.entity, pa.string()),
        pa.array(rows.time),
        pa.array(group, pa.string()),
    ]
    columns += [pa.array(values) for values in np.ascontiguousarray(rows.values.T)]
    table = pa.table(
        columns, names=[str(at) for at in range(len(columns))]
    ).replace_schema_metadata(about)

    def stream(file: Any) -> None:
        with pa.ipc.new_stream(file, table.schema) as out:
            out.write_table(table)

    write_whole(path, stream)


def read(path: Path, features: str) -> tuple[Rows, npt.NDArray[Any], dict[str, str]]:
    """What `write` wrote. Raises `BadInput` where its columns mean other `features`, or nothing."""
    try:
        table = pa.ipc.open_stream(path.read_bytes()).read_all()
        about = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
        entity, time, group, *metrics = (column.to_numpy() for column in table.columns)
    except (pa.ArrowException, OSError, ValueError, AttributeError) as error:
        raise BadInput(
            f"{path}: not a readable minute ({error}); move it away and send its rows again"
        ) from None
    if about.get(FEATURES) != features:
        raise BadInput(
            f"{path}: of rows with other metrics or another step, or of an earlier engine; "
            "start once more with what it came to, or move it and the snapshot away to begin anew"
        )
    empty = np.empty((0, len(metrics)), np.float32)
    values = np.stack(metrics, axis=1) if len(entity) else empty
    return Rows(entity, time, values), group, about
