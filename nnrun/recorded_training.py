"""The training of a run, whose metrics and checkpoints are written on the way."""

from __future__ import annotations

from dataclasses import replace

from nnrun.errors import Interrupted, Paused, Problem, ResumeError
from nnrun.predict.prediction_rows import PredictionTable
from nnrun.predict.predictor import Predictions, Predictor, make_predictor
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.checkpoint import Checkpoint
from nnrun.runs.checkpoint_writer import CheckpointWriter
from nnrun.runs.data_record import data_record
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.judge.sample_predictions import SamplePredictions
from nnrun.runs.provenance import versions
from nnrun.runs.record import now
from nnrun.runs.resume_state import ResumeState
from nnrun.runs.writer import RunWriter
from nnrun.training.experiment_training import (
    plan_training,
    record_results,
    setup_identity,
    trace_arrays,
    weight_arrays,
)
from nnrun.training.failures import tensorflow_errors
from nnrun.training.program import log_names
from nnrun.training.setup import TrainingSetup
from nnrun.training.snapshot import History, Replay, TrainingSnapshot, to_snapshot
from nnrun.training.state import variables
from nnrun.training.train import Trained, Training, TrainingPlan


def train_and_record(
    writer: RunWriter,
    setup: TrainingSetup,
    options: RunOptions,
    listener: RunListener,
    resume: ResumeState | None = None,
) -> Trained:
    """Trains a model and writes metrics, checkpoints and the weights at every epoch into the folder of its run.

    Args:
        writer: writes the run's folder.
        setup: the model and its data.
        options: how far apart checkpoints are, and the epoch after which to interrupt the training.
        listener: is notified of the epochs.
        resume: what an interrupted training of the same model and data left.

    Raises:
        TrainingError: TensorFlow cannot compute the training.
        Interrupted: a signal ended it; the last complete epoch is in the checkpoint.
        Paused: it has reached `options.until`; likewise.
        StorageError: a file could not be written.
    """
    plan = plan_training(setup.experiment, setup.engine, writer.folder, options.every.epochs)
    plan = replace(plan, between=listener.on_safe_point)
    identity = setup_identity(setup, versions())
    training = _begin(setup, plan, options, resume)
    checkpoints = CheckpointWriter(
        writer.folder, lambda: Checkpoint(identity, training.snapshot().arrays()), options.every, training.epochs
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
        if not training.compiled:
            listener.on_stage(f"compiling ({setup.engine})")
        try:
            with tensorflow_errors():
                training.run(observe, options.until)
        except Interrupted:
            checkpoints.write()
            writer.note(epochs=training.epochs)
            raise
        checkpoints.write()
    if training.diverged or training.epochs == options.until:
        writer.note(epochs=training.epochs)
    if training.epochs == options.until:
        raise Paused(f"Interrupted after epoch {options.until}, as requested.")
    listener.on_stage("predicting and saving")
    return _finish(writer, setup, training)


def _finish(writer: RunWriter, setup: TrainingSetup, training: Training) -> Trained:
    """The trained model; its weights at every epoch are written where they are kept."""
    trained = training.finish()
    if trace := trace_arrays(setup, trained):
        writer.write_trace(trace)
    return trained


def save_results(
    writer: RunWriter, setup: TrainingSetup, trained: Trained, baseline: RunEvidence | None = None
) -> tuple[Predictor, Predictions, PredictionTable]:
    """Predicts, saves the model, its weights, what its data are scaled with and the predictions, and completes the run.

    Args:
        writer: writes the run's folder.
        setup: the model and its data.
        trained: the training.
        baseline: the run that its expectations compare it with.

    Returns:
        The trained model, its predictions for the held-out samples, and the table of the predictions that were saved.

    Raises:
        StorageError: a file could not be written.
    """
    predictor = make_predictor(setup.model, setup.experiment, setup.dataset)
    held_out = predictor.predict_held_out(setup.dataset)
    writer.write_model(predictor.model.save)
    writer.write_weights(weight_arrays(setup, trained))
    writer.write_data(data_record(setup.experiment, setup.dataset))
    points = setup.experiment.predict
    table = predictor.tabulate(predictor.predict_points(points, setup.dataset) if points else held_out)
    writer.write_predictions(table.header, table.rows)
    predictions = SamplePredictions(table.header, table.rows)
    seconds = writer.seconds_until(now())
    results = record_results(setup, trained, seconds=seconds, predictions=lambda: predictions, baseline=baseline)
    writer.complete(**results)
    return predictor, held_out, table


def _begin(setup: TrainingSetup, plan: TrainingPlan, options: RunOptions, resume: ResumeState | None) -> Training:
    """The training from its beginning, or from the checkpoint of an interrupted one.

    Raises:
        ResumeError: the checkpoint is not that of such a training.
    """
    if resume is None and options.models:
        return options.models.training(setup, plan)
    if resume is None or resume.checkpoint is None:
        return Training(setup.model, *setup.fed, plan)
    rate = resume.new_rate(setup.experiment.resolved)
    try:
        start = to_snapshot(resume.checkpoint.arrays)
        _check_shapes(setup, start)
        return Training(setup.model, *setup.fed, plan, start, rate=rate)
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
