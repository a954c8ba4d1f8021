"""The best trial of a sweep as a whole run folder, with the files that `nnrun train` leaves."""

from __future__ import annotations

from pathlib import Path

import msgspec

from nnrun.errors import NnrunError
from nnrun.experiment.trackers import NO_TRACKERS
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.bitwise import different_arrays
from nnrun.runs.completed_run import CompletedRun
from nnrun.runs.record import read_record, write_record
from nnrun.runs.staging import scratch_folder
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.listener import SweepListener


def complete_trial(trial: Path, options: RunOptions, listener: SweepListener) -> None:
    """Adds model, predictions, pictures and report to the folder of a trial, which is trained once more for them.

    A trial is what `nnrun train` makes of its `resolved.yaml`, bit for bit; where the weights are not the same all the
    same, nothing is added and the listener is warned, as of any other error.

    Args:
        trial: the trial's folder, with its weights; a folder that has a model is left as it is.
        options: how it is trained.
        listener: is notified of safe points and warnings.
    """
    if (trial / layout.MODEL).exists() or not (trial / layout.WEIGHTS).exists():
        return
    try:
        with scratch_folder(trial.parent) as folder:
            overrides, told = (NO_TRACKERS,), _SafePoints(listener)
            _add(train_file(trial / layout.RESOLVED, options, told, overrides=overrides, runs_dir=folder), trial)
    except NnrunError as error:
        listener.on_warning(f"The best trial has no model and plots: {error.problems[0].message}")


def _add(run: CompletedRun, trial: Path) -> None:
    from nnrun.report.page.write import write_report

    if different_arrays(read_arrays(run.folder / layout.WEIGHTS), read_arrays(trial / layout.WEIGHTS)):
        raise NnrunError("trained once more, it has other weights.")
    with storage_errors("write", trial):
        for name in layout.WHOLE_RUN:
            if name not in (layout.REPORT, layout.MODEL_CARD) and (run.folder / name).exists():  # they name the folder
                (run.folder / name).rename(trial / name)
    added = {"layers": run.record.layers, "diagnosis": run.record.diagnosis}
    write_record(trial, msgspec.structs.replace(read_record(trial), **added))
    write_report(trial)


class _SafePoints(RunListener):
    """Passes on where a run can end without a loss."""

    def __init__(self, listener: SweepListener) -> None:
        self.listener = listener

    def on_safe_point(self) -> None:
        self.listener.on_safe_point()
