"""`nnrun.load` and what it returns: a run by its folder, whose files are read when they are asked for."""

from __future__ import annotations

import math
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.machine import code_access, data_folders, keras_home, runs_folder
from nnrun.runs import layout

if TYPE_CHECKING:
    import keras
    import numpy as np

    from nnrun.runs.finding import Finding
    from nnrun.runs.record import RunRecord
    from nnrun.runs.stored_weights import WhichWeights
    from nnrun.runs.verdict import Verdict

    Array = np.ndarray[Any, np.dtype[Any]]
    Predicted = Array | dict[str, Array]

AnyPath = str | os.PathLike[str]


class Run:
    """A run: what its folder holds.

    Args:
        path: its folder.

    Attributes:
        path: its folder.
    """

    def __init__(self, path: AnyPath) -> None:
        self.path = Path(path)

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.path.name

    @cached_property
    def record(self) -> RunRecord:
        """Everything about it but its arrays: the content of `run.json`.

        Raises:
            StorageError: it cannot be read.
        """
        from nnrun.runs.record import read_record

        return read_record(self.path)

    @property
    def status(self) -> str:
        """`running`, `completed`, `failed`, `interrupted` or `pruned`; `died` where its process is gone."""
        from nnrun.store.collection import read_run

        return read_run(self.path).status

    @property
    def metrics(self) -> dict[str, float]:
        """The final metrics by name; NaN for one that is not finite."""
        return _numbers(self.record.final_metrics)

    @property
    def best_metrics(self) -> dict[str, float]:
        """The metrics at the epoch of the lowest (validation) loss, and that `epoch`."""
        return _numbers(self.record.best_metrics)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by path, such as `optimizer.learning_rate`, every default filled in."""
        return dict(self.record.settings)

    @property
    def expectations(self) -> tuple[Verdict, ...]:
        """The expectations of the experiment, each with whether it is `met`."""
        return self.record.expectations

    @property
    def diagnosis(self) -> tuple[Finding, ...]:
        """The findings of the training diagnostics; none for a healthy training."""
        return self.record.diagnosis

    @property
    def history(self) -> dict[str, list[float]]:
        """The metrics of every epoch by name, and `epoch`, `learning_rate` and `seconds`; all of one length.

        Raises:
            StorageError: they cannot be read.
        """
        from nnrun.runs.metrics_file import read_metrics

        return read_metrics(self.path / layout.METRICS)

    def model(self, weights: WhichWeights = "kept", *, allow_code: bool = False) -> keras.Model:
        """The trained Keras model; its inputs and outputs are in the data's own units.

        Args:
            weights: `kept` for those that the run has in the end; `best` for those of the epoch of the lowest
                validation loss, or of the lowest loss without a validation set; `last` for those of the last epoch; or
                the number of an epoch, 0 for the initial weights.
            allow_code: whether to run the Python code that the run is made of; without it that is refused.

        Raises:
            ExperimentError: the run has not stored these weights.
            StorageError: a file is missing, damaged or was edited.
        """
        from nnrun.predict.trained_run import open_run

        code = code_access(allow_code)
        return open_run(self.path, weights, keras_home=keras_home(), data_folders=data_folders(), code=code).model

    def predict(
        self, rows: Any, *, proba: bool = False, weights: WhichWeights = "kept", allow_code: bool = False
    ) -> Predicted:
        """The predictions for rows; as `nnrun.predict`."""
        from nnrun.api.predict_call import predict

        return predict(self, rows, proba=proba, weights=weights, allow_code=allow_code)

    def __repr__(self) -> str:
        return f'<nnrun.Run "{self.path}">'

    def _repr_html_(self) -> str:
        from nnrun.api.notebook_view import run_html

        return run_html(self.path, self.record, self.status)


def load(run: AnyPath | Run, *, runs_dir: AnyPath | None = None) -> Run:
    """A run by its folder or name.

    Args:
        run: a folder; the name of a run or its beginning; `latest`, `latest:NAME`; `best:METRIC`, `best:METRIC:NAME`;
            `SWEEP/INDEX` for a trial of a sweep.
        runs_dir: the folder of all runs; by default `NNRUN_RUNS_DIR`, else `runs`.

    Raises:
        RunError: there is no such run, or it could be several.
    """
    if isinstance(run, Run):
        return run
    from nnrun.store.references import find_run

    found = Run(find_run(os.fspath(run), folder_of_runs(runs_dir)))
    _ = found.record  # an error comes here, not at the first use
    return found


def folder_of_runs(runs_dir: AnyPath | None) -> Path:
    """The folder of all runs: the one that is given, that of the environment, or `runs`."""
    return runs_folder() if runs_dir is None else Path(runs_dir)


def _numbers(metrics: Any) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in metrics.items()}
