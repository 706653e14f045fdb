"""Where everything generated lies, from a checkout's root. Change a place here, and in dvc.yaml."""

from pathlib import Path

PACKAGE = "pipelines"  # the project's own code
PACKAGES = ("clockwork", PACKAGE)  # the packages of a checkout
CONFIGS = Path("configs")
LOCK = CONFIGS / "schema.lock"
BUILD = Path("build")
VALIDATION = BUILD / "validation.json"
FEATURES = BUILD / "features"
SPLIT = BUILD / "split" / "rows.parquet"
EVALUATION = BUILD / "split" / "judging.parquet"
TUNING = BUILD / "tuning"
MODELS = BUILD / "models"
EXTRA_MODELS = BUILD / "pool"
SCORES = BUILD / "scores"
EXTRA_SCORES = BUILD / "scores-pool"
METRICS = BUILD / "metrics"
CLOCK = BUILD / "clock"
PROBES = BUILD / "probes.json"
VERDICT = BUILD / "verdict.json"
REPORT_MD = BUILD / "report.md"
REPORT_HTML = BUILD / "report.html"
JUNIT = BUILD / "junit.xml"
ARTIFACTS = BUILD / "artifacts"
RESULTS = (REPORT_HTML, REPORT_MD, VERDICT, JUNIT)
AUDIT = Path("docs") / "audit.json"


def take_results_away(build: Path) -> None:
    """Take the last run's results out of `build`: a run that fails leaves none for its own."""
    if (build / VERDICT.name).exists():  # else what is called so is not ours
        for path in RESULTS:
            (build / path.name).unlink(missing_ok=True)


def model_file(algorithm: str) -> Path:
    """The file of the algorithm, from the root of a checkout."""
    return Path(PACKAGE) / "models" / f"{algorithm}.py"
