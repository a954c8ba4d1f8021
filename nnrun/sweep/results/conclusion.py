"""The result of a sweep in short: its best configurations by rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nnrun.number_text import short
from nnrun.runs import layout
from nnrun.sweep.results.results import Results, read_results
from nnrun.sweep.results.tables import Row, read_table

MOST_RANKED = 5


@dataclass(frozen=True)
class RankedConfigurations:
    """The best configurations of a sweep.

    Args:
        best: the name of the best one.
        rows: a row per configuration, the best first, behind a header: its name, the median of the measure, the 95 %
            confidence interval of the median, and the number of trials.
        others: how many configurations are not shown.
    """

    best: str
    rows: list[list[str]]
    others: int


def rank_configurations(folder: Path) -> RankedConfigurations | None:
    """The best configurations of the sweep in `folder`; None for a search, or where no trial has a number.

    Raises:
        StorageError: it is not the folder of a sweep, or its tables cannot be read.
    """
    results = read_results(folder)
    path = folder / layout.SUMMARY
    if results.searched or results.measure is None or not path.exists():
        return None
    columns = [column for column in results.record.columns if column in results.configurations[0].settings]
    summaries = {tuple(row[c] for c in columns): row for row in read_table(path) if row["measure"] == results.measure}
    order = results.ranking()
    rows = [_row(results, i, summaries) for i in order[:MOST_RANKED]]
    header = ["configuration", f"median {results.measure_name}", "95 % CI", "trials"]
    best = results.configurations[order[0]].name
    return RankedConfigurations(best, [header, *rows], len(order) - len(rows))


def _row(results: Results, position: int, summaries: Mapping[tuple[str, ...], Row]) -> list[str]:
    configuration = results.configurations[position]
    row = summaries.get(tuple(configuration.settings.values()))
    name, trials = configuration.short_name, str(configuration.n)
    if row is None or not int(row["reached"]):
        return [name, "never" if results.reaching else "no number", "", trials]
    median, low, high = (short(float(row[column])) if row[column] else "never" for column in ("median", "low", "high"))
    return [name, median, f"[{low}, {high}]" if configuration.n > 1 else "", trials]
