"""Every check that there is: its id, its title, its group, and what it proves.

Code, files and MLflow name a check by its id, which never changes; a title is for people, and may.
What a check is about (an algorithm, a metric, a slice, a test) is a field of its own, never a part
of the id.
"""

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """What kinds of checks there are, in the order in which reports show them."""

    BASELINE = "baseline"
    HEAD = "head"
    DATA = "data"
    ROWS = "rows"
    FEATURES = "features"
    LEAKAGE = "leakage"
    TRAINING = "training"
    PARITY = "parity"
    COSTS = "costs"
    GATE = "gate"
    TESTS = "tests"
    DECISIONS = "decisions"
    METRICS = "metrics"
    OWNER = "needs owner"
    OTHER = "other checks"


class CheckId(StrEnum):
    """What code, files and MLflow call a check."""

    BASELINE = "baseline"
    FIRST_BASELINE = "first-baseline"
    HEAD_RUNS = "head-runs"
    COMMITS_DESCRIBED = "commits-described"
    EXPECTATIONS_HOLD = "expectations-hold"
    COLUMNS_ALIKE = "columns-alike"
    SAME_VALUES = "same-values"
    SAME_ROWS = "same-evaluation-rows"
    BASE_READS_ROWS = "base-reads-evaluation-rows"
    ENOUGH_ROWS = "evaluation-rows"
    ITEMS_JUDGED = "items-judged"
    FEATURES_DECLARED = "features-as-declared"
    LOOKS_AHEAD = "features-look-ahead"
    OLDER_HISTORY = "features-older-history"
    SERVED_COLUMNS = "features-served-columns"
    TRAINING_BLIND = "training-never-saw-evaluation"
    SINGLE_FEATURE = "single-feature"
    ROWS_APART = "training-evaluation-apart"
    UNSEEN_BY_HEAD = "evaluation-rows-unseen-by-head"
    UNSEEN_BY_BASE = "evaluation-rows-unseen-by-base"
    EXPERIMENTS = "experiments"
    TRAINED_ON = "trained-on-as-many-rows"
    SAME_AGAIN = "training-repeats"
    DEPENDENCIES = "dependencies"
    OWN_SCORES = "scores-row-by-row"
    SERVED = "served-model"
    ELSEWHERE = "another-day-and-place"
    COSTS = "costs"
    COST_FEATURES = "cost-features"
    COST_SCORING = "cost-scoring"
    COST_TRAINING = "cost-training"
    COST_SIZE = "cost-size"
    KNOWN_ANSWERS = "known-answers"
    SENTINELS = "sentinels"
    GATE_RUNS = "gate-runs"
    BASE_GATE_RUNS = "base-gate-runs"
    REGRESSION_TESTS = "regression-tests"
    BASE_TESTS_HOLD = "base-tests-hold"
    DECISIONS = "decisions-change"
    NO_WORSE = "no-worse-than-base"
    SCORES = "scores"
    NEEDS_OWNER = "needs-owner"
    ENGINES_AGREE = "engines-agree"
    ATTRIBUTION = "attribution"
    OF_LIBRARIES = "because-of-libraries"
    OF_DATA = "because-of-data"
    OF_CODE = "because-of-code"


@dataclass(frozen=True)
class Entry:
    """One check of the catalogue.

    `formerly` is what documents of schema 1.x call it, where that is not its title; what stands
    first is for their readers.
    """

    id: CheckId
    title: str
    group: Group
    proves: str
    formerly: tuple[str, ...] = ()


ENTRIES = (
    Entry(CheckId.BASELINE, "baseline", Group.BASELINE,
          "There is a base commit to compare with, and it can be built."),
    Entry(CheckId.FIRST_BASELINE, "first baseline", Group.BASELINE,
          "Base has no models of these data: head is checked by itself, and nothing is compared."),
    Entry(CheckId.HEAD_RUNS, "head runs", Group.HEAD,
          "The pipeline of head runs to its end."),
    Entry(CheckId.COMMITS_DESCRIBED, "both commits can be described", Group.OTHER,
          "Data, parameters and seeds of both commits can be read for the report."),
    Entry(CheckId.EXPECTATIONS_HOLD, "base's expectations hold", Group.DATA,
          "What base expects of its data holds for head's as well, "
          "also where head drops an expectation."),
    Entry(CheckId.COLUMNS_ALIKE, "columns look as on base", Group.DATA,
          "Each raw column has about base's mean, spread, range, tails "
          "and share of missing values."),
    Entry(CheckId.SAME_VALUES, "same data, same values", Group.DATA,
          "The same raw bytes are read into the values that base reads, "
          "or into those that are declared."),
    Entry(CheckId.SAME_ROWS, "same evaluation rows", Group.ROWS,
          "Both commits are compared on the same rows with the same labels.",
          ("same judging rows",)),
    Entry(CheckId.BASE_READS_ROWS, "base reads the evaluation rows", Group.ROWS,
          "Base's own code can score the rows that head is evaluated on.",
          ("base reads the judging rows",)),
    Entry(CheckId.ENOUGH_ROWS, "evaluation rows", Group.ROWS,
          "There are evaluation rows of both classes, and enough clusters with a positive.",
          ("judging rows",)),
    Entry(CheckId.ITEMS_JUDGED, "items are judged", Group.ROWS,
          "Of head's first ten items as many have a judgement as of base's: "
          "no item is punished for being new."),
    Entry(CheckId.FEATURES_DECLARED, "features are as declared", Group.FEATURES,
          "Features look on the training rows as configs/schema.lock declares."),
    Entry(CheckId.LOOKS_AHEAD, "features do not look ahead", Group.LEAKAGE,
          "Features of a time, made from the raw rows up to it, equal those made from all rows."),
    Entry(CheckId.OLDER_HISTORY, "features need no older history", Group.LEAKAGE,
          "Features need no raw rows that are older than the longest window."),
    Entry(CheckId.SERVED_COLUMNS, "features need only what serving has", Group.LEAKAGE,
          "Features do not change with label, slices and columns that serving lacks."),
    Entry(CheckId.TRAINING_BLIND, "training never saw the evaluation rows", Group.LEAKAGE,
          "With other values in the evaluation rows, search and training give the same model.",
          ("training never saw the judging rows",)),
    Entry(CheckId.SINGLE_FEATURE, "no feature predicts alone", Group.LEAKAGE,
          "No single feature ranks the training rows almost perfectly."),
    Entry(CheckId.ROWS_APART, "training and evaluation rows are apart", Group.LEAKAGE,
          "No window of an evaluation row reaches a training row, "
          "and no further entity is on both sides.",
          ("training and judging rows are apart",)),
    Entry(CheckId.UNSEEN_BY_HEAD, "evaluation rows unseen by head", Group.LEAKAGE,
          "Head trained on none of the evaluation rows.",
          ("judging rows unseen by head", "judging rows unseen")),
    Entry(CheckId.UNSEEN_BY_BASE, "evaluation rows unseen by base", Group.LEAKAGE,
          "Base trained on none of the evaluation rows.",
          ("judging rows unseen by base",)),
    Entry(CheckId.EXPERIMENTS, "experiments on head's code", Group.LEAKAGE,
          "The experiments on head's own code were made.", ("probes",)),
    Entry(CheckId.TRAINED_ON, "trained on as many rows", Group.TRAINING,
          "Each learner saw about as many rows as on base, "
          "in all, of positives and in each slice."),
    Entry(CheckId.SAME_AGAIN, "training again gives the same model", Group.TRAINING,
          "Training with the same seed on the same inputs gives the model that ships, to the bit."),
    Entry(CheckId.DEPENDENCIES, "dependencies", Group.TRAINING,
          "Each commit ran with the libraries of its own requirements.lock."),
    Entry(CheckId.OWN_SCORES, "scores are the models' own, row by row", Group.PARITY,
          "Rows scored alone by the reloaded model have the scores that the pipeline wrote."),
    Entry(CheckId.SERVED, "the served model scores as the pipeline does", Group.PARITY,
          "The packed model scores raw rows as the pipeline does, however they are sent."),
    Entry(CheckId.ELSEWHERE, "another day and place change nothing", Group.PARITY,
          "Features and scores do not change "
          "with clock, time zone, hash seed, user, host and folder."),
    Entry(CheckId.COSTS, "costs", Group.COSTS,
          "Both commits' costs could be measured, or nothing that costs differs."),
    Entry(CheckId.COST_FEATURES, "builds features about as quickly as base", Group.COSTS,
          "Building features takes no more processor time than the limit allows."),
    Entry(CheckId.COST_SCORING, "scores about as quickly as base", Group.COSTS,
          "Scoring takes no more processor time than the limit allows."),
    Entry(CheckId.COST_TRAINING, "trains about as quickly as base", Group.COSTS,
          "Training takes no more processor time than the limit allows."),
    Entry(CheckId.COST_SIZE, "model about as small as base's", Group.COSTS,
          "The model that ships takes no more bytes than the limit allows."),
    Entry(CheckId.KNOWN_ANSWERS, "the metrics know their known answers", Group.GATE,
          "Head's metrics give base's known cases the values that they must have."),
    Entry(CheckId.SENTINELS, "the gate judges known cases rightly", Group.GATE,
          "Base against itself passes, and base's scores turned round are a regression."),
    Entry(CheckId.GATE_RUNS, "the gate", Group.GATE,
          "The test of the metrics could run."),
    Entry(CheckId.BASE_GATE_RUNS, "base's gate", Group.GATE,
          "Base's gate could judge a head that edits the gate."),
    Entry(CheckId.REGRESSION_TESTS, "regression tests", Group.TESTS,
          "The team's own tests in tests/regression pass on head.", ("regression test",)),
    Entry(CheckId.BASE_TESTS_HOLD, "base's tests still hold", Group.TESTS,
          "What passed on base in base's version of tests/regression still passes on head."),
    Entry(CheckId.DECISIONS, "decisions change no more than by seed noise", Group.DECISIONS,
          "Head replaces no more alerts than a new seed would, and the room beyond it.",
          ("decisions change no more than by luck",)),
    Entry(CheckId.NO_WORSE, "no worse than base", Group.METRICS,
          "A metric, on all rows or on a slice, has lost no more than its margin."),
    Entry(CheckId.SCORES, "scores", Group.METRICS,
          "Both commits have scores of every evaluation row that are fit to judge."),
    Entry(CheckId.NEEDS_OWNER, "needs owner", Group.OWNER,
          "Where the gate itself is edited, base's gate has judged."),
    Entry(CheckId.ENGINES_AGREE, "both engines agree", Group.OWNER,
          "In an upgrade, head's own gate ends every check as base's does; reported only."),
    Entry(CheckId.ATTRIBUTION, "attribution", Group.OTHER,
          "What libraries, data and code change could be measured apart."),
    Entry(CheckId.OF_LIBRARIES, "because of the libraries", Group.OTHER,
          "What head's libraries alone change of the primary metric; reported only."),
    Entry(CheckId.OF_DATA, "because of the data", Group.OTHER,
          "What head's data alone change of the primary metric; reported only."),
    Entry(CheckId.OF_CODE, "because of the code", Group.OTHER,
          "What head's code and settings alone change of the primary metric; reported only."),
)  # fmt: skip
CATALOGUE: dict[str, Entry] = {one.id: one for one in ENTRIES}
_OF_TITLE = {title: one.id for one in ENTRIES for title in (one.title, *one.formerly)}


def title_of(name: str) -> str:
    """The title of the check with id `name`; its id if only another commit's catalogue has it."""
    return CATALOGUE[name].title if name in CATALOGUE else name.replace("-", " ")


def group_of(name: str) -> Group:
    """The group of the check with the id `name`."""
    return CATALOGUE[name].group if name in CATALOGUE else Group.OTHER


def former_title(name: CheckId) -> str:
    """What readers of schema 1.x, such as an older base's gate, know the check as."""
    entry = CATALOGUE[name]
    return entry.formerly[0] if entry.formerly else entry.title


def id_of(title: str) -> str:
    """The id of the check that schema 1.x calls `title`; made of its letters if it is unknown."""
    plain = "".join(char if char.isascii() and char.isalnum() else " " for char in title.lower())
    return _OF_TITLE.get(title) or "-".join(plain.split())
