"""A trained run opened from its folder alone: its Keras model with the weights that the run has stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.dataset import Array, Part
from nnrun.errors import ExperimentError
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.experiment.experiment import Experiment
from nnrun.model.runtime import Runtime, start_tensorflow
from nnrun.runs.record import RunRecord
from nnrun.runs.stored_weights import WhichWeights
from nnrun.runs.trained_files import TrainedFiles, read_trained

if TYPE_CHECKING:  # TensorFlow is loaded when the network is built, without its messages
    import keras

    from nnrun.predict.predictor import Predictor

_MOST_THREADS = 1024
_OLD = "0.1"  # versions that named the layers differently


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """A trained run.

    Args:
        files: what its folder holds.
        network: its Keras model, which takes scaled inputs and gives scaled outputs.
        runtime: where it computes: with as many threads as the training, on its device if that is here.
    """

    files: TrainedFiles
    network: keras.Model
    runtime: Runtime

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.files.folder

    @property
    def record(self) -> RunRecord:
        """The run's record."""
        return self.files.record

    @property
    def experiment(self) -> Experiment:
        """The run's experiment."""
        return self.files.experiment

    @cached_property
    def model(self) -> keras.Model:
        """The model between the layers that scale: inputs and outputs are in the data's units, as in `model.keras`."""
        from nnrun.model.deploy import with_scaling

        data = self.files.data
        return with_scaling(self.network, self.experiment, data.input_scaling, data.target_scaling)

    def predict(self, rows: Part) -> list[Array]:
        """The predictions for rows that are not scaled.

        Returns:
            Per output, (rows, …) in the data's units; probabilities where its loss takes logits.
        """
        from nnrun.data.rows import input_arrays

        return self.predictor.predict(input_arrays(self.experiment, rows))

    def evaluate(self, rows: Part) -> dict[str, float]:
        """The loss and the metrics by name, for rows that are scaled and encoded as those of the training.

        Raises:
            ExperimentError: a target is none that the loss can take.
        """
        from nnrun.data.rows import network_rows
        from nnrun.model.evaluate import evaluate
        from nnrun.model.target_check import check_targets

        given = network_rows(self.experiment, rows)
        check_targets(self.experiment, self.network, given)
        return evaluate(self.network, given, self.experiment.batch_size)

    @cached_property
    def predictor(self) -> Predictor:
        """What predicts with the model."""
        from nnrun.predict.predictor import Predictor

        return Predictor(self.model, self.experiment)


def open_run(
    folder: Path,
    weights: WhichWeights = "kept",
    *,
    keras_home: Path | None = None,
    data_folders: Iterable[Path] = (),
    code: CodeAccess | None = None,
) -> TrainedRun:
    """Opens a trained run; arguments and errors are those of `read_trained` and `load_network`."""
    return load_network(read_trained(folder, weights, keras_home=keras_home, data_folders=data_folders, code=code))


def load_network(files: TrainedFiles, *, compiled: bool = False) -> TrainedRun:
    """Builds the network of a trained run and gives it its weights.

    Args:
        files: what the run's folder holds.
        compiled: whether the network gets its optimizer, losses and metrics, to be evaluated.

    Raises:
        StorageError: the stored weights are not those of such a network.
        ExperimentError: Keras refuses the network.
    """
    runtime = _start(files.record)
    from nnrun.model.build import build_network
    from nnrun.model.weights import put_weights

    network = build_network(files.experiment, compiled=compiled)
    renamed = files.record.versions.get("nnrun", "").startswith(_OLD)
    put_weights(network, files.weights.arrays, files.weights.path, renamed=renamed)
    return TrainedRun(files, network, runtime)


def _start(record: RunRecord) -> Runtime:
    """TensorFlow on the device of the training, or on another where that is not here."""
    threads = record.threads if record.threads and 0 < record.threads <= _MOST_THREADS else None
    device = record.device or "auto"
    if "," in device:
        device = device.partition(":")[0]
    try:
        return start_tensorflow(device, threads)
    except ExperimentError:
        return start_tensorflow("auto", threads)
