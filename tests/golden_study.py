"""How well golden files tell changed trainings from those of a new seed: trainings of shipped experiments."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from planted_regressions import regressions
from scipy.stats import betabinom

from experiments import EXPERIMENTS
from nnrun.golden.freeze import FreezeOptions, freeze
from nnrun.golden.golden_check import golden_verdicts
from nnrun.golden.golden_file import FrozenNetwork, FrozenRun, GoldenFile
from nnrun.golden.swept_runs import SweptRuns, read_swept_runs
from nnrun.load import load_experiment
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.identity import Identity
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import plan_sweep, request_sweep
from nnrun.sweep.sweep import SweepOptions, run_sweep

# Where a changed training is tested: what differs from the environment of the golden file, with how many seeds.
HERE, ELSEWHERE, UPGRADED = "same machine", "another machine", "other versions"
UPGRADED_TEN = f"{UPGRADED}, 10 seeds"
WAYS = (HERE, ELSEWHERE, UPGRADED, UPGRADED_TEN)

SEEDS = 100  # that the golden file has

_ENGINE = "engine=xla"  # many seeds are one program then
_HOME = Path.home() / ".keras"


@dataclass(frozen=True)
class GoldenStudy:
    """An experiment with a golden file of 100 seeds.

    Args:
        name: the shipped experiment.
        golden: its golden file.
        new: runs with seeds that the golden file has not.
        settings: overrides of its file, as it was frozen.
        seed: its seed.
    """

    name: str
    golden: GoldenFile
    new: tuple[FrozenRun, ...]
    settings: tuple[str, ...]
    seed: int

    @classmethod
    def frozen(cls, name: str, new: int, *settings: str) -> GoldenStudy:
        """The study of an experiment, with so many runs beside those of its golden file."""
        file, overrides = EXPERIMENTS / f"{name}.yaml", (_ENGINE, *settings)
        with tempfile.TemporaryDirectory() as scratch:
            options = FreezeOptions(RunOptions(_HOME, threads=1), SEEDS + new, overrides=overrides)
            path = Path(scratch, "golden.json")
            whole = freeze(file, path, options, SweepListener(), RunListener(), Path(scratch))
        golden = replace(whole, runs=whole.runs[:SEEDS])
        return cls(name, golden, whole.runs[SEEDS:], overrides, load_experiment(file, settings).seed)

    def caught(self, regression: str) -> dict[str, bool]:
        """Whether a regression is caught, by the way in which it is tested."""
        swept = self._train(regressions(self.name)[regression], range(10))
        own = [run for run in swept.runs if run.seed == self.seed]
        return {
            way: self._fails(swept.runs if way == UPGRADED_TEN else own, swept.network, self.environment(way))
            for way in WAYS
        }

    @property
    def false_alarms(self) -> int:
        """How many of the runs with new seeds fail."""
        return sum(self._fails([run], self.golden.network, self.golden.environment) for run in self.new)

    def rounding(self, seeds: int) -> tuple[float, float]:
        """By which part of its value a loss differs at most between two engines: in the early epochs, and in all."""
        swept = self._train(("engine=graph",), range(seeds))
        pairs = [(self.golden.run_of(run.seed), run) for run in swept.runs]
        losses = [name for name in self.golden.metrics if name.endswith("loss")]
        values = np.array([[[each.metrics[name] for name in losses] for each in pair if each] for pair in pairs])
        first, second = values[:, 0], values[:, 1]  # (seeds, losses, epochs)
        parts = np.abs(first - second) / np.maximum(np.abs(first), np.abs(second))
        early = np.array(self.golden.epochs) <= self.golden.paired_epochs
        return float(parts[:, :, early].max()), float(parts.max())

    def environment(self, way: str) -> Identity:
        """The environment of one of the ways."""
        known = self.golden.environment
        if way == HERE:
            return known
        if way == ELSEWHERE:
            return replace(known, processor="another processor")
        return replace(known, versions={**(known.versions or {}), "keras": "another"}, processor="another processor")

    def _train(self, overrides: Sequence[str], seeds: Iterable[int]) -> SweptRuns:
        """Trains the experiment with further settings and some seeds."""
        settings = (*self.settings, *overrides, "sweep={report: false, weights: true}")
        with tempfile.TemporaryDirectory() as scratch:
            plan = plan_sweep(request_sweep(EXPERIMENTS / f"{self.name}.yaml", settings, (f"seed={[*seeds]}",)))
            done = run_sweep(plan, SweepOptions(_HOME, keep="table"), SweepListener(), runs_dir=Path(scratch))
            return read_swept_runs(done.folder, plan, _HOME)

    def _fails(self, runs: Sequence[FrozenRun], network: FrozenNetwork, environment: Identity) -> bool:
        """Whether runs fail a check; a training that does not complete fails in any case."""
        return not runs or any(one.met is False for one in golden_verdicts(self.golden, runs, network, environment))


def most_alarms(runs: int, level: float, frozen: int = SEEDS) -> int:
    """The number of false alarms among new runs that is exceeded once in a thousand golden files.

    The share of false alarms of one golden file is not the level, but follows a beta distribution with that mean: the
    frozen runs themselves are drawn.

    Args:
        runs: the number of new runs.
        level: the level of the golden file.
        frozen: its number of runs.
    """
    rank = int(level * (frozen + 1) + 1e-9)
    return int(betabinom.ppf(0.999, runs, rank, frozen + 1 - rank))
