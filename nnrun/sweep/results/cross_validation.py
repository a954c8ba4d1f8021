"""What a cross-validation came to: each fold's metrics with their mean, and the expectations of the mean."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from nnrun.experiment.expect.expectation import Expectation, parse_expectation
from nnrun.experiment.expect.terms import Term
from nnrun.experiment.folds import FOLD_PATH
from nnrun.number_text import short
from nnrun.runs.judge.conditions import Scalar, UnknownValue
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.judge.stored_evidence import stored_evidence
from nnrun.runs.judge.verdicts import verdict_on
from nnrun.runs.record import read_record
from nnrun.runs.verdict import Verdict
from nnrun.sweep.results.configurations import configurations_of
from nnrun.sweep.results.tables import Row

_FINAL = "final_"


@dataclass(frozen=True)
class FoldMetric:
    """A final metric of every fold.

    Args:
        name: the metric.
        values: its value in each fold; None where the fold was not trained to its end.
        mean: their mean; None where there is no value.
        deviation: their standard deviation (n − 1); None for fewer than two.
    """

    name: str
    values: tuple[float | None, ...]
    mean: float | None
    deviation: float | None

    @property
    def center(self) -> str:
        """The mean ± the standard deviation, as text."""
        if self.mean is None:
            return "–"
        return short(self.mean) + ("" if self.deviation is None else f" ± {short(self.deviation, 2)}")


def fold_metrics(rows: Sequence[Row]) -> list[FoldMetric]:
    """The final metrics of some folds.

    Args:
        rows: the rows of `trials.csv`, one per fold.
    """
    names = [column.removeprefix(_FINAL) for column in (rows[0] if rows else {}) if column.startswith(_FINAL)]
    return [_metric(name, rows) for name in names]


def _metric(name: str, rows: Sequence[Row]) -> FoldMetric:
    cells = [row.get(_FINAL + name) for row in rows]
    values = tuple(float(cell) if cell else None for cell in cells)
    known = [value for value in values if value is not None]
    mean = statistics.fmean(known) if known else None
    return FoldMetric(name, values, mean, statistics.stdev(known) if len(known) > 1 else None)


def fold_verdicts(folder: Path, rows: Iterable[Row], columns: Sequence[str]) -> dict[str, tuple[Verdict, ...]]:
    """The expectations of every configuration, judged on the means over its trials; none where these are no folds.

    Args:
        folder: the sweep's folder.
        rows: the rows of `trials.csv`.
        columns: the settings in which the trials differ.

    Returns:
        The verdicts of each configuration by its name, of those that expect something.

    Raises:
        StorageError: the record of a trial cannot be read.
    """
    if FOLD_PATH not in columns:
        return {}
    rows = list(rows)
    found = {}
    for configuration in configurations_of(rows, columns):
        if verdicts := _verdicts(folder, [rows[place] for place in configuration.trials]):
            found[configuration.name] = verdicts
    return found


def describe_verdicts(expectations: Mapping[str, Sequence[Verdict]]) -> list[str]:
    """A sentence for each expectation: whether the mean meets it; with the configuration where there are several."""
    return [
        f"{f'{name}: ' if len(expectations) > 1 else ''}expected {verdict.expectation}: "
        f"{'passed' if verdict.met else 'FAILED'} (mean {verdict.describe(short)})"
        for name, verdicts in expectations.items()
        for verdict in verdicts
    ]


def _verdicts(folder: Path, trials: Sequence[Row]) -> tuple[Verdict, ...]:
    folders = [folder / row["folder"] for row in trials if row["status"] == "completed"]
    if not folders:
        return ()
    first = read_record(folders[0])
    return tuple(_verdict(parse_expectation(one.expectation), folders, trials) for one in first.expectations)


def _verdict(expectation: Expectation, folders: Sequence[Path], trials: Sequence[Row]) -> Verdict:
    """The verdict on the means of what the expectation looks up, each over the trials."""
    if expectation.threshold is None:
        means = _Means([stored_evidence(folder, read_record(folder)) for folder in folders], len(trials))
        return verdict_on(expectation, means.value)
    metric = _metric(expectation.threshold.metric, trials)
    missing = metric.values.count(None)

    def mean(term: Term) -> float:
        if missing:
            raise UnknownValue(f"{missing} of {len(trials)} trials have no {metric.name}")
        return math.nan if metric.mean is None else metric.mean

    return msgspec.structs.replace(verdict_on(expectation, mean), value=metric.mean)


@dataclass(frozen=True)
class _Means:
    """The means over the trials of a configuration.

    Args:
        completed: what each completed trial has.
        trials: how many trials there are.
    """

    completed: Sequence[RunEvidence]
    trials: int

    def value(self, term: Term) -> Scalar:
        """The mean of a term."""
        failed = self.trials - len(self.completed)
        if failed:
            raise UnknownValue(f"{failed} of {self.trials} trials failed")
        values = [evidence.value(term) for evidence in self.completed]
        return statistics.fmean(float(value) for value in values)
