"""The tables of a sweep's report: configurations or the ranking of a search, and trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nnrun.experiment.folds import FOLD, FOLD_PATH
from nnrun.number_text import short
from nnrun.report.page.cells import Cell, Link, PageTable, plain
from nnrun.runs import layout
from nnrun.sweep.results.comparison_sentences import INTERVALS
from nnrun.sweep.results.configurations import Configuration
from nnrun.sweep.results.cross_validation import fold_metrics
from nnrun.sweep.results.labels import short_columns, short_values
from nnrun.sweep.results.results import Results
from nnrun.sweep.results.summaries import Summary, summarize
from nnrun.sweep.results.tables import Row, read_table
from nnrun.sweep.table.column_names import OBJECTIVE, REACHED, epochs_column

_MOST_CONFIGURATIONS_SHOWN = 50
_MOST_TRIALS_SHOWN = 200
# So many trials are labelled alike, else those that are shown.
_MOST_LABELLED = 10_000
_MOST_MEASURES = 6
_MOST_SETTINGS = 12


def link_to(folder: str, text: str = "") -> Cell:
    """A link to a trial's folder; the text alone where the folder is anything else."""
    name = Path(folder).name
    return Link(text or name, f"{folder}/") if folder == f"{layout.TRIALS}/{name}" else text or folder


def summary_table(results: Results) -> PageTable:
    """A row per configuration with the median and its interval of every measure, or the mean; of very many the best.

    Of a search it has a row per trial, the best first.

    Raises:
        StorageError: `summary.csv` cannot be read.
    """
    path = results.folder / layout.SUMMARY
    if not results.configurations:
        return PageTable((), ())
    if not results.searched:
        return _medians(results)
    return _ranking(results, read_table(path)) if path.exists() else PageTable((), ())


def _medians(results: Results) -> PageTable:
    measures = _measures(results)
    count = len(results.configurations)
    few = count <= _MOST_CONFIGURATIONS_SHOWN
    numbers = range(count) if few else results.ranking()[:_MOST_CONFIGURATIONS_SHOWN]
    shown = [results.configurations[i] for i in numbers]
    labels = _SettingLabels(results, results.configurations.paths, [one.settings for one in shown])
    written = _mean if results.averaged else _interval
    cells = [
        [
            *labels.of(configuration.settings),
            f"{configuration.n:,}",
            *(written(measure, configuration) for measure in measures),
        ]
        for configuration in shown
    ]
    header = [*labels.header, "trials", *(_words(measure) for measure in measures)]
    several = results.configurations.repeated
    note = f"Median [95 % CI]; the confidence intervals (CI) are {INTERVALS}. " if several else ""
    note = "Mean ± standard deviation of the trials. " if results.averaged else note
    if not few:
        note += f"The best {_MOST_CONFIGURATIONS_SHOWN} of {count:,} configurations; all are in {layout.SUMMARY}."
    return PageTable(header, cells, note)


def _ranking(results: Results, rows: Sequence[Row]) -> PageTable:
    labels = _SettingLabels(results, results.record.columns, rows[:_MOST_CONFIGURATIONS_SHOWN])
    epochs = epochs_column(results.record.columns)
    cells = [
        [
            row["rank"],
            link_to(row.get("folder", ""), row["index"]),
            row["status"],
            plain(row[OBJECTIVE], 4) or "–",
            *labels.of(row),
            row[epochs],
        ]
        for row in rows[:_MOST_CONFIGURATIONS_SHOWN]
    ]
    header = ["rank", "trial", "status", results.measure_name, *labels.header, _words(epochs)]
    more = f"The best {_MOST_CONFIGURATIONS_SHOWN} of {len(rows):,} trials; all are in {layout.SUMMARY}."
    return PageTable(header, cells, more if len(rows) > len(cells) else "")


def _measures(results: Results) -> list[str]:
    """The measures shown, the one that ranks first."""
    known = [name for name in results.trials.measures if name != results.measure]
    return [*([results.measure] if results.measure else []), *known][:_MOST_MEASURES]


def _words(measure: str) -> str:
    return "reached at epoch" if measure == REACHED else measure.replace("_", " ", 1)


def _interval(measure: str, configuration: Configuration) -> str:
    """The median and its interval, and how many trials have a number where not all do."""
    summary = _summary(measure, configuration)
    if summary is None:
        return "never" if measure == REACHED else "–"
    median, low, high = (_plain(number) for number in (summary.median, summary.low, summary.high))
    if configuration.n == 1:
        return median
    lacking = measure == REACHED and summary.finite != configuration.n
    some = f" ({summary.finite} of {configuration.n})" if lacking else ""
    return f"{median} [{low}, {high}]{some}"


def _mean(measure: str, configuration: Configuration) -> str:
    """The mean ± the standard deviation, and of how many trials where not all have a number."""
    summary = _summary(measure, configuration)
    if summary is None or summary.mean is None:
        return "–"
    deviation = "" if summary.deviation is None else f" ± {_plain(summary.deviation)}"
    some = f" ({summary.finite} of {configuration.n})" if summary.finite != configuration.n else ""
    return f"{_plain(summary.mean)}{deviation}{some}"


def _summary(measure: str, configuration: Configuration) -> Summary | None:
    """The summary of a configuration; None where no trial has a finite number."""
    values = configuration.measures[measure]
    return summarize(values) if np.isfinite(values).any() else None


def _plain(number: float) -> str:
    return short(number) if np.isfinite(number) else "never"


def folds_table(results: Results) -> PageTable:
    """A row per fold with its final metrics, of very many the first, and a row with their means."""
    rows = results.trials.first_rows(len(results.trials))
    metrics = fold_metrics(rows)[:_MOST_MEASURES]
    cells: list[list[Cell]] = [
        [
            link_to(row.get("folder", ""), row[FOLD_PATH]),
            *("–" if (value := metric.values[i]) is None else short(value) for metric in metrics),
        ]
        for i, row in enumerate(rows[:_MOST_CONFIGURATIONS_SHOWN])
    ]
    header = [FOLD, *(_words(f"final_{metric.name}") for metric in metrics)]
    return PageTable(
        header,
        [*cells, ["mean", *(metric.center for metric in metrics)]],
        "The last row has mean ± standard deviation.",
    )


def trials_table(results: Results) -> PageTable:
    """A row per trial, the first of them where there are many."""
    trials = results.trials
    rows = trials.first_rows(_MOST_TRIALS_SHOWN)
    alike = trials.first_rows(_MOST_LABELLED) if len(trials) <= _MOST_LABELLED else rows
    labels = _SettingLabels(results, results.record.columns, alike)
    measured = [name for name in trials.header if name.startswith("final_")][:_MOST_MEASURES]
    epochs = epochs_column(results.record.columns)
    reached = [REACHED] if REACHED in trials.header else []
    # Pruned trials need no reason here; trials.csv has it, with the numbers.
    reason = ["reason"] if trials.have_reasons else []
    cells = [
        [
            link_to(row.get("folder", ""), row["index"]),
            row["status"],
            *labels.of(row),
            row[epochs],
            *(row[name] or "never" for name in reached),
            *(plain(row[name], 4) or "–" for name in measured),
            plain(row["seconds"]),
            *(row[name] for name in reason),
        ]
        for row in rows
    ]
    header = ["trial", "status", *labels.header, _words(epochs), *reached, *map(_words, measured), "seconds", *reason]
    more = len(trials) - len(cells)
    return PageTable(header, cells, f"… and {more:,} more in {layout.TRIALS_TABLE}." if more else "")


class _SettingLabels:
    """The settings of some configurations or trials as cells, in short labels."""

    def __init__(self, results: Results, columns: Sequence[str], labelled: Sequence[Mapping[str, str]]) -> None:
        self.columns = columns[:_MOST_SETTINGS]
        names = short_columns(results.record.columns)
        self.header = [names[column] for column in self.columns]
        self.texts = short_values(labelled, self.columns)

    def of(self, settings: Mapping[str, str]) -> list[str]:
        """The values of a configuration or a trial."""
        return [self.texts[column][settings[column]] for column in self.columns]
