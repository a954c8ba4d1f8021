"""What runs have in common and what not: their settings, their metrics, and groups of runs that differ in seeds."""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnrun.experiment.seeds import is_seed_path
from nnrun.runs import layout
from nnrun.runs.recorded_files import recorded_digests
from nnrun.runs.storage_errors import storage_errors
from nnrun.store.stored_run import StoredRun

_DATA = re.compile(r"^data:.*\n(?:[ #-].*\n)*", re.MULTILINE)


@dataclass(frozen=True)
class Spread:
    """The mean of a metric over runs, and its standard deviation with n − 1 in the denominator; NaN for one run."""

    mean: float
    deviation: float
    n: int


@dataclass(frozen=True)
class RunGroup:
    """Runs with the same settings and data but for the seeds.

    Args:
        runs: the runs, in the order in which they were named.
    """

    runs: tuple[StoredRun, ...]

    @property
    def name(self) -> str:
        """The name of the run, or that of the first one and how many there are."""
        first = self.runs[0].name
        return first if len(self.runs) == 1 else f"{first} ({len(self.runs)} seeds)"

    def spread(self, metric: str) -> Spread | None:
        """The final metric over the runs that have a finite one; None where none has."""
        values = [value for run in self.runs if math.isfinite(value := run.metric(metric))]
        if not values:
            return None
        return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else math.nan, len(values))


def grouped_by_settings(runs: Sequence[StoredRun]) -> list[RunGroup]:
    """The runs in groups with the same settings and data but for the seeds, in the order of their first runs.

    Runs with the same seeds are in different groups: each repeats the other.

    Raises:
        StorageError: the resolved file of a run cannot be read.
    """
    groups: dict[tuple[str, int], list[StoredRun]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for run in runs:
        same = _all_but_seeds(run)
        repeated = (same, _seeds(run))
        groups.setdefault((same, seen[repeated]), []).append(run)
        seen[repeated] += 1
    return [RunGroup(tuple(group)) for group in groups.values()]


def _seeds(run: StoredRun) -> str:
    """Equal for two runs with the same seeds."""
    return repr(sorted((path, value) for path, value in settings_of(run).items() if is_seed_path(path)))


def _all_but_seeds(run: StoredRun) -> str:
    """Equal for two runs that differ in nothing but seeds; rows of data count as the resolved file has them."""
    known = settings_of(run).items()
    settings = {path: _comparable(value) for path, value in known if path != "name" and not is_seed_path(path)}
    path = run.folder / layout.RESOLVED
    with storage_errors("read", path):
        data = _DATA.findall(path.read_text(encoding="utf-8", errors="replace"))
    return repr((sorted(settings.items()), data, recorded_digests(run.folder)))


def settings_of(run: StoredRun) -> dict[str, Any]:
    """The settings of a run by path; none where its record cannot be read."""
    return dict(run.summary.settings) if run.summary else {}


def differing_paths(runs: Sequence[StoredRun]) -> list[str]:
    """The settings in which the runs differ, also those that only some have, in the order of the first run's."""
    every = [settings_of(run) for run in runs]
    paths = dict.fromkeys(path for settings in every for path in settings if path != "name")
    return [path for path in paths if not all(same_setting(s.get(path), every[0].get(path)) for s in every)]


def differing_values(runs: Sequence[StoredRun]) -> dict[str, list[Any]]:
    """The value of each run for every setting in which they differ, by path; None where a run does not have it."""
    every = [settings_of(run) for run in runs]
    return {path: [settings.get(path) for settings in every] for path in differing_paths(runs)}


def same_setting(first: Any, second: Any) -> bool:
    """Whether two values of a setting mean the same; the case of a component's name does not matter."""
    return bool(_comparable(first) == _comparable(second))


def _comparable(value: Any) -> Any:
    """Equal for values that mean the same: names whatever their case, and whole numbers written as 1 or 1.0."""
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, str):
        return value.casefold()
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def metrics_of(runs: Sequence[StoredRun]) -> list[str]:
    """The final metrics that one of the runs has, in the order in which they appear."""
    return list(dict.fromkeys(name for run in runs if run.summary for name in run.summary.final_metrics))
