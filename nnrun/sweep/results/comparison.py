"""The configurations of a sweep in sentences: their medians, which is better, and whether that is significant."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, did_you_mean
from nnrun.experiment.metric_direction import larger_is_better
from nnrun.number_text import short
from nnrun.runs import layout
from nnrun.sweep.results.configurations import Configuration, pairs_by_seed
from nnrun.sweep.results.results import Results, read_results
from nnrun.sweep.results.statistics import (
    RESAMPLES,
    SIGNIFICANCE,
    RankTest,
    Summary,
    compare,
    compare_pairs,
    holm,
    summarize,
)
from nnrun.sweep.results.tables import REACHED
from nnrun.sweep.sweep_record import SweepRecord

# With more configurations, all pairs together would be more than anyone reads.
MOST_CONFIGURATIONS = 5
# How the intervals of every summary are computed.
INTERVALS = f"computed with the percentile bootstrap ({RESAMPLES:,} resamples, fixed seed)"
_FINAL = "final_"


def compare_configurations(folder: Path, names: Sequence[str] = (), measure: str | None = None) -> list[str]:
    """Compares the configurations of a sweep: a sentence for each, and which is better of each pair.

    Of a loss and of the epoch at which a target is reached the smaller median is better, of an accuracy and the like
    the larger one. Configurations that were trained with the same seeds are compared in pairs of trials.

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
    results = read_results(folder)
    configurations, record = results.configurations, results.record
    if record.search is not None:
        raise ExperimentError(_no_repetitions(folder, record))
    if not configurations:
        raise ExperimentError(f"No trial of {folder} is finished.")
    chosen = [_find(configurations, name) for name in names] if names else configurations
    return describe_configurations(chosen, _measure(results, measure), record.reach)


def describe_configurations(configurations: Sequence[Configuration], measure: str, reach: str | None) -> list[str]:
    """A sentence for each configuration, and one for each pair of them where there are at most five.

    Args:
        configurations: the configurations.
        measure: what is compared, one of their measures.
        reach: the target of the trials, where the measure is the epoch at which they reached it.
    """
    writer = _ComparisonWriter(measure, reach)
    lines = [writer.configuration(configuration) for configuration in configurations]
    notes = writer.notes()
    if len(configurations) <= MOST_CONFIGURATIONS:
        return [*lines, *writer.pairs(configurations), *notes]
    example = f"{configurations[0].short_name!r} {configurations[1].short_name!r}"
    many = f"{len(configurations)} configurations are too many to compare in pairs"
    return [*lines, f"{many}; name two of them, for example {example}.", *notes]


def _no_repetitions(folder: Path, record: SweepRecord) -> Problem:
    best = folder / (record.best.folder if record.best else f"{layout.TRIALS}/…")
    message = "A search trains each configuration once, so no difference can be tested for significance."
    command = f"nnrun sweep {best}/{layout.RESOLVED} --grid seed=0..19"
    return Problem(message, hint=f"{layout.SUMMARY} ranks the trials; to repeat the best one with 20 seeds: {command}")


def _measure(results: Results, name: str | None) -> str:
    if results.measure is None:
        raise ExperimentError(f"No trial of {results.folder} has a finite number.")
    if name is None:
        return results.measure
    known = list(results.configurations[0].measures)
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


class _ComparisonWriter:
    """Writes sentences on configurations and pairs of them.

    Args:
        measure: what is compared.
        reach: the target of the trials, where the measure is the epoch at which they reached it.
    """

    def __init__(self, measure: str, reach: str | None) -> None:
        self.measure = measure
        self.known: dict[tuple[str, ...], Summary] = {}
        self.larger = measure.startswith(_FINAL) and larger_is_better(measure.removeprefix(_FINAL))
        words = measure.replace("_", " ", 1)
        self.median = f"median first epoch of {reach} is" if measure == REACHED else f"median {words}"

    def configuration(self, configuration: Configuration) -> str:
        """The median of a configuration with its interval."""
        if not configuration.measures[self.measure]:
            return f"{configuration.short_name}: no trial has a number, n = {configuration.n}"
        summary = self.summary(configuration)
        interval = f", 95 % CI [{_number(summary.low)}, {_number(summary.high)}]" if summary.n > 1 else ""
        never = f", {summary.n - summary.finite} of {summary.n} never" if summary.finite < summary.n else ""
        n, total = summary.n, configuration.n
        missing = f", {total - n} of {total} without a number" if n < total else ""
        median = f"{self.median} {_number(summary.median)}{interval}"
        return f"{configuration.short_name}: {median}, n = {n}{never}{missing}"

    def summary(self, configuration: Configuration) -> Summary:
        """The summary of a configuration, computed once: its bootstrap takes long, and it is in many pairs."""
        settings = tuple(configuration.settings.values())
        if settings not in self.known:
            self.known[settings] = summarize(configuration.measures[self.measure])
        return self.known[settings]

    def notes(self) -> list[str]:
        """How the intervals are computed, where there are any."""
        several = any(summary.n > 1 for summary in self.known.values())
        return [f"The 95 % confidence intervals (CI) of the medians are {INTERVALS}."] if several else []

    def pairs(self, configurations: Sequence[Configuration]) -> list[str]:
        """For each two of the configurations which is better, and whether they differ significantly."""
        measured = [configuration for configuration in configurations if configuration.measures[self.measure]]
        pairs = list(itertools.combinations(measured, 2))
        tests = [self.test(*pair) for pair in pairs]
        corrected = holm([test.p for test in tests])
        lines = [self.pair(*pair, test, p) for pair, test, p in zip(pairs, tests, corrected, strict=True)]
        if len(pairs) > 1:
            lines.append(f"The p-values are Holm-corrected for {len(pairs)} comparisons.")
        return lines

    def test(self, one: Configuration, two: Configuration) -> RankTest:
        """The paired test of two configurations where they have the same seeds, else that of two samples."""
        pairs = pairs_by_seed(one, two, self.measure)
        return compare_pairs(*pairs) if pairs else compare(one.measures[self.measure], two.measures[self.measure])

    def pair(self, one: Configuration, two: Configuration, test: RankTest, p: float) -> str:
        """Which of two configurations is better, and whether they differ significantly, with the numbers."""
        significant = not test.too_few and p < SIGNIFICANCE
        sign = -1 if self.larger else 1
        by_rank = sign * math.copysign(1, test.delta)
        if (by_rank if significant else sign * self.order(one, two)) > 0:
            one, two, test = two, one, replace(test, delta=-test.delta)
        order = sign * self.order(one, two)  # less than 0 where the first has the better median
        first, second = self.medians(one, two)
        verdict = _verdict(test, p)
        if not order and not significant:
            return f"{one.short_name} and {two.short_name} have the same median: {self.median} {first}, {verdict}"
        claim = "is better than" if significant else "has a better median than"
        although = " by ranks, but not by medians" if significant and order >= 0 else ""
        medians = f"{self.median} {first} against {second}"
        return f"{one.short_name} {claim} {two.short_name}{although}: {medians}, {verdict}"

    def order(self, one: Configuration, two: Configuration) -> int:
        """1 where the first median is greater than the second, −1 where it is less, 0 where they are equal."""
        first, second = self.summary(one).median, self.summary(two).median
        return (first > second) - (first < second)

    def medians(self, one: Configuration, two: Configuration) -> tuple[str, str]:
        """The two medians, with as many digits as distinguish them."""
        first, second = self.summary(one).median, self.summary(two).median
        texts = [(_number(first, digits), _number(second, digits)) for digits in (4, 6, 8)]
        return next((pair for pair in texts if pair[0] != pair[1]), texts[0])


def _verdict(test: RankTest, p: float) -> str:
    """Whether a difference is statistically significant, and by which test."""
    if test.too_few:
        few = "pairs of trials with the same seed" if test.pairs else "trials"
        return f"too few {few} to test (no difference could be statistically significant; train more seeds)"
    word = "statistically significant" if p < SIGNIFICANCE else "not statistically significant"
    if test.pairs is None:
        return f"{word} ({_p_value(p)}, Mann-Whitney U test; Cliff's delta {test.delta:+.2f}, {test.effect})"
    name = f"Wilcoxon signed-rank test paired by seed, {test.pairs} pairs"
    return f"{word} ({_p_value(p)}, {name}; rank-biserial correlation {test.delta:+.2f})"


def _number(value: float, digits: int = 4) -> str:
    return "never" if math.isinf(value) else short(value, digits)


def _p_value(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"
