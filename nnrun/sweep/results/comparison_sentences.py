"""The configurations of a sweep in sentences: their medians, which is better, and whether that is significant."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from nnrun.experiment.folds import FOLD_PATH
from nnrun.experiment.metric_direction import larger_is_better
from nnrun.experiment.objective import Objective
from nnrun.experiment.repetitions import repetition_in_words
from nnrun.experiment.seeds import SEED, seeds_in_words
from nnrun.number_text import short
from nnrun.runs import layout
from nnrun.sweep.results.centers import center_name
from nnrun.sweep.results.configurations import Configuration, paired
from nnrun.sweep.results.statistics import SIGNIFICANCE, RankTest, compare, compare_pairs, holm
from nnrun.sweep.results.summaries import RESAMPLES, Summary, summarize
from nnrun.sweep.table.column_names import OBJECTIVE, REACHED

# With more configurations, all pairs together would be more than anyone reads.
MOST_CONFIGURATIONS = 5
# How the intervals of every summary are computed.
INTERVALS = f"computed with the percentile bootstrap ({RESAMPLES:,} resamples, fixed seed)"
_FINAL = "final_"
# T. Dietterich 1998, "Approximate statistical tests for comparing supervised classification learning algorithms".
_FOLDED = (
    "Trials of one configuration differ in the fold that validates them; the folds share training rows, so a p-value "
    "may be too small."
)


def describe_configurations(
    configurations: Sequence[Configuration],
    measure: str,
    reach: str | None,
    columns: Sequence[str] = (),
    total: int = 0,
    objective: Objective | None = None,
) -> list[str]:
    """A sentence for each configuration, and one for each pair of them where there are at most five.

    Args:
        configurations: the configurations.
        measure: what is compared, one of their measures.
        reach: the target of the trials, where the measure is the epoch at which they reached it.
        columns: the settings in which the trials differ.
        total: how many configurations there are, where these are the best of them.
        objective: the objective of the sweep, if any.
    """
    writer = ComparisonWriter(measure, reach, columns, objective)
    lines = [writer.configuration(configuration) for configuration in configurations]
    if total > len(configurations):
        best = f"the best {len(configurations)} of {total:,} configurations"
        lines.append(f"These are {best}; all are in {layout.SUMMARY}.")
    notes = [*writer.notes(), *varied_repetitions(columns)]
    if len(configurations) <= MOST_CONFIGURATIONS:
        return [*lines, *writer.pairs(configurations), *notes]
    example = f"{configurations[0].short_name!r} {configurations[1].short_name!r}"
    many = f"{max(total, len(configurations)):,} configurations are too many to compare in pairs"
    return [*lines, f"{many}; name two of them, for example {example}.", *notes]


def varied_repetitions(columns: Sequence[str]) -> list[str]:
    """Which folds and sources of randomness the trials of a configuration differ in.

    Of seeds only those of single sources are named.

    Args:
        columns: the settings in which the trials differ.
    """
    sources = seeds_in_words(columns)
    others = "; all other randomness is the same" if sources and SEED not in columns else ""
    randomness = [f"Trials of one configuration differ in the randomness of {sources}{others}."] if sources else []
    return [*randomness, *([_FOLDED] if FOLD_PATH in columns else [])]


def is_larger_better(measure: str, objective: Objective | None) -> bool:
    """Whether the larger number of a measure is the better one, as of a final accuracy."""
    if measure == OBJECTIVE and objective is not None:
        return objective.largest
    return measure.startswith(_FINAL) and larger_is_better(measure.removeprefix(_FINAL))


class ComparisonWriter:
    """Writes sentences on configurations and pairs of them.

    Args:
        measure: what is compared.
        reach: the target of the trials, where the measure is the epoch at which they reached it.
        columns: the settings in which the trials differ.
        objective: the objective of the sweep, if any.
    """

    def __init__(
        self, measure: str, reach: str | None, columns: Sequence[str], objective: Objective | None = None
    ) -> None:
        self.measure = measure
        self.which = center_name(columns, measure, objective)
        self.averaged = self.which == "mean"
        self.repeated = repetition_in_words(columns) or "seed"
        self.known: dict[int, Summary] = {}
        self.larger = is_larger_better(measure, objective)
        words = measure.replace("_", " ", 1)
        if measure == OBJECTIVE and objective is not None:
            words = objective.of_trial
        self.center = f"median first epoch of {reach} is" if measure == REACHED else f"{self.which} {words}"

    def configuration(self, configuration: Configuration) -> str:
        """The median of a configuration with its interval, or the mean ± the standard deviation."""
        if not len(configuration.measures[self.measure]):
            return f"{configuration.short_name}: no trial has a number, n = {configuration.n}"
        summary = self.summary(configuration)
        interval = f", 95 % CI [{_number(summary.low)}, {_number(summary.high)}]" if summary.n > 1 else ""
        if self.which in ("min", "max"):
            interval = ""
        if self.averaged:
            interval = "" if summary.deviation is None else f" ± {_number(summary.deviation)}"
        never = f", {summary.n - summary.finite:,} of {summary.n:,} never" if summary.finite < summary.n else ""
        n, total = summary.n, configuration.n
        missing = f", {total - n:,} of {total:,} without a number" if n < total else ""
        center = f"{self.center} {_number(self.value(configuration))}"
        return f"{configuration.short_name}: {center}{interval}, n = {n:,}{never}{missing}"

    def summary(self, configuration: Configuration) -> Summary:
        """The summary of a configuration, computed once: its bootstrap takes long, and it is in many pairs."""
        number = configuration.number
        if number not in self.known:
            self.known[number] = summarize(configuration.measures[self.measure])
        return self.known[number]

    def value(self, configuration: Configuration) -> float:
        """The center of a configuration."""
        if self.which in ("min", "max"):
            return float(getattr(configuration.measures[self.measure], self.which)())
        summary = self.summary(configuration)
        return math.inf if summary.mean is None else summary.mean if self.averaged else summary.median

    def notes(self) -> list[str]:
        """How the intervals are computed, where there are any."""
        several = self.which == "median" and any(summary.n > 1 for summary in self.known.values())
        return [f"The 95 % confidence intervals (CI) of the medians are {INTERVALS}."] if several else []

    def pairs(self, configurations: Sequence[Configuration]) -> list[str]:
        """For each two of the configurations which is better, and whether they differ significantly."""
        measured = [configuration for configuration in configurations if len(configuration.measures[self.measure])]
        pairs = list(itertools.combinations(measured, 2))
        tests = [self.test(*pair) for pair in pairs]
        corrected = holm([test.p for test in tests])
        lines = [self.pair(*pair, test, p) for pair, test, p in zip(pairs, tests, corrected, strict=True)]
        if len(pairs) > 1 and not all(test.too_few for test in tests):
            lines.append(f"The p-values are Holm-corrected for {len(pairs)} comparisons.")
        return lines

    def test(self, one: Configuration, two: Configuration) -> RankTest:
        """The paired test of two configurations where they have the same seeds, else that of two samples."""
        pairs = paired(one, two, self.measure)
        return compare_pairs(*pairs) if pairs else compare(one.measures[self.measure], two.measures[self.measure])

    def pair(self, one: Configuration, two: Configuration, test: RankTest, p: float) -> str:
        """Which of two configurations is better, and whether they differ significantly, with the numbers."""
        significant = not test.too_few and p < SIGNIFICANCE
        sign = -1 if self.larger else 1
        by_rank = sign * math.copysign(1, test.delta)
        if (by_rank if significant else sign * self.order(one, two)) > 0:
            one, two, test = two, one, replace(test, delta=-test.delta)
        order = sign * self.order(one, two)  # less than 0 where the first has the better median
        first, second = self.texts(one, two)
        verdict = _verdict(test, p, self.repeated)
        which = self.which
        if not order and not significant:
            return f"{one.short_name} and {two.short_name} have the same {which}: {self.center} {first}, {verdict}"
        claim = "is better than" if significant else f"has a better {which} than"
        although = f" by ranks, but not by {which}s" if significant and order >= 0 else ""
        centers = f"{self.center} {first} against {second}"
        return f"{one.short_name} {claim} {two.short_name}{although}: {centers}, {verdict}"

    def order(self, one: Configuration, two: Configuration) -> int:
        """1 where the first median or mean is greater than the second, −1 where it is less, 0 where they are equal."""
        first, second = self.value(one), self.value(two)
        return (first > second) - (first < second)

    def texts(self, one: Configuration, two: Configuration) -> tuple[str, str]:
        """The two medians or means, with as many digits as distinguish them."""
        first, second = self.value(one), self.value(two)
        texts = [(_number(first, digits), _number(second, digits)) for digits in (4, 6, 8)]
        return next((pair for pair in texts if pair[0] != pair[1]), texts[0])


def _verdict(test: RankTest, p: float, repeated: str) -> str:
    """Whether a difference is statistically significant, and by which test; of pairs of the same `repeated`."""
    if test.too_few:
        few = f"pairs of trials with the same {repeated}" if test.pairs else "trials"
        return f"too few {few} to test (no difference could be statistically significant; train more seeds)"
    word = "statistically significant" if p < SIGNIFICANCE else "not statistically significant"
    if test.pairs is None:
        return f"{word} ({_p_value(p)}, Mann-Whitney U test; Cliff's delta {test.delta:+.2f}, {test.effect})"
    name = f"Wilcoxon signed-rank test paired by {repeated}, {test.pairs:,} pairs"
    return f"{word} ({_p_value(p)}, {name}; rank-biserial correlation {test.delta:+.2f})"


def _number(value: float, digits: int = 4) -> str:
    return "never" if math.isinf(value) else short(value, digits)


def _p_value(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"
