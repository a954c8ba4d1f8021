"""The configurations of a sweep in sentences: their medians, and which differences are statistically significant."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, did_you_mean
from nnrun.number_text import short
from nnrun.runs import layout
from nnrun.sweep.results.configurations import Configuration
from nnrun.sweep.results.results import Results, read_results
from nnrun.sweep.results.statistics import SIGNIFICANCE, RankTest, Summary, compare, holm, summarize
from nnrun.sweep.results.tables import REACHED
from nnrun.sweep.sweep_record import SweepRecord

# With more configurations, all pairs together would be more than anyone reads.
MOST_CONFIGURATIONS = 5


def compare_configurations(folder: Path, names: Sequence[str] = (), measure: str | None = None) -> list[str]:
    """Compares the configurations of a sweep: a sentence for each, and one for each pair.

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
    if len(configurations) <= MOST_CONFIGURATIONS:
        return [*lines, *writer.pairs(configurations)]
    example = f"{configurations[0].name!r} {configurations[1].name!r}"
    many = f"{len(configurations)} configurations are too many to compare in pairs"
    return [*lines, f"{many}; name two of them, for example {example}."]


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
    parts = {part.strip() for part in text.split(",")}
    found = [configuration for configuration in configurations if parts <= _names(configuration)]
    if len(found) == 1:
        return found[0]
    if found:
        message = f'"{text}" could be any of {len(found)} configurations.'
        raise ExperimentError(Problem(message, hint=f"For example: {found[0].name!r}"))
    names = [configuration.name for configuration in configurations]
    hint = did_you_mean(text, names) or f"For example: {names[0]!r}"
    raise ExperimentError(Problem(f'The sweep has no configuration "{text}".', hint=hint))


def _names(configuration: Configuration) -> set[str]:
    settings = configuration.settings.items()
    full = {f"{path}={value}" for path, value in settings}
    short = {f"{path.rpartition('.')[2]}={value}" for path, value in settings}
    variants = {value for path, value in settings if path == "variant"}
    return full | short | variants | {configuration.name}


class _ComparisonWriter:
    """Writes sentences on configurations and pairs of them.

    Args:
        measure: what is compared.
        reach: the target of the trials, where the measure is the epoch at which they reached it.
    """

    def __init__(self, measure: str, reach: str | None) -> None:
        self.measure = measure
        self.known: dict[str, Summary] = {}
        self.verb = f"reaches {reach} at epoch" if measure == REACHED else f"{measure.replace('_', ' ', 1)} is"

    def configuration(self, configuration: Configuration) -> str:
        """The median of a configuration with its interval."""
        if not configuration.measures[self.measure]:
            return f"{configuration.name}: no trial has a number, n = {configuration.n}"
        summary = self.summary(configuration)
        never = f", {summary.n - summary.finite} of {summary.n} never" if summary.finite < summary.n else ""
        n, total = summary.n, configuration.n
        missing = f", {total - n} of {total} without a number" if n < total else ""
        return f"{configuration.name}: {self.verb} {_interval(summary)}, n = {n}{never}{missing}"

    def summary(self, configuration: Configuration) -> Summary:
        """The summary of a configuration, computed once: its bootstrap takes long, and it is in many pairs."""
        if configuration.name not in self.known:
            self.known[configuration.name] = summarize(configuration.measures[self.measure])
        return self.known[configuration.name]

    def pairs(self, configurations: Sequence[Configuration]) -> list[str]:
        """Whether each two of the configurations differ significantly."""
        measured = [configuration for configuration in configurations if configuration.measures[self.measure]]
        pairs = list(itertools.combinations(measured, 2))
        tests = [compare(one.measures[self.measure], two.measures[self.measure]) for one, two in pairs]
        corrected = holm([test.p for test in tests])
        lines = [self.pair(*pair, test, p) for pair, test, p in zip(pairs, tests, corrected, strict=True)]
        if len(pairs) > 1:
            lines.append(f"The p-values are Holm-corrected for {len(pairs)} comparisons.")
        return lines

    def pair(self, one: Configuration, two: Configuration, test: RankTest, p: float) -> str:
        """Whether two configurations differ significantly, with the numbers."""
        first, second = self.summary(one), self.summary(two)
        sizes = f"n = {first.n}" if first.n == second.n else f"n = {first.n} and {second.n}"
        medians = f"{_interval(first)} against {_interval(second)} of {two.name}, {sizes}"
        if test.too_few:
            verdict = "too few trials to test (no difference could be statistically significant)"
        else:
            significant = "statistically significant" if p < SIGNIFICANCE else "not statistically significant"
            verdict = f"{significant} ({_p_value(p)}; Cliff's delta {test.delta:+.2f}, {test.effect})"
        return f"{one.name} {self.verb} {medians}: {verdict}"


def _interval(summary: Summary) -> str:
    return f"{_number(summary.median)} [{_number(summary.low)}, {_number(summary.high)}]"


def _number(value: float) -> str:
    return "never" if math.isinf(value) else short(value)


def _p_value(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"
