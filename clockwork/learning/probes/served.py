"""Does the model that ships score as the pipeline does?

Pack it, load it as MLflow does, give it rows of the raw files.

It runs in a process of its own, which forgets this checkout once the models are packed: from there
on what runs is what was packed. Libraries are those of this environment, not installed anew from
the packed requirements.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from clockwork.gate.catalogue import CheckId
from clockwork.learning.keys import ENTITY, RowKeys
from clockwork.learning.probes.agreement import breach
from clockwork.learning.probes.as_sent import RawFiles, each_file, extreme, read_files, sample
from clockwork.learning.probes.parity import pick
from clockwork.learning.probes.probe import Probe
from clockwork.learning.scores import score_columns
from clockwork.learning.serving.contents import Contents
from clockwork.learning.serving.scorer import served_columns
from clockwork.settings.data import data_settings
from clockwork.support.entry import ENTRY
from clockwork.support.paths import PACKAGES, SCORES
from clockwork.support.subprocesses import last_line

MODULE, FOUND = "clockwork.learning.probes.served", "found.json"
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}


@contextmanager
def serving(algorithms: Sequence[str]) -> Iterator[Callable[[], list[Probe]]]:
    """Start to serve the models of this checkout beside whatever the block does.

    What it gives waits for the result.
    """
    with (
        tempfile.TemporaryDirectory(prefix="clockwork-") as name,
        tempfile.TemporaryFile() as errors,
    ):
        words = [sys.executable, "-m", ENTRY, MODULE, name, *algorithms]
        quiet = {
            name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")
        } | QUIET
        with subprocess.Popen(words, env=quiet, stdout=errors, stderr=errors) as running:

            def result() -> list[Probe]:
                code = running.wait()
                errors.seek(0)
                last = last_line(errors.read().decode(errors="replace"))
                return _read(
                    Path(name) / FOUND, f"serving ended with code {code}: {last}", algorithms
                )

            try:
                yield result
            finally:
                running.kill()


def _read(path: Path, otherwise: str, algorithms: Sequence[str]) -> list[Probe]:
    if not path.exists():
        return [Probe(CheckId.SERVED, False, otherwise, algorithm) for algorithm in algorithms]
    return [Probe(**found) for found in json.loads(path.read_text(encoding="utf-8"))]


@dataclass(frozen=True)
class _Packed:
    algorithm: str
    folder: Path
    contents: Contents

    def scored(self) -> pd.DataFrame:
        """What the pipeline wrote with the model that ships: what names a row, scores as served."""
        about = self.contents.about
        scored = pd.read_parquet(self.contents.root / SCORES / f"{self.algorithm}.parquet")
        names = RowKeys(scored).names
        written = dict(
            zip(
                score_columns(about.shipped, about.classes),
                served_columns(about.classes),
                strict=True,
            )
        )
        return scored[[*names, *written]].rename(columns=written)

    def probe(
        self, scored: pd.DataFrame, read: Callable[[tuple[str, ...]], tuple[RawFiles, pd.Index]]
    ) -> Probe:
        try:
            import mlflow

            model = mlflow.pyfunc.load_model(str(self.folder))
            bare = model.unwrap_python_model()
            files, asked = read(tuple(model.metadata.get_input_schema().input_names()))
            history = model.metadata.metadata["history_minutes"]
        except Exception as error:  # noqa: BLE001 - whatever it raises, this model cannot be served
            message = (
                f"it cannot be served: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            )
            return Probe(CheckId.SERVED, False, message, self.algorithm)
        written = scored[scored[ENTITY].isin(asked.get_level_values(0))]
        written = written.assign(**{ENTITY: written[ENTITY].astype(str)})
        some = sample(files, written.set_index(RowKeys(scored).names).loc[asked], history)
        message = breach(some, model.predict, lambda rows: bare.predict(None, rows))
        held = (
            f"{len(some.asked)} rows, sent in seven ways, have the scores that the pipeline wrote"
        )
        return Probe(CheckId.SERVED, not message, message or held, self.algorithm)


def main(place: str, *algorithms: str) -> None:
    """Pack, forget the checkout, serve; the probes go to the folder `place`."""
    from clockwork.learning.serving.package import save

    out, root, data = Path(place), Path.cwd(), data_settings()
    models = [_Packed(one, out / one, Contents(root, one)) for one in algorithms]
    for model in models:
        save(model.contents, model.folder)
    tables = [model.scored() for model in models]
    forget(root, out)
    asked = RowKeys(pd.concat([pick(scored) for scored in tables])).index

    @cache
    def read(inputs: tuple[str, ...]) -> tuple[RawFiles, pd.Index]:
        # All models score the same rows.
        further = extreme(each_file(root, data, list(inputs)), tables[0])
        wanted = asked.append(further).unique()
        return read_files(root, data, list(inputs), set(wanted.get_level_values(0))), wanted

    probes = [model.probe(scored, read) for model, scored in zip(models, tables, strict=True)]
    (out / FOUND).write_text(json.dumps([probe.as_dict() for probe in probes]), encoding="utf-8")


def forget(root: Path, place: Path) -> None:
    """From here on imports find nothing of the checkout at `root`; what was imported still runs."""
    os.chdir(place)
    sys.path[:] = [path for path in sys.path if path and Path(path).resolve() != root.resolve()]
    for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
        del sys.modules[name]
