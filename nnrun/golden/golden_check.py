"""Trained runs held against a golden file: by digests where they can be equal, by their metrics everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from nnrun.errors import listed
from nnrun.experiment.metric_direction import larger_is_better
from nnrun.golden.golden_band import Array, band_p_value
from nnrun.golden.golden_file import FrozenNetwork, FrozenRun, GoldenFile
from nnrun.number_text import short
from nnrun.runs.identity import Difference, Identity, differences, machine_differences

Check = Literal["network", "data", "weights", "early epochs", "band"]

_MOST_NAMED = 3


@dataclass(frozen=True)
class GoldenVerdict:
    """The result of one comparison of a run with a golden file.

    Args:
        check: what was compared.
        met: whether the run is as it was; None where that cannot be known.
        message: what was found, a clause such as `the same as those of the frozen run of seed 0, bit for bit`.
    """

    check: Check
    met: bool | None
    message: str


def golden_verdicts(
    golden: GoldenFile, runs: Sequence[FrozenRun], network: FrozenNetwork, environment: Identity
) -> list[GoldenVerdict]:
    """The verdicts on runs of the experiment of a golden file, under one seed or several.

    Runs of another network have one verdict, and so have runs that are the frozen ones bit for bit.

    Args:
        golden: the golden file, which is not stale.
        runs: what is compared of the runs, at least one.
        network: their network.
        environment: their versions, threads, processor and the like.
    """
    compared = [_RunComparison(golden, run, network, environment) for run in runs]
    if reasons := list(dict.fromkeys(reason for one in compared for reason in one.other_network())):
        return [GoldenVerdict("network", False, "; ".join(reasons))]
    weights = [one.weights() for one in compared]
    if all(one.met for one in weights):
        return [_joined(weights, runs)]
    others = ([one.data() for one in compared], weights, [one.early_epochs() for one in compared])
    return [*(_joined(verdicts, runs) for verdicts in others if any(verdicts)), _band(golden, runs)]


def _joined(verdicts: Sequence[GoldenVerdict | None], runs: Sequence[FrozenRun]) -> GoldenVerdict:
    """The verdict on several runs: the first failure, else the first that could not be compared, else the first.

    Args:
        verdicts: that on each run; None, though not of all, where there is nothing to compare.
        runs: the runs.
    """
    rank = {False: 0, None: 1, True: 2}
    known = [(verdict, run) for verdict, run in zip(verdicts, runs, strict=True) if verdict is not None]
    worst, run = min(known, key=lambda pair: rank[pair[0].met])
    count = sum(verdict.met == worst.met for verdict, _ in known)
    of = f"{count} of {len(runs)} seeds, such as {run.seed}: " if len(runs) > 1 else ""
    return GoldenVerdict(worst.check, worst.met, of + worst.message)


@dataclass(frozen=True)
class _RunComparison:
    """A run and the golden file that it is held against."""

    golden: GoldenFile
    run: FrozenRun
    network: FrozenNetwork
    environment: Identity

    @property
    def twin(self) -> FrozenRun | None:
        """The frozen run of the same seed, if there is one."""
        return self.golden.run_of(self.run.seed)

    @property
    def versions(self) -> list[Difference]:
        """The versions that differ from those of the golden file."""
        return [one for one in self._deciding() if one.what.startswith("version of ")]

    def _deciding(self) -> list[Difference]:
        return differences(self.golden.environment, self.environment)

    def other_network(self) -> Iterator[str]:
        """What no seed changes and is not as it was, in clauses."""
        then, now = self.golden.network, self.network
        for what in ("parameters", "training_rows"):
            first, second = getattr(then, what), getattr(now, what)
            if first and second and first != second:  # rows that are streamed are not counted
                yield f"{what.replace('_', ' ')}: {second:,}, not {first:,}"
        if then.shapes != now.shapes:
            yield "its layers have weights of other names or shapes"
        epochs = {run.epochs for run in self.golden.runs}
        if len(epochs) == 1 and self.run.epochs not in epochs:
            yield f"trained epochs: {self.run.epochs:,}, not {min(epochs):,}"
        if sorted(self.golden.metrics) != sorted(self.run.metrics):
            yield f"metrics: {listed([*self.run.metrics])}, not {listed([*self.golden.metrics])}"

    def weights(self) -> GoldenVerdict:
        twin, seed = self.twin, self.run.seed
        if twin is None:
            return GoldenVerdict("weights", None, f"not compared, since seed {seed} is not among the frozen ones")
        if twin.weights == self.run.weights:
            if other := self._first_difference(twin, 0, *self.golden.epochs):
                return GoldenVerdict("weights", False, f"those of the frozen run of seed {seed}, but {other}")
            return GoldenVerdict("weights", True, f"those of the frozen run of seed {seed}, bit for bit")
        others = [*self._deciding(), *machine_differences(self.golden.environment, self.environment)]
        if others:
            return GoldenVerdict("weights", None, f"not compared, since {others[0].compared()}")
        message = f"not those of the frozen run of seed {seed}, with the same versions, threads and processor"
        return GoldenVerdict("weights", False, message)

    def data(self) -> GoldenVerdict | None:
        """The rows, where it is known which they should be: those of the seed, or of all where no seed changes them."""
        every = {run.data for run in self.golden.runs}
        expected = self.twin.data if self.twin else every.pop() if len(every) == 1 else None
        if expected is None or self.run.data is None:
            return None
        if expected == self.run.data:
            return GoldenVerdict("data", True, "the frozen rows, bit for bit")
        if self.versions:
            return GoldenVerdict("data", None, f"other rows, and {self.versions[0].compared()}")
        return GoldenVerdict("data", False, "other rows than the frozen ones, with the same versions")

    def early_epochs(self) -> GoldenVerdict | None:
        """The first epochs beside those of the frozen run of the same seed, which rounding changes little so early."""
        golden, twin = self.golden, self.twin
        epochs = [epoch for epoch in golden.epochs if epoch <= golden.paired_epochs]
        if twin is None or not epochs:
            return None
        if other := self._first_difference(twin, golden.paired_tolerance, *epochs):
            met = None if self.versions else False
            reason = f", and {self.versions[0].compared()}" if self.versions else ""
            return GoldenVerdict("early epochs", met, other + reason)
        return GoldenVerdict("early epochs", True, f"as frozen up to epoch {epochs[-1]}, but for rounding")

    def _first_difference(self, twin: FrozenRun, tolerance: float, *epochs: int) -> str | None:
        """The first epoch at which a metric differs from the frozen run by more than a part of its value; None if none.

        With a tolerance only those count of which the smaller is better: an accuracy jumps where a row changes sides.
        """
        names = [name for name in self.golden.metrics if not tolerance or not larger_is_better(name)]
        for (place, epoch), name in product(enumerate(epochs), names):
            then, now = twin.metrics[name][place], self.run.metrics[name][place]
            if then != now and (then is None or now is None or abs(now - then) > tolerance * max(abs(then), abs(now))):
                return f"{name} at epoch {epoch} is {_number(now)}, not {_number(then)}"
        return None


def _band(golden: GoldenFile, runs: Sequence[FrozenRun]) -> GoldenVerdict:
    numbers, own = _numbers(golden, golden.runs), _numbers(golden, runs)
    lost = np.isfinite(numbers).all(axis=0) & ~np.isfinite(own).all(axis=0)
    if lost.any():
        return GoldenVerdict("band", False, "a metric is not a number that was one with all seeds")
    p = band_p_value(numbers, own)
    met = p > golden.level
    found = f"p = {p:.2g}, level {golden.level:.2g}"
    return GoldenVerdict("band", met, found if met else f"{found}: {_unusual(golden, runs)}")


def _unusual(golden: GoldenFile, runs: Sequence[FrozenRun]) -> str:
    """The metrics whose median over the runs lies outside of their prediction intervals."""
    outside = []
    for name, metric in golden.metrics.items():
        values = np.median(np.array([run.metrics[name] for run in runs], np.float64), axis=0)
        low, high = np.array(metric.low, np.float64), np.array(metric.high, np.float64)
        for place in np.flatnonzero((values < low) | (values > high)):
            interval = f"[{short(low[place], 6)}, {short(high[place], 6)}]"
            where = f"{name} at epoch {golden.epochs[place]}"
            outside.append(f"{where} is {short(float(values[place]), 6)}, outside of {interval}")
    if not outside:
        return "each metric is in its interval, but not their course together, or the sizes of the weights"
    more = len(outside) - _MOST_NAMED
    return "; ".join([*outside[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])])


def _numbers(golden: GoldenFile, runs: Sequence[FrozenRun]) -> Array:
    """What the band compares of some runs: metrics at the chosen epochs, sizes of the weights, epochs; (runs, …)."""
    rows = [[*(v for name in golden.metrics for v in run.metrics[name]), *run.sizes, run.epochs] for run in runs]
    return np.array(rows, np.float64)


def _number(value: float | None) -> str:
    return "not a number" if value is None else short(value, 6)
