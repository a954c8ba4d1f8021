"""The weights that a run has stored: of its model, of its best and last epoch, and of every epoch of a small model."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.errors import ExperimentError, Problem, StorageError, UsageError
from nnrun.experiment.start_section import StartEpoch
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.record import RunRecord

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array

# Those of the best epoch have names that begin so.
BEST = "best/"

WhichWeights = StartEpoch  # a new training may start from any of them


@dataclass(frozen=True, eq=False)
class StoredWeights:
    """Weights of a run.

    Args:
        path: the file that they were read from.
        epoch: the epoch, from 1, after which the model had them; 0 for the initial ones.
        arrays: by layer and variable name, in the order of the model's weights.
    """

    path: Path
    epoch: int
    arrays: dict[str, Array]


def read_weights(folder: Path, record: RunRecord, which: WhichWeights = "kept") -> StoredWeights:
    """The weights of the run in `folder`.

    Args:
        folder: the run's folder.
        record: its record.
        which: `kept` for those that the run's model has, which the settings `keep` and `callbacks` decide; `best` for
            those of the epoch of the lowest validation loss, or of the lowest loss without a validation set; `last` for
            those of the last epoch; or the number of an epoch, 0 for the initial weights.

    Raises:
        ExperimentError: the run has not stored these.
        StorageError: the run has no weights, or a file cannot be read.
    """
    path = folder / layout.WEIGHTS
    if not path.is_symlink() and not path.exists():
        raise _without_weights(folder, record)
    stored = read_arrays(path)
    kept = record.kept_epoch or 0
    epoch = _epoch(record, which)
    if epoch == kept:
        return StoredWeights(path, kept, {name: a for name, a in stored.items() if not name.startswith(BEST)})
    if which == "best" and any(name.startswith(BEST) for name in stored):
        arrays = {name.removeprefix(BEST): a for name, a in stored.items() if name.startswith(BEST)}
        return StoredWeights(path, epoch, arrays)
    return _traced(folder, record, which, epoch)


def _epoch(record: RunRecord, which: WhichWeights) -> int:
    if which == "best":
        return int(record.best_metrics.get("epoch") or record.kept_epoch or 0)
    if which == "last":
        return record.epochs or 0
    if which == "kept":
        return record.kept_epoch or 0
    if not isinstance(which, Integral):  # Python lets everything through; NumPy's whole numbers are some, too
        hint = 'Write "kept", "best", "last" or the number of an epoch.'
        raise UsageError(Problem(f"There are no such weights. Received: {which!r}", hint=hint))
    return int(which)


def _traced(folder: Path, record: RunRecord, which: WhichWeights, epoch: int) -> StoredWeights:
    """The weights of an epoch from those of all epochs."""
    path = folder / layout.TRACE
    if not path.is_symlink() and not path.exists():
        raise _not_stored(folder, record, which, epoch)
    trace = read_arrays(path)
    if not all(array.ndim and 0 <= epoch < len(array) for array in trace.values()):
        raise _not_stored(folder, record, which, epoch)
    return StoredWeights(path, epoch, {name: array[epoch] for name, array in trace.items()})


def _not_stored(folder: Path, record: RunRecord, which: WhichWeights, epoch: int) -> ExperimentError:
    if isinstance(which, int) and not 0 <= epoch <= (record.epochs or 0):
        message = f"{folder} has trained {record.epochs or 0} epochs. Received: epoch {epoch}"
        return ExperimentError(Problem(message, hint="Epoch 0 has the initial weights."))
    named = f"those of epoch {epoch}" if isinstance(which, int) else f"those of its {which} epoch, {epoch}"
    message = f"{folder} has stored only the weights of epoch {record.kept_epoch}, not {named}."
    hint = "To keep others, train it again: --set keep=best or keep=last"
    if isinstance(which, int):
        hint = f"Runs of small models outside sweeps store the weights of every epoch, in {layout.TRACE}."
    return ExperimentError(Problem(message, hint=hint))


def _without_weights(folder: Path, record: RunRecord) -> StorageError:
    message = f"{folder} has no {layout.WEIGHTS}: its status is {record.status}."
    if record.status in ("running", "interrupted"):
        return StorageError(Problem(message, hint=f"To train it to its end: nnrun resume {folder}"))
    if record.status == "failed":
        return StorageError(Problem(message, hint="Name a completed run; nnrun list shows all runs."))
    message = f"{folder} has no {layout.WEIGHTS}; they were removed, or not stored."
    return StorageError(Problem(message, hint=f"To train it again: nnrun train {folder / layout.RESOLVED}"))
