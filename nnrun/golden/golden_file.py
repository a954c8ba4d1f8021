"""Golden files, `FILE.golden.json`: what an experiment does over many seeds, and in which environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from nnrun.errors import Problem, RunError
from nnrun.runs.atomic import write_text
from nnrun.runs.identity import Identity
from nnrun.runs.record_file import finite, read_record_file

FORMAT = 1
ENDING = ".golden.json"

Seed = Annotated[int, msgspec.Meta(ge=0)]
Epoch = Annotated[int, msgspec.Meta(ge=1)]
Level = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Numbers = tuple[float | None, ...]


class FrozenRun(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of the training under one seed.

    Args:
        seed: its seed.
        epochs: the number of trained epochs.
        weights: the first 16 digits of the SHA-256 of its final weights.
        data: likewise of its training and validation rows; None where they are streamed.
        metrics: each metric at the chosen epochs; None where it is not finite, or the training had ended.
        sizes: the root mean square of each array of its final weights.
    """

    seed: Seed
    epochs: Epoch
    weights: str
    data: str | None
    metrics: Mapping[str, Numbers]
    sizes: Numbers


class FrozenNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """What no seed changes.

    Args:
        parameters: the number of parameters.
        training_rows: the number of rows that it is trained on.
        shapes: the shape of each array of weights, by name.
    """

    parameters: int
    training_rows: int
    shapes: Mapping[str, tuple[int, ...]]


class FrozenMetric(msgspec.Struct, frozen=True, kw_only=True):
    """The distribution of a metric over the seeds at the chosen epochs; None where it is not known.

    Args:
        low: the lower end of the prediction interval.
        median: the median.
        high: the upper end of the prediction interval.
    """

    low: Numbers
    median: Numbers
    high: Numbers


class GoldenFile(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a golden file, in the order in which it has it.

    Args:
        name: the experiment's name.
        frozen: the day on which it was written, as 2026-11-29.
        method: how a run is held against the band.
        level: the largest probability with which a run under a new seed is outside of the band.
        coverage: the probability with which a metric of such a run lies within its interval, at one epoch.
        settings_sha256: the SHA-256 of all settings that decide a training but for the seed.
        settings: these settings by path, without rows of data.
        data_files: the SHA-256 of each data file, by its path from the golden file.
        environment: versions, engine, threads and whatever else decides the last bits.
        network: what no seed changes.
        epochs: the chosen epochs.
        paired_epochs: up to this epoch a run must follow the frozen run of its seed; 0 for none.
        paired_tolerance: by which part of its value a metric may differ there.
        metrics: the distribution of each metric.
        final_metrics: the median of each metric at the last epoch, with which `--baseline` compares.
        diverged: the seeds whose trainings did not complete.
        runs: the completed trainings in the order of their seeds.
    """

    name: str
    frozen: str
    method: str
    level: Level
    coverage: float
    settings_sha256: str
    settings: Mapping[str, Any]
    data_files: Mapping[str, str]
    environment: Identity
    network: FrozenNetwork
    epochs: tuple[Epoch, ...]
    paired_epochs: Annotated[int, msgspec.Meta(ge=0)]
    paired_tolerance: float
    metrics: Mapping[str, FrozenMetric]
    final_metrics: Mapping[str, float | None]
    diverged: tuple[Seed, ...] = ()
    runs: tuple[FrozenRun, ...]

    def run_of(self, seed: int) -> FrozenRun | None:
        """The frozen run of a seed; None where there is none."""
        return next((run for run in self.runs if run.seed == seed), None)


def golden_path(file: Path) -> Path:
    """The golden file of an experiment file: `xor.yaml.golden.json` beside `xor.yaml`."""
    return file.with_name(file.name + ENDING)


def write_golden(path: Path, golden: GoldenFile) -> None:
    """Writes a golden file, atomically; a line per setting, metric and seed, so that versions can be compared.

    Raises:
        StorageError: the file could not be written.
    """
    write_text(path, golden_text(golden))


def golden_text(golden: GoldenFile) -> str:
    """The golden file as JSON."""
    content = {"format": FORMAT, **msgspec.to_builtins(golden)}
    fields = (f"  {json.dumps(name)}: {_field(value)}" for name, value in content.items())
    return "{\n" + ",\n".join(fields) + "\n}\n"


def read_golden(path: Path) -> GoldenFile:
    """The golden file at a path.

    Raises:
        RunError: there is no such file, or it is no golden file that this version can read.
        StorageError: the operating system does not let it be read.
    """
    golden = read_record_file(path, GoldenFile, FORMAT, "a golden file")
    if not _has_same_numbers(golden):
        message = f"{path} is not a golden file: its runs do not have the same numbers at the same epochs."
        raise RunError(Problem(message, hint="Write it anew: nnrun freeze FILE"))
    return golden


def _has_same_numbers(golden: GoldenFile) -> bool:
    """Whether there are runs, and all have the same metrics at the chosen epochs and as many sizes of weights."""
    first = next(iter(golden.runs), None)
    return first is not None and all(
        run.metrics.keys() == first.metrics.keys()
        and len(run.sizes) == len(first.sizes)
        and all(len(numbers) == len(golden.epochs) for numbers in run.metrics.values())
        for run in golden.runs
    )


def rounded(value: float) -> float | None:
    """A number as a golden file has it, with seven digits, about as many as float32 holds; None if it is not finite."""
    return finite(float(f"{value:.7g}"))


def _field(value: Any) -> str:
    """A field of the file; the items of a mapping, and structs in a list, have lines of their own."""
    if isinstance(value, dict) and value:
        items = (f"    {json.dumps(key)}: {_in_line(item)}" for key, item in value.items())
        return "{\n" + ",\n".join(items) + "\n  }"
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {_in_line(item)}" for item in value) + "\n  ]"
    return _in_line(value)


def _in_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
