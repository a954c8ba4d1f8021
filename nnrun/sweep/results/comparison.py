"""Two points of a sweep in words: where they lie, and whether they differ beyond chance."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, did_you_mean
from nnrun.sweep.results.configurations import Point
from nnrun.sweep.results.results import Results, read_results
from nnrun.sweep.results.statistics import SIGNIFICANCE, RankTest, Summary, compare, holm, summarize
from nnrun.sweep.results.tables import REACHED
from nnrun.sweep.sweep_folder import TRIALS, SweepRecord

# With more points, all pairs together would be more than anyone reads.
MOST_POINTS = 5


def compare_points(folder: Path, asked: Sequence[str] = (), measure: str | None = None) -> list[str]:
    """What a sweep says about its points: a line for each, and one for each pair.

    Args:
        folder: the sweep's folder.
        asked: the two points to compare, as `PATH=VALUE,…` or the name of a variant; by default each pair, where there
            are at most five points.
        measure: a column of `trials.csv` such as `final_loss`; by default the one by which the report judges: the epoch
            at which a trial reached what it should, else the final loss, on the validation rows where there are any.

    Raises:
        ExperimentError: there is no such point or measure.
        StorageError: it is no sweep's folder.
    """
    results = read_results(folder)
    points, record = results.points, results.record
    if record.search is not None:
        raise ExperimentError(_once_each(folder, record))
    if not points:
        raise ExperimentError(f"No trial of {folder} is finished.")
    chosen = [_find(points, text) for text in asked] if asked else points
    return tell_points(chosen, _measure(results, measure), record.reach)


def tell_points(points: Sequence[Point], measure: str, reach: str | None) -> list[str]:
    """Points in words: a line for each, and one for each pair of them where there are at most five.

    Args:
        points: the points.
        measure: what is compared, one of their measures.
        reach: what a trial was to reach, where that is the measure.
    """
    told = _Told(measure, reach)
    lines = [told.point(point) for point in points]
    if len(points) <= MOST_POINTS:
        return [*lines, *told.pairs(points)]
    example = f"{points[0].name!r} {points[1].name!r}"
    return [*lines, f"{len(points)} points are too many to compare each pair; name two of them, as {example}."]


def _once_each(folder: Path, record: SweepRecord) -> Problem:
    """Why the trials of a search cannot be told apart, and how its best can be held against others."""
    best = folder / record.best["folder"] if record.best else folder / TRIALS / "…"
    message = "A search trains each setting once, so nothing tells a difference from chance."
    hint = f"summary.csv has the best first; its scatter shows: nnrun sweep {best}/resolved.yaml --grid seed=0..19"
    return Problem(message, hint=hint)


def _measure(results: Results, asked: str | None) -> str:
    if results.measure is None:
        raise ExperimentError(f"No trial of {results.folder} came to a number.")
    if asked is None:
        return results.measure
    known = list(results.points[0].measures)
    for name in (asked, f"final_{asked}"):
        if name in known:
            return name
    hint = did_you_mean(asked, known) or f"Measured: {', '.join(known)}."
    raise ExperimentError(Problem(f'The sweep does not measure "{asked}".', hint=hint))


def _find(points: Sequence[Point], text: str) -> Point:
    wanted = {part.strip() for part in text.split(",")}
    found = [point for point in points if wanted <= _names(point)]
    if len(found) == 1:
        return found[0]
    names = [point.name for point in points]
    if found:
        message = f'"{text}" could be any of {len(found)} points.'
        raise ExperimentError(Problem(message, hint=f"For example: {found[0].name!r}"))
    hint = did_you_mean(text, names) or f"For example: {names[0]!r}"
    raise ExperimentError(Problem(f'The sweep has no point "{text}".', hint=hint))


def _names(point: Point) -> set[str]:
    named = {f"{path}={value}" for path, value in point.settings.items()}
    short = {f"{path.rpartition('.')[2]}={value}" for path, value in point.settings.items()}
    alone = {value for path, value in point.settings.items() if path == "variant"}
    return named | short | alone | {point.name}


class _Told:
    """Points and pairs in words.

    Args:
        measure: what is compared.
        reach: what a trial was to reach, where that is the measure.
    """

    def __init__(self, measure: str, reach: str | None) -> None:
        self.measure = measure
        self.reaching = measure == REACHED
        self.known: dict[str, Summary] = {}
        self.subject = f"reaches {reach} at epoch" if self.reaching else f"{measure.replace('_', ' ', 1)} is"

    def point(self, point: Point) -> str:
        """Where a point lies."""
        values = point.measures[self.measure]
        if not values:
            return f"{point.name}: no trial has a number, n = {point.n}"
        summary = self.summary(point)
        never = f", {summary.n - summary.finite} of {summary.n} never" if summary.finite < summary.n else ""
        missing = f", {point.n - summary.n} of {point.n} without a number" if summary.n < point.n else ""
        return f"{point.name}: {self.subject} {self.interval(summary)}, n = {summary.n}{never}{missing}"

    def summary(self, point: Point) -> Summary:
        """A point's numbers in a few; its interval takes long to find, and a point is in many pairs."""
        if point.name not in self.known:
            self.known[point.name] = summarize(point.measures[self.measure])
        return self.known[point.name]

    def interval(self, summary: Summary) -> str:
        """The median and its interval."""
        return f"{self.number(summary.median)} [{self.number(summary.low)}, {self.number(summary.high)}]"

    def number(self, value: float) -> str:
        """A number of the measure."""
        return "never" if math.isinf(value) else f"{value:.4g}"

    def pairs(self, points: Sequence[Point]) -> list[str]:
        """Whether each two of the points differ."""
        having = [point for point in points if point.measures[self.measure]]
        pairs = list(itertools.combinations(having, 2))
        found = [compare(one.measures[self.measure], two.measures[self.measure]) for one, two in pairs]
        adjusted = holm([comparison.p for comparison in found])
        lines = [self.pair(*pair, c, p) for pair, c, p in zip(pairs, found, adjusted, strict=True)]
        if len(pairs) > 1:
            lines.append(f"Each p is raised for {len(pairs)} comparisons (Holm).")
        return lines

    def pair(self, one: Point, two: Point, comparison: RankTest, p: float) -> str:
        """Whether two points differ, in a sentence with the numbers."""
        first, second = (self.summary(point) for point in (one, two))
        sizes = f"n = {first.n}" if first.n == second.n else f"n = {first.n} and {second.n}"
        told = (
            f"{one.name} {self.subject} {self.interval(first)} against {self.interval(second)} of {two.name}, {sizes}"
        )
        effect = f"Cliff's delta {comparison.delta:+.2f}, {comparison.effect}"
        if comparison.too_few:
            return f"{told}: too few trials to tell (with so few even the clearest difference could be chance)"
        verdict = "different beyond chance" if p < SIGNIFICANCE else "no difference beyond chance"
        return f"{told}: {verdict} ({_p(p)}; {effect})"


def _p(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"
