"""What `nnrun compare` says of a sweep: the chosen configurations, in sentences or in numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.errors import ExperimentError, Problem, did_you_mean
from nnrun.runs import layout
from nnrun.runs.record_file import finite
from nnrun.sweep.results.comparison_sentences import (
    MOST_CONFIGURATIONS,
    ComparisonWriter,
    describe_configurations,
    is_larger_better,
)
from nnrun.sweep.results.configurations import Configuration
from nnrun.sweep.results.results import Results, read_results
from nnrun.sweep.results.statistics import SIGNIFICANCE, RankTest, holm
from nnrun.sweep.sweep_record import SweepRecord

# Of more configurations the best are described.
_MOST_DESCRIBED = 200


def compare_configurations(folder: Path, names: Sequence[str] = (), measure: str | None = None) -> list[str]:
    """Compares the configurations of a sweep: a sentence for each, and which is better of each pair.

    Of a loss and of the epoch at which a target is reached the smaller median is better, of an accuracy and the like
    the larger one; of folds the mean. Configurations that were trained with the same seeds and folds are compared in
    pairs of trials.

    Args:
        folder: the sweep's folder.
        names: the two configurations to compare, as `PATH=VALUE,…` or the name of a variant; by default each pair,
            where there are at most five configurations.
        measure: a column of `trials.csv` such as `final_loss`; by default that of the report: the epoch at which a
            trial reached its target, else the final loss, on the validation set where there is one.

    Raises:
        ExperimentError: there is no such configuration or measure.
        StorageError: it is not the folder of a sweep.
    """
    results = _results(folder)
    chosen, measured = _chosen(results, names), _measure(results, measure)
    total, record = len(chosen), results.record
    if len(chosen) > _MOST_DESCRIBED:
        centers = replace(results, measure=measured).centers
        order = np.argsort(-centers if is_larger_better(measured, record.ranked_by) else centers, kind="stable")
        chosen = [results.configurations[i] for i in order[:_MOST_DESCRIBED].tolist()]
    return describe_configurations(chosen, measured, record.reach, record.columns, total, record.ranked_by)


def compared_as_json(folder: Path, names: Sequence[str] = (), measure: str | None = None) -> dict[str, Any]:
    """The same as plain values: the measure, each configuration in numbers, and each pair of at most five.

    A number that is infinite, as the epoch of a target that was never reached, is None.

    Args:
        folder: the sweep's folder.
        names: the two configurations to compare; by default each pair, where there are at most five configurations.
        measure: a column of `trials.csv`; by default that of the report.

    Raises:
        ExperimentError, StorageError: as for `compare_configurations`.
    """
    results = _results(folder)
    chosen, measured, reach = _chosen(results, names), _measure(results, measure), results.record.reach
    writer = ComparisonWriter(measured, reach, results.record.columns, results.record.ranked_by)
    few = chosen if len(chosen) <= MOST_CONFIGURATIONS else ()
    compared = list(itertools.combinations([one for one in few if len(one.measures[measured])], 2))
    tests = [writer.test(*pair) for pair in compared]
    corrected = holm([test.p for test in tests])
    return {
        "measure": measured,
        "reach": reach,
        "configurations": [_in_numbers(one, writer) for one in chosen],
        "comparisons": [
            _pair_in_numbers(pair, writer, test, p) for pair, test, p in zip(compared, tests, corrected, strict=True)
        ],
    }


def _in_numbers(configuration: Configuration, writer: ComparisonWriter) -> dict[str, Any]:
    values = configuration.measures[writer.measure]
    summary = writer.summary(configuration) if len(values) else None
    numbers = asdict(summary) if summary else {}
    return {
        "name": configuration.short_name,
        "settings": dict(configuration.settings),
        "trials": configuration.n,
        **{name: finite(numbers.get(name)) for name in ("median", "low", "high", "mean", "deviation")},
        "values": [finite(value) for value in values.tolist()],
    }


def _pair_in_numbers(
    pair: tuple[Configuration, Configuration], writer: ComparisonWriter, test: RankTest, p: float
) -> dict[str, Any]:
    significant = not test.too_few and p < SIGNIFICANCE
    sign = (-1 if writer.larger else 1) * (test.delta if significant else writer.order(*pair))
    return {
        "configurations": [one.short_name for one in pair],
        "better": pair[0].short_name if sign < 0 else pair[1].short_name if sign > 0 else None,
        "significant": significant,
        "p": None if test.too_few else p,
        "test": "Mann-Whitney U" if test.pairs is None else f"Wilcoxon signed-rank, paired by {writer.repeated}",
        "effect": finite(test.delta),
        "pairs": test.pairs,
    }


def _results(folder: Path) -> Results:
    """The results of a sweep whose configurations can be compared."""
    results = read_results(folder)
    if results.searched:
        raise ExperimentError(_no_repetitions(folder, results.record))
    if not results.configurations:
        raise ExperimentError(f"No trial of {folder} is finished.")
    return results


def _chosen(results: Results, names: Sequence[str]) -> Sequence[Configuration]:
    """The configurations of these names; all of them where there is none."""
    return [_find(results.configurations, name) for name in names] if names else results.configurations


def _no_repetitions(folder: Path, record: SweepRecord) -> Problem:
    best = folder / (record.best.folder if record.best and record.best.folder else f"{layout.TRIALS}/…")
    message = "A search trains each configuration once, so no difference can be tested for significance."
    command = f"nnrun sweep {best}/{layout.RESOLVED} --grid seed=0..19"
    return Problem(message, hint=f"{layout.SUMMARY} ranks the trials; to repeat the best one with 20 seeds: {command}")


def _measure(results: Results, name: str | None) -> str:
    if results.measure is None:
        raise ExperimentError(f"No trial of {results.folder} has a finite number.")
    if name is None:
        return results.measure
    known = list(results.trials.measures)
    for column in (name, f"final_{name}"):
        if column in known:
            return column
    hint = did_you_mean(name, known) or f"The sweep has {', '.join(known)}."
    raise ExperimentError(Problem(f'Unknown measure "{name}".', hint=hint))


def _find(configurations: Sequence[Configuration], text: str) -> Configuration:
    exact = [one for one in configurations if text in (one.name, one.short_name)]
    found = exact or [one for one in configurations if _consists_of(_key(text), _names(one))]
    if len(found) == 1:
        return found[0]
    if found:
        message = f'"{text}" could be any of {len(found)} configurations.'
        raise ExperimentError(Problem(message, hint=f"For example: {found[0].short_name!r}"))
    names = [configuration.short_name for configuration in configurations]
    hint = did_you_mean(text, names) or f"For example: {names[0]!r}"
    raise ExperimentError(Problem(f'The sweep has no configuration "{text}".', hint=hint))


def _consists_of(text: str, names: set[str]) -> bool:
    """Whether a text is some of the names with commas between them; a name may hold commas itself."""
    return text in names or any(
        text.startswith(f"{name},") and _consists_of(text[len(name) + 1 :], names) for name in names
    )


def _names(configuration: Configuration) -> set[str]:
    """The names of a configuration and of its settings, each with the whole path or the last parts of it."""
    names = {configuration.name}
    for path, value in configuration.settings.items():
        parts = path.split(".")
        names |= {f"{'.'.join(parts[start:])}={value}" for start in range(len(parts))}
        names |= {value} if path == "variant" else set()
    return {_key(name) for name in names}


def _key(text: str) -> str:
    """A text without blanks and quotes: lists and mappings are JSON in the table, and YAML on the command line."""
    return re.sub(r"[\s\"']", "", text)
