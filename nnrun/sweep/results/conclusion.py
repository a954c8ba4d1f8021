"""The result of a sweep in short: its best configurations by rank."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from nnrun.number_text import short
from nnrun.sweep.results.configurations import Configuration
from nnrun.sweep.results.results import Results, read_results
from nnrun.sweep.results.summaries import summarize

MOST_RANKED = 5


@dataclass(frozen=True)
class RankedConfigurations:
    """The best configurations of a sweep.

    Args:
        best: the name of the best one.
        rows: a row per configuration, the best first, behind a header: its name, the median of the measure, the 95 %
            confidence interval of the median, and the number of trials; of folds the mean and the standard deviation.
        others: how many configurations are not shown.
        repeated: whether a configuration has several trials.
        center: by what they are ranked: `median`, `mean`, `min` or `max`.
    """

    best: str
    rows: list[list[str]]
    others: int
    repeated: bool
    center: str


def rank_configurations(folder: Path) -> RankedConfigurations | None:
    """The best configurations of the sweep in `folder`; None for a search, or where no trial has a number.

    Raises:
        StorageError: it is not the folder of a sweep, or its tables cannot be read.
    """
    results = read_results(folder)
    if results.searched or results.measure is None:
        return None
    order = results.ranking()
    rows = [_row(results, results.configurations[i]) for i in order[:MOST_RANKED]]
    spread = "standard deviation" if results.averaged else "95 % CI"
    header = ["configuration", f"{results.center_name} {results.measure_name}", spread, "trials"]
    best = results.configurations[order[0]].name
    others, repeated = len(order) - len(rows), results.configurations.repeated
    return RankedConfigurations(best, [header, *rows], others, repeated, results.center_name)


def _row(results: Results, configuration: Configuration) -> list[str]:
    name, trials = configuration.short_name, f"{configuration.n:,}"
    values = results.values(configuration)
    summary = summarize(values) if len(values) else None
    if summary is None or summary.mean is None or math.isnan(results.center(configuration)):
        return [name, "never" if results.reaching else "no number", "", trials]
    if results.averaged:
        return [name, short(summary.mean), "" if summary.deviation is None else short(summary.deviation), trials]
    if results.center_name != "median":
        return [name, short(results.center(configuration)), "", trials]
    median, low, high = (
        short(number) if math.isfinite(number) else "never"
        for number in (results.center(configuration), summary.low, summary.high)
    )
    return [name, median, f"[{low}, {high}]" if configuration.n > 1 else "", trials]
