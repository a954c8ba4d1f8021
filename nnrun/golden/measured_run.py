"""What a golden file keeps of a training: from a row of a sweep's table, or from the folder of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.experiment.seeds import SEED
from nnrun.golden.golden_file import FrozenNetwork, FrozenRun, rounded
from nnrun.runs import layout
from nnrun.runs.metrics_file import EPOCH, read_metrics
from nnrun.runs.record import RunRecord
from nnrun.runs.start_weights import digest_of
from nnrun.runs.stored_weights import read_weights
from nnrun.sweep.table.outcome_block import curve_at
from nnrun.sweep.table.trial_block import CURVES, SETTINGS, STATUSES, WEIGHTS, curve_epochs
from nnrun.sweep.table.trial_table import TrialTable

_COMPLETED = STATUSES.index("completed")
_SEED = f"{SETTINGS}{SEED}"
_DIGITS = 16
_MOST_NUMBERS = 2**22  # of a table at once
_NO_METRICS = (EPOCH, "seconds", "learning_rate")


def short_digest(sha256: str) -> str:
    """The first digits of a SHA-256, which are enough to tell trainings apart."""
    return sha256[:_DIGITS]


def runs_of_table(table: TrialTable, digests: Mapping[int, str | None], epochs: Sequence[int]) -> Iterator[FrozenRun]:
    """The completed trials of a sweep over seeds.

    Args:
        table: its table, with the weights of the trials.
        digests: the SHA-256 of the training and validation rows, by seed.
        epochs: the chosen epochs.

    Raises:
        StorageError: the table cannot be read.
    """
    columns = _columns(table.curve_epochs, epochs)
    names = ["status", "epochs", _SEED, *table.names(CURVES), *table.names(WEIGHTS)]
    for rows in _slices(table, names):
        for i in np.flatnonzero(rows["status"] == _COMPLETED).tolist():
            seed = int(rows[_SEED][i])
            weights = {name.removeprefix(WEIGHTS): rows[name][i] for name in table.names(WEIGHTS)}
            curves = {name.removeprefix(CURVES): rows[name][i, columns] for name in table.names(CURVES)}
            yield _run(seed, int(rows["epochs"][i]), weights, digests[seed], curves)


def _slices(table: TrialTable, names: Sequence[str]) -> Iterator[dict[str, Array]]:
    """Columns of a table, as many rows at once as have some megabytes."""
    numbers = sum(int(np.prod(table.columns[name].tail)) for name in names)
    step = max(1, _MOST_NUMBERS // numbers)
    for start in range(0, len(table), step):
        yield {name: table.read(name, start, start + step) for name in names}


def run_of_folder(folder: Path, record: RunRecord, epochs: Sequence[int]) -> FrozenRun:
    """A completed run, as the sweep of a golden file would have it.

    Args:
        folder: the run's folder.
        record: its record.
        epochs: the chosen epochs; the last one is the number of epochs of its experiment.

    Raises:
        StorageError: a file is missing or cannot be read.
    """
    points = curve_epochs(epochs[-1])
    columns = _columns(points, epochs)
    history = read_metrics(folder / layout.METRICS)
    curves = {n: curve_at(np.array([v]), points)[0, columns] for n, v in history.items() if n not in _NO_METRICS}
    weights = read_weights(folder, record).arrays
    return _run(record.seed, record.epochs or 0, weights, record.data_sha256, curves)


def network_of(record: RunRecord, weights: Mapping[str, Array]) -> FrozenNetwork:
    """What no seed changes of a completed run.

    Args:
        record: its record.
        weights: its weights by name.
    """
    shapes = {name: array.shape for name, array in weights.items()}
    return FrozenNetwork(parameters=record.parameters or 0, training_rows=record.training_rows or 0, shapes=shapes)


def _columns(points: Array, epochs: Sequence[int]) -> Array:
    """The positions of the chosen epochs among those of a curve, (epochs,)."""
    return np.searchsorted(points, np.array(epochs))


def _run(
    seed: int, epochs: int, weights: Mapping[str, Array], data_sha256: str | None, curves: Mapping[str, Array]
) -> FrozenRun:
    return FrozenRun(
        seed=seed,
        epochs=epochs,
        weights=short_digest(digest_of(weights)),
        data=data_sha256 and short_digest(data_sha256),
        metrics={name: _rounded(_held(values)) for name, values in sorted(curves.items())},
        sizes=_rounded([_size(array) for _, array in sorted(weights.items())]),
    )


def _held(values: Array) -> Array:
    """A curve that keeps its last number behind the end of a training; (epochs,)."""
    last = np.flatnonzero(~np.isnan(values)).max(initial=0)
    held = values.copy()
    held[last + 1 :] = values[last]
    return held


def _size(array: Array) -> float:
    """The root mean square of an array of weights; 0 of an empty one."""
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64)))) if array.size else 0.0


def _rounded(values: Any) -> tuple[float | None, ...]:
    return tuple(rounded(float(value)) for value in values)
