"""Explains an experiment file or a run: the model as formulas, and one training step by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnrun.data.dataset import Array, ColumnScale, Dataset
from nnrun.data.files.data_files import cell_room
from nnrun.data.fitted_experiment import fitted_experiment
from nnrun.data.generate import generate
from nnrun.data.rows import Rows, flat_rows, input_scale, join_scales, point_arrays, training_rows
from nnrun.errors import ExperimentError, Place, Problem, TrainingError
from nnrun.experiment.callbacks import SETS_THE_RATE
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.experiment.experiment import Component, Experiment
from nnrun.load import load_experiment
from nnrun.runs import layout
from nnrun.runs.provenance import loading_stage
from nnrun.runs.record import RunRecord, read_record
from nnrun.runs.recorded_files import data_files_of
from nnrun.runs.storage_errors import storage_errors
from nnrun.runs.stored_weights import read_weights
from nnrun.store.start_run import pin_start
from nnrun.walkthrough.explanation import Block, Explanation, Heading, paragraph
from nnrun.walkthrough.render_prediction import PredictedSamples, render_predictions, render_scaling
from nnrun.walkthrough.render_step import is_small, render_step, render_trained, samples_to_show
from nnrun.walkthrough.symbols import SymbolTable

if TYPE_CHECKING:  # imports TensorFlow, which waits until the request is checked
    import keras


@dataclass(frozen=True)
class WalkthroughRequest:
    """What to explain.

    Args:
        path: an experiment file, or the folder of a run.
        keras_home: Keras's folder of downloaded datasets.
        overrides: settings to change, each `PATH=VALUE`; for an experiment file only.
        step: which step of the training, from 1.
        samples: the most samples of the batch to show; by default three or one, by the size of the model.
        data_folders: folders whose data files may be read, wherever the experiment lies.
        runs_dir: the folder of all runs, in which the name of a run to start from is looked up.
        code: the permission to run the Python code that the experiment names.
    """

    path: Path
    keras_home: Path
    overrides: tuple[str, ...] = ()
    step: int = 1
    samples: int | None = None
    data_folders: tuple[Path, ...] = ()
    runs_dir: Path = Path("runs")
    code: CodeAccess | None = None


def explain(request: WalkthroughRequest, on_stage: Callable[[str], None] = lambda stage: None) -> Explanation:
    """The model as formulas and one of its training steps by hand; for a run the trained model first.

    Args:
        request: what to explain.
        on_stage: is notified of each stage, such as `building`.

    Raises:
        ExperimentError: the experiment is invalid or has no such step.
        TrainingError: the training diverges before the step.
        StorageError: the run folder cannot be read.
    """
    record = _record(request)
    path = request.path / layout.RESOLVED if record else request.path
    files = data_files_of(path, request.data_folders, request.code, cell_room(request.keras_home))
    experiment = load_experiment(path, request.overrides, files=files)
    experiment = pin_start(experiment, path.parent, request.runs_dir)
    dataset = generate(experiment, request.keras_home, files)
    experiment = fitted_experiment(experiment, dataset)
    training = training_rows(experiment, dataset.training)
    _check_step(experiment, training.count, request.step)
    _check_callbacks(experiment)

    if stage := loading_stage():
        on_stage(stage)
    from nnrun.model.runtime import start_tensorflow

    start_tensorflow("cpu", record.threads if record else None)
    on_stage("building")
    title = f"{experiment.name}: training step {request.step}, computed by hand"
    blocks: list[Block] = [Heading(1, title)]
    blocks += render_scaling(experiment.input_names, *_scales(experiment, dataset))
    if record is not None:
        blocks += _trained(request, experiment, dataset, training)
    blocks += _step(request, experiment, training, on_stage)
    return Explanation(title, tuple(blocks))


def _record(request: WalkthroughRequest) -> RunRecord | None:
    """The record of a run; None for an experiment file."""
    if not request.path.is_dir():
        return None
    with storage_errors("read", request.path):
        is_run = (request.path / layout.RECORD).is_file()
    if not is_run:
        message = f"{request.path} is not a run folder: it has no {layout.RECORD}."
        raise ExperimentError(Problem(message, hint="Give an experiment file or a run folder."))
    if request.overrides:
        place = Place("--set", 0, 1, request.overrides[0])
        message = "--set changes the settings of an experiment file, not of a run."
        raise ExperimentError(Problem(message, place, f"Give the file {request.path / layout.RESOLVED} instead."))
    return read_record(request.path)


def _check_step(experiment: Experiment, rows: int, step: int) -> None:
    steps = experiment.epochs * -(-rows // experiment.batch_size)
    if not 1 <= step <= steps:
        place = Place("--step", 0, 1, str(step))
        raise ExperimentError(Problem(f"The step must be between 1 and {steps}. Received: {step}", place))


def _check_callbacks(experiment: Experiment) -> None:
    for callback in experiment.callbacks:
        if callback.name in SETS_THE_RATE:
            message = f"{callback.name} changes the learning rate between epochs, which explain does not support."
            raise ExperimentError(Problem(message, callback.place, "Remove the callbacks: --set callbacks=[]"))


def _step(
    request: WalkthroughRequest, experiment: Experiment, training: Rows, on_stage: Callable[[str], None]
) -> Iterator[Block]:
    from nnrun.model.build import build_model
    from nnrun.model.start import put_start_weights
    from nnrun.walkthrough.train_with_keras import count_steps, record_step, train_to

    model = build_model(experiment, training)
    put_start_weights(model, experiment)
    if request.step > 1:
        on_stage(f"training up to step {request.step}")
    train_to(model, experiment, training, request.step)
    on_stage(f"computing step {request.step}")
    if not all(np.isfinite(w.numpy()).all() for w in model.weights):
        raise TrainingError(f"The training diverges before step {request.step}: a weight is not finite.")
    step = record_step(model, experiment, training, request.step)
    targets = ", ".join(experiment.outputs[0].targets)
    _, steps = count_steps(experiment, training.count)
    scheduled = isinstance(experiment.optimizer.arguments.get("learning_rate"), Component)
    return render_step(step, experiment.input_names, targets, request.samples, steps, scheduled)


def _trained(request: WalkthroughRequest, experiment: Experiment, dataset: Dataset, training: Rows) -> Iterator[Block]:
    """The trained model as formulas, and its predictions, where the run finished."""
    from nnrun.model.build import build_model
    from nnrun.model.weights import put_weights
    from nnrun.walkthrough.from_keras import stack_from_model

    path = request.path / layout.WEIGHTS
    if not path.is_file():
        yield paragraph("The run has no trained weights, because it did not finish.")
        return
    model = build_model(experiment, training)
    stored = read_weights(request.path, read_record(request.path))
    put_weights(model, stored.arrays, path, renamed=True)
    stack, _ = stack_from_model(model)
    if stack is None:
        return
    symbols = SymbolTable(stack, experiment.input_names)
    yield from render_trained(symbols)
    if experiment.predict and is_small(stack):
        samples = _predicted_samples(experiment, dataset, model)
        yield from render_predictions(symbols, samples, request.samples or samples_to_show(stack))


def _predicted_samples(experiment: Experiment, dataset: Dataset, model: keras.Model) -> PredictedSamples:
    from nnrun.model.deploy import predict, with_scaling

    inputs = point_arrays(experiment, experiment.predict)
    deployed = with_scaling(model, experiment, dataset.input_scaling, dataset.target_scaling)
    predictions: Array = flat_rows(predict(deployed, inputs)[0])
    return PredictedSamples(flat_rows(inputs[0]), *_scales(experiment, dataset), predictions)


def _scales(experiment: Experiment, dataset: Dataset) -> tuple[ColumnScale | None, ColumnScale | None]:
    """The scaling of the inputs and that of the targets, if any."""
    entry, output = experiment.inputs[0], experiment.outputs[0]
    return input_scale(experiment, entry, dataset.input_scaling), join_scales(dataset.target_scaling, output.targets)
