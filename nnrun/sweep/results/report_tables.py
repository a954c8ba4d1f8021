"""The tables of a sweep's report: configurations or the ranking of a search, and trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nnrun.report.page.cells import Cell, Link, plain
from nnrun.report.page.sweep_page import PageTable
from nnrun.runs import layout
from nnrun.sweep.plan.trial import SEED
from nnrun.sweep.results.comparison import INTERVALS
from nnrun.sweep.results.labels import short_columns, short_values
from nnrun.sweep.results.results import Results
from nnrun.sweep.results.tables import OBJECTIVE, REACHED, Row, epochs_column, read_table

_MOST_CONFIGURATIONS_SHOWN = 50
_MOST_TRIALS_SHOWN = 200
_MOST_MEASURES = 6
_MOST_SETTINGS = 12


def link_to(folder: str, text: str = "") -> Cell:
    """A link to a trial's folder; the text alone where the folder is anything else."""
    name = Path(folder).name
    return Link(text or name, f"{folder}/") if folder == f"{layout.TRIALS}/{name}" else text or folder


def summary_table(results: Results) -> PageTable:
    """A row per configuration with the median and its interval of every measure; of very many the best.

    Of a search it has a row per trial, the best first.

    Raises:
        StorageError: `summary.csv` cannot be read.
    """
    path = results.folder / layout.SUMMARY
    if not results.configurations or not path.exists():
        return PageTable((), ())
    rows = read_table(path)
    return _ranking(results, rows) if results.searched else _medians(results, rows)


def _medians(results: Results, rows: Sequence[Row]) -> PageTable:
    columns = [column for column in results.record.columns if column != SEED]
    summaries: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in rows:
        summaries.setdefault(tuple(row[column] for column in columns), {})[row["measure"]] = row
    measures = _measures(results)
    count = len(results.configurations)
    few = count <= _MOST_CONFIGURATIONS_SHOWN
    labels = _SettingLabels(results, columns)
    cells = []
    for i in range(count) if few else results.ranking()[:_MOST_CONFIGURATIONS_SHOWN]:
        configuration = results.configurations[i]
        known = summaries.get(tuple(configuration.settings.values()), {})
        intervals = (_interval(known.get(measure)) for measure in measures)
        cells.append([*labels.of(configuration.settings), str(configuration.n), *intervals])
    header = [*labels.header, "trials", *(_words(measure) for measure in measures)]
    several = any(configuration.n > 1 for configuration in results.configurations)
    note = f"Median [95 % CI]; the confidence intervals (CI) are {INTERVALS}. " if several else ""
    if not few:
        note += f"The best {_MOST_CONFIGURATIONS_SHOWN} of {count:,} configurations; all are in {layout.SUMMARY}."
    return PageTable(header, cells, note)


def _ranking(results: Results, rows: Sequence[Row]) -> PageTable:
    labels = _SettingLabels(results, results.record.columns)
    epochs = epochs_column(results.record.columns)
    cells = [
        [
            row["rank"],
            link_to(row["folder"], row["index"]),
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
    known = [name for name in results.configurations[0].measures if name != results.measure]
    return [*([results.measure] if results.measure else []), *known][:_MOST_MEASURES]


def _words(measure: str) -> str:
    return "reached at epoch" if measure == REACHED else measure.replace("_", " ", 1)


def _interval(row: Row | None) -> str:
    """The median and its interval, and how many trials have a number where not all do."""
    if row is None or not int(row["n"]) or not int(row["reached"]):
        return "never" if row is not None and row["measure"] == REACHED else "–"
    if row["n"] == "1":
        return plain(row["median"], 4)
    median, low, high = (plain(row[c], 4) if row[c] else "never" for c in ("median", "low", "high"))
    some = f" ({row['reached']} of {row['n']})" if row["measure"] == REACHED and row["reached"] != row["n"] else ""
    return f"{median} [{low}, {high}]{some}"


def trials_table(results: Results) -> PageTable:
    """A row per trial, the first of them where there are many."""
    rows = sorted(results.rows, key=lambda row: int(row["index"]))
    labels = _SettingLabels(results, results.record.columns)
    first = rows[0] if rows else {}
    measured = [name for name in first if name.startswith("final_")][:_MOST_MEASURES]
    epochs = epochs_column(results.record.columns)
    reached = [REACHED] if REACHED in first else []
    # Pruned trials need no reason here; trials.csv has it, with the numbers.
    reason = ["reason"] if any(row["reason"] and row["status"] != "pruned" for row in rows) else []
    cells = [
        [
            link_to(row["folder"], row["index"]),
            row["status"],
            *labels.of(row),
            row[epochs],
            *(row[name] or "never" for name in reached),
            *(plain(row[name], 4) or "–" for name in measured),
            plain(row["seconds"]),
            *(row[name] for name in reason),
        ]
        for row in rows[:_MOST_TRIALS_SHOWN]
    ]
    header = ["trial", "status", *labels.header, _words(epochs), *reached, *map(_words, measured), "seconds", *reason]
    more = len(rows) - len(cells)
    return PageTable(header, cells, f"… and {more:,} more in {layout.TRIALS_TABLE}." if more else "")


class _SettingLabels:
    """The settings of configurations or trials as cells, in short labels."""

    def __init__(self, results: Results, columns: Sequence[str]) -> None:
        self.columns = columns[:_MOST_SETTINGS]
        names = short_columns(results.record.columns)
        self.header = [names[column] for column in self.columns]
        self.texts = short_values(results.rows, self.columns)

    def of(self, settings: Mapping[str, str]) -> list[str]:
        """The values of a configuration or a trial."""
        return [self.texts[column][settings[column]] for column in self.columns]
