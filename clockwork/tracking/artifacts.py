"""What goes to MLflow beside a verdict's numbers: the parent's files, each child's files and model.

Artifacts are a folder: `files/` for the parent, `children/<place>/files/` and
`children/<place>/model/` for a child, by its place among the children, for a name may be no name of
a folder.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from clockwork.compare.paired_scores import Evidence
from clockwork.learning.serving.contents import Contents
from clockwork.support import paths
from clockwork.verdict.schema import Verdict

FILES, CHILDREN, MODEL = "files", "children", "model"
Tags = Mapping[str, Mapping[str, str]]
Pack = Callable[[Path], Tags]
"""Fills the folder of a run's artifacts, and gives further tags for each child by its algorithm."""


def files_of(artifacts: Path, child: int | None = None) -> Path | None:
    """The folder with the parent's files, or a child's by its place; None where there are none."""
    return _there((artifacts if child is None else artifacts / CHILDREN / str(child)) / FILES)


def model_of(artifacts: Path, child: int) -> Path | None:
    """The folder with the model of a child; None where it has none."""
    return _there(artifacts / CHILDREN / str(child) / MODEL)


def _there(folder: Path) -> Path | None:
    return folder if folder.is_dir() else None


def only(files: Sequence[Path]) -> Pack:
    """Artifacts of nothing but `files` for the parent."""

    def fill(artifacts: Path) -> Tags:
        (artifacts / FILES).mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, artifacts / FILES / file.name)
        return {}

    return fill


def without_reports(root: Path, verdict: Verdict, evidence: Evidence | None) -> Pack:
    """What no test changes, of `verdict` on the checkout at `root`.

    Plots, what tuning tried, the models.
    """

    def fill(artifacts: Path) -> Tags:
        _plots(verdict, evidence, artifacts)
        return {
            name: _child(root, name, artifacts, at) for at, name in enumerate(verdict.algorithms())
        }

    return fill


def whole(folder: Path, tags: Tags, files: Sequence[Path]) -> Pack:
    """What `without_reports` put into `folder`, moved, with its `tags`; and `files`."""

    def fill(artifacts: Path) -> Tags:
        for made in folder.iterdir():
            shutil.move(made, artifacts / made.name)
        folder.rmdir()
        only(files)(artifacts)
        return tags

    return fill


def _child(root: Path, algorithm: str, artifacts: Path, at: int) -> dict[str, str]:
    tuned = root / paths.TUNING / f"{algorithm}.json"
    if tuned.exists():
        folder = artifacts / CHILDREN / str(at) / FILES
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tuned, folder / "tuning.json")
    contents = Contents(root, algorithm)
    return _model(contents, artifacts / CHILDREN / str(at) / MODEL) if contents.there else {}


def _model(contents: Contents, out: Path) -> dict[str, str]:
    from clockwork.learning.serving.package import save

    try:
        save(contents, out)
    except Exception as error:  # noqa: BLE001 - whatever ails a model, verdict and numbers are sent
        shutil.rmtree(out, ignore_errors=True)
        return {"missing.model": " ".join(f"{type(error).__name__}: {error}".split())}
    return contents.tags


def _plots(verdict: Verdict, evidence: Evidence | None, artifacts: Path) -> None:
    from clockwork.report.forest import forest

    _draw(artifacts / FILES, {"differences": forest(verdict)})
    for at, name in enumerate(verdict.algorithms() if evidence else []):
        assert evidence
        _draw(artifacts / CHILDREN / str(at) / FILES, _curves(evidence, name))


def _curves(evidence: Evidence, algorithm: str) -> dict[str, str]:
    from clockwork.report.by_task import figures_of
    from clockwork.report.curves import calibration, precision_recall

    if evidence.task.alerts:
        return {
            "precision-recall": precision_recall(evidence, algorithm),
            "calibration": calibration(evidence, algorithm),
        }
    return {
        title.lower().replace(" ", "-").replace("@", "-"): drawn
        for title, drawn in figures_of(evidence, algorithm)
    }


def _draw(folder: Path, figures: Mapping[str, str]) -> None:
    place = folder / "plots"
    for name, drawn in figures.items():
        if drawn:
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{name}.svg").write_text(drawn, encoding="utf-8")
