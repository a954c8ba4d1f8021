"""From an experiment file or a run folder to its explanation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnrun.data.dataset import Array, ColumnScale, Dataset
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.data.rows import Rows, flat_rows, join_scales, point_arrays, training_rows
from nnrun.errors import ExperimentError, Place, Problem, StorageError, TrainingError
from nnrun.experiment.callbacks import SETS_THE_RATE
from nnrun.experiment.experiment import Component, Experiment
from nnrun.load import load_experiment
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.record import RunRecord, read_record
from nnrun.walkthrough.explanation import Block, Explanation, Heading, paragraph
from nnrun.walkthrough.render import in_full, rows_to_show, tell_step, tell_trained
from nnrun.walkthrough.render_prediction import Points, scaling_told, tell_predictions
from nnrun.walkthrough.symbols import Names

if TYPE_CHECKING:  # imports TensorFlow, which waits until the question is known to be one
    import keras


@dataclass(frozen=True)
class WalkthroughRequest:
    """What is to be explained.

    Args:
        path: an experiment file, or the folder of a run.
        keras_home: where Keras keeps downloaded sets.
        overrides: settings to change, each `PATH=VALUE`; for a file only.
        step: which step of the training, from 1.
        rows: the most rows of the batch to show; None for as many as are sensible.
    """

    path: Path
    keras_home: Path
    overrides: tuple[str, ...] = ()
    step: int = 1
    rows: int | None = None


def explain(request: WalkthroughRequest) -> Explanation:
    """The model as formulas and one of its training steps by hand; of a run its trained model first.

    Raises:
        ExperimentError: the experiment cannot be, or has no such step.
        TrainingError: the training diverges before the step.
        StorageError: the run folder cannot be read.
    """
    record = _record(request)
    files = DataFiles()
    experiment = _load(request, record, files)
    dataset = generate(experiment, request.keras_home, files)
    training = training_rows(experiment, dataset.training)
    _check_step(experiment, training.count, request.step)
    _refuse_rates_set_between_epochs(experiment)

    from nnrun.model.runtime import start_tensorflow

    start_tensorflow("cpu", record.threads if record else None)
    title = f"{experiment.name} explained: step {request.step} of the training"
    blocks: list[Block] = [Heading(1, title)]
    blocks += scaling_told(_columns(experiment), *_scales(experiment, dataset))
    if record is not None:
        blocks += _trained(request, experiment, dataset, training)
    blocks += _step(request, experiment, training)
    return Explanation(title, tuple(blocks))


def _record(request: WalkthroughRequest) -> RunRecord | None:
    """The record of the run whose folder is asked about; None for a file."""
    if not request.path.is_dir():
        return None
    if not (request.path / layout.RECORD).is_file():
        message = f"{request.path} is a folder without {layout.RECORD}: no run."
        raise ExperimentError(Problem(message, hint="Name an experiment file or the folder of a run."))
    if request.overrides:
        place = Place("--set", 0, 1, request.overrides[0])
        message = "--set changes an experiment file; a run is what it is."
        raise ExperimentError(Problem(message, place, f"Explain {request.path / 'resolved.yaml'} with it instead."))
    return read_record(request.path)


def _load(request: WalkthroughRequest, record: RunRecord | None, files: DataFiles) -> Experiment:
    if record is not None:
        return load_experiment(request.path / "resolved.yaml", files=files)
    return load_experiment(request.path, request.overrides, files=files)


def _check_step(experiment: Experiment, rows: int, step: int) -> None:
    steps = experiment.epochs * -(-rows // experiment.batch_size)
    if not 1 <= step <= steps:
        place = Place("--step", 0, 1, str(step))
        raise ExperimentError(Problem(f"The training has the steps 1 to {steps}. Received: {step}", place))


def _refuse_rates_set_between_epochs(experiment: Experiment) -> None:
    for callback in experiment.callbacks:
        if callback.name in SETS_THE_RATE:
            message = f"{callback.name} changes the learning rate between epochs, which an explanation does not follow."
            raise ExperimentError(Problem(message, callback.place, "Explain it without: --set callbacks=[]"))


def _columns(experiment: Experiment) -> tuple[str, ...]:
    """A name for each number of the input, where every column is one number."""
    known = {column.name: column for column in experiment.columns.inputs}
    taken = [known[name] for entry in experiment.inputs for name in entry.columns]
    return tuple(column.name for column in taken) if all(column.shape == (1,) for column in taken) else ()


def _step(request: WalkthroughRequest, experiment: Experiment, training: Rows) -> Iterator[Block]:
    from nnrun.model.build import build_model
    from nnrun.walkthrough.keras_side import count_steps, keras_step, run_to

    model = build_model(experiment, training)
    run_to(model, experiment, training, request.step)
    if not all(np.isfinite(w.numpy()).all() for w in model.weights):
        raise TrainingError(f"The training diverges before step {request.step}: a weight is not finite.")
    step = keras_step(model, experiment, training, request.step)
    targets = ", ".join(experiment.outputs[0].targets)
    _, steps = count_steps(experiment, training.count)
    scheduled = isinstance(experiment.optimizer.arguments.get("learning_rate"), Component)
    return tell_step(step, _columns(experiment), targets, request.rows, steps, scheduled)


def _trained(request: WalkthroughRequest, experiment: Experiment, dataset: Dataset, training: Rows) -> Iterator[Block]:
    """The trained model as formulas, and its predictions; that there is none, where the run has not come so far."""
    from nnrun.model.build import build_model
    from nnrun.walkthrough.covered import covered_stack

    path = request.path / "weights.npz"
    if not path.is_file():
        yield paragraph("The run has no trained weights: it did not come to its end.")
        return
    model = build_model(experiment, training)
    _put_weights(model, path)
    stack, _ = covered_stack(model)
    if stack is None:
        return
    names = Names(stack, _columns(experiment))
    yield from tell_trained(names)
    if experiment.predict and in_full(stack):
        points = _points(experiment, dataset, model)
        yield from tell_predictions(names, points, request.rows or rows_to_show(stack))


def _put_weights(model: keras.Model, path: Path) -> None:
    """Gives the model the final weights of a run; by position, since nnrun 0.1 named the same layers otherwise."""
    stored = [(name, values) for name, values in read_arrays(path).items() if not name.startswith("best/")]
    for i, weight in enumerate(model.weights):
        name, values = stored[i] if i < len(stored) else ("", np.zeros(0))
        if name.rpartition("/")[2] != weight.path.rpartition("/")[2] or values.shape != tuple(weight.shape):
            raise StorageError(f"{path} does not hold the weights {weight.path} of this experiment.")
        weight.assign(values)


def _points(experiment: Experiment, dataset: Dataset, model: keras.Model) -> Points:
    from nnrun.model.deploy import predict, with_scaling

    inputs = point_arrays(experiment, experiment.predict)
    deployed = with_scaling(model, experiment, dataset.input_scaling, dataset.target_scaling)
    answers: Array = flat_rows(predict(deployed, inputs)[0])
    return Points(flat_rows(inputs[0]), *_scales(experiment, dataset), answers)


def _scales(experiment: Experiment, dataset: Dataset) -> tuple[ColumnScale | None, ColumnScale | None]:
    """The scales of the inputs and of the targets, where they are scaled."""
    entry, output = experiment.inputs[0], experiment.outputs[0]
    return join_scales(dataset.input_scaling, entry.columns), join_scales(dataset.target_scaling, output.targets)
