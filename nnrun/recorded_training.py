"""The training of a run, whose metrics and checkpoints are written on the way."""

from __future__ import annotations

from nnrun.errors import Interrupted, Paused, Problem, ResumeError
from nnrun.predict.prediction_rows import PredictionTable
from nnrun.predict.predictor import Predictions, Predictor
from nnrun.run_listener import RunListener
from nnrun.runs.checkpoint import Checkpoint
from nnrun.runs.checkpoint_writer import CheckpointWriter, Interval
from nnrun.runs.provenance import versions
from nnrun.runs.resume_state import ResumeState
from nnrun.runs.writer import RunWriter
from nnrun.training.experiment_training import plan_training, setup_identity, trace_arrays, weight_arrays
from nnrun.training.failures import tensorflow_errors
from nnrun.training.program import log_names
from nnrun.training.setup import TrainingSetup
from nnrun.training.snapshot import History, Replay, TrainingSnapshot, to_snapshot
from nnrun.training.state import variables
from nnrun.training.train import Trained, Training, TrainingPlan


def train_and_record(
    writer: RunWriter,
    setup: TrainingSetup,
    every: Interval,
    listener: RunListener,
    resume: ResumeState | None = None,
    until: int | None = None,
) -> Trained:
    """Trains a model and writes metrics, checkpoints and the weights at every epoch into the folder of its run.

    Args:
        writer: writes the run's folder.
        setup: the model and its data.
        every: how far apart checkpoints are.
        listener: is notified of the epochs.
        resume: what an interrupted training of the same model and data left.
        until: the epoch, from 1, after which to interrupt the training.

    Raises:
        TrainingError: TensorFlow cannot compute the training.
        Interrupted: a signal ended it; the last complete epoch is in the checkpoint.
        Paused: it has reached `until`; likewise.
        StorageError: a file could not be written.
    """
    plan = plan_training(setup.experiment, setup.engine, writer.folder, every.epochs)
    identity = setup_identity(setup, versions())
    training = _begin(setup, plan, resume)
    checkpoints = CheckpointWriter(
        writer.folder, lambda: Checkpoint(identity, training.snapshot().arrays()), every, training.epochs
    )
    with writer.open_metrics(training.history) as metrics:

        def observe(history: History) -> None:
            metrics.append(history)
            listener.on_safe_point()
            listener.on_epochs(history)
            checkpoints.passed(len(history["seconds"]))

        def save() -> None:
            if writer.record.status == "running":
                checkpoints.write()
                writer.note(epochs=checkpoints.epochs)

        listener.on_emergency_save(save)
        listener.on_safe_point()
        listener.on_stage(f"compiling ({setup.engine})")
        try:
            with tensorflow_errors():
                training.run(observe, until)
        except Interrupted:
            checkpoints.write()
            writer.note(epochs=training.epochs)
            raise
        checkpoints.write()
    if training.diverged or training.epochs == until:
        writer.note(epochs=training.epochs)
    if training.epochs == until:
        raise Paused(f"Interrupted after epoch {until}, as requested.")
    listener.on_stage("predicting and saving")
    return _finish(writer, setup, training)


def _finish(writer: RunWriter, setup: TrainingSetup, training: Training) -> Trained:
    """The trained model; its weights at every epoch are written where they are kept."""
    trained = training.finish()
    if trace := trace_arrays(setup, trained):
        writer.write_trace(trace)
    return trained


def save_results(
    writer: RunWriter, setup: TrainingSetup, trained: Trained, predictor: Predictor, held_out: Predictions
) -> PredictionTable:
    """Saves the model, its weights and its predictions; returns the latter as a table.

    Args:
        writer: writes the run's folder.
        setup: the model and its data.
        trained: the training.
        predictor: the trained model.
        held_out: its predictions for the held-out samples.

    Raises:
        StorageError: a file could not be written.
    """
    writer.write_model(predictor.model.save)
    writer.write_weights(weight_arrays(setup, trained))
    points = setup.experiment.predict
    table = predictor.tabulate(predictor.predict_points(points, setup.dataset) if points else held_out)
    writer.write_predictions(table.header, table.rows)
    return table


def _begin(setup: TrainingSetup, plan: TrainingPlan, resume: ResumeState | None) -> Training:
    """The training from its beginning, or from the checkpoint of an interrupted one.

    Raises:
        ResumeError: the checkpoint is not that of such a training.
    """
    if resume is None or resume.checkpoint is None:
        return Training(setup.model, setup.training, setup.validation, plan)
    rate = resume.new_rate(setup.experiment.resolved)
    try:
        start = to_snapshot(resume.checkpoint.arrays)
        _check_shapes(setup, start)
        return Training(setup.model, setup.training, setup.validation, plan, start, rate=rate)
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        hint = "There is no state left to resume from; train the experiment again."
        raise ResumeError(Problem(f"The checkpoint does not fit the model of this run: {error}.", hint=hint)) from error


def _check_shapes(setup: TrainingSetup, start: TrainingSnapshot) -> None:
    """Refuses other metrics, and arrays of other shapes, which TensorFlow would take."""
    weights = [tuple(weight.shape) for weight in setup.model.weights]
    state = [tuple(variable.shape) for variable in variables(setup.model)]
    names = {*log_names(setup.model, validated=setup.validation is not None), "seconds"}
    if start.epochs and set(start.history) != names:
        raise ValueError("its metrics have other names")
    if [value.shape for value in start.state.values] != state:
        raise ValueError("its weights have other shapes")
    if start.trace and [value.shape for value in start.trace] != [(start.epochs + 1, *shape) for shape in weights]:
        raise ValueError("its weights at every epoch have other shapes")
    for saved in start.weights.values():
        values, shapes = (saved.state.values, state) if isinstance(saved, Replay) else (saved, weights)
        if [value.shape for value in values] != shapes:
            raise ValueError("its weights of an earlier epoch have other shapes")
