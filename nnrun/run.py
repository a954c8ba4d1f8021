"""The story of one run: load, claim, generate, build, train, judge, save, draw."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrun.data.dataset import Dataset
from nnrun.data.generate import generate
from nnrun.data.rows import Rows, as_batch, network_rows
from nnrun.errors import Bug, ExperimentError, Interrupted, NnrunError, Problem, TrainingError, did_you_mean
from nnrun.plots.artist import Artist
from nnrun.spec.dump import dump
from nnrun.spec.expectation import judge
from nnrun.spec.experiment import Experiment
from nnrun.spec.load import load_experiment
from nnrun.store.arrays import write_arrays
from nnrun.store.atomic import replace_with, write_bytes, write_text
from nnrun.store.folder import claim_folder, release_folder
from nnrun.store.metrics import MetricsFile
from nnrun.store.predictions import write_predictions
from nnrun.store.provenance import git_state, versions
from nnrun.store.record import RunRecord, Status, write_record
from nnrun.watch import Watcher

if TYPE_CHECKING:  # these rooms import TensorFlow, which waits until the run has its folder
    import keras

    from nnrun.model.runtime import Runtime
    from nnrun.model.summary import LayerSummary
    from nnrun.report.answers import Answers
    from nnrun.report.predictions import Table
    from nnrun.training.rule import ComputedBy
    from nnrun.training.train import History, Trained


@dataclass(frozen=True)
class Request:
    """What the command line asks for.

    Args:
        file: the experiment file.
        keras_home: where Keras keeps downloaded sets.
        overrides: settings to change, each `PATH=VALUE`.
        name: the experiment's name in place of the file's own.
        runs_dir: the folder of all runs.
        device: `auto`, `cpu`, `gpu` or `gpu:N`.
        command: the command line, for the record.
    """

    file: Path
    keras_home: Path
    overrides: tuple[str, ...] = ()
    name: str | None = None
    runs_dir: Path = Path("runs")
    device: str = "auto"
    command: tuple[str, ...] = ()


@dataclass
class Run:
    """A run under way: its folder and its record, which grows."""

    folder: Path
    record: RunRecord

    def note(self, **changes: object) -> None:
        """Changes the record and stores it."""
        self.record = replace(self.record, **changes)  # type: ignore[arg-type]
        write_record(self.folder, self.record)

    def end(self, status: Status, reason: str | None = None, **changes: object) -> None:
        """Stores how the run ended."""
        now = _now()
        seconds = round((now - self.record.started).total_seconds(), 3)
        self.note(status=status, reason=reason, finished=now, seconds=seconds, **changes)


def train_file(request: Request, watcher: Watcher) -> Run:
    """Trains the experiment of a file and keeps all there is to know of it in a run folder.

    Returns:
        The completed run; its record holds the verdicts.

    Raises:
        ExperimentError: the experiment cannot be; no folder is left behind.
        TrainingError: training diverged; the folder keeps the metrics up to there.
        Interrupted: a signal ended the run; the folder keeps the metrics up to there.
        StorageError: a file or folder could not be written.
    """
    experiment = load_experiment(request.file, request.overrides, request.name)
    run = _claim(experiment, request)
    watcher.claimed(experiment, run.folder)
    with Artist() as artist:
        with _recorded(run):
            dataset = generate(experiment.data, experiment.seed, request.keras_home)
            network = _build(experiment, dataset, request.device)
            run.note(**network.facts())
            watcher.built(experiment, network.summary(), network.facts(), network.parts())
            trained = _train(run, network, watcher)
            answers = _answer(network)
            table = _save(run, network, trained, answers)
            _judge(run, network, trained)
            watcher.finished(run.record, table)
        _draw(run, network, trained, answers, artist, watcher)
    return run


def _claim(experiment: Experiment, request: Request) -> Run:
    """Takes a folder of its own and writes down what is asked, before anything costly begins."""
    now = _now()
    folder = claim_folder(request.runs_dir, experiment.name, now)
    record = RunRecord(
        name=experiment.name,
        experiment_sha256=hashlib.sha256(experiment.source).hexdigest(),
        status="running",
        started=now,
        seed=experiment.seed,
        command=request.command,
        versions=versions(),
        git=git_state(request.file.parent),
    )
    run = Run(folder, record)
    with _recorded(run):
        write_bytes(folder / "experiment.yaml", experiment.source)
        write_text(folder / "resolved.yaml", dump(experiment.resolved))
        run.note()
    return run


@contextmanager
def _recorded(run: Run) -> Iterator[None]:
    """Stores how the run ended when something ends it early; a folder in which nothing was trained goes."""
    try:
        yield
    except Interrupted as error:
        run.end("interrupted", error.problems[0].message)
        raise
    except NnrunError as error:
        if not release_folder(run.folder):
            run.end("failed", error.problems[0].message)
        raise
    except Exception as error:
        write_text(run.folder / "traceback.txt", traceback.format_exc())
        run.end("failed", f"{type(error).__name__}: {error}")
        raise Bug(f"{type(error).__name__}: {error}. The traceback is in {run.folder / 'traceback.txt'}.") from error


@dataclass(frozen=True, eq=False)
class Network:
    """A compiled model with the rows it learns from.

    Args:
        experiment: what was asked.
        dataset: the data by column.
        runtime: where it is trained.
        engine: what computes its epochs.
        model: the model.
        training: the rows to learn from.
        validation: the rows to validate with, if any.
        test: the rows to judge with at the end, if any.
    """

    experiment: Experiment
    dataset: Dataset
    runtime: Runtime
    engine: ComputedBy
    model: keras.Model
    training: Rows
    validation: Rows | None
    test: Rows | None

    def summary(self) -> list[LayerSummary]:
        """Its layers in numbers."""
        from nnrun.model.summary import summarize

        return summarize(self.model)

    def parts(self) -> dict[str, int]:
        """How many rows each part has."""
        parts = {"training": self.training, "validation": self.validation, "test": self.test}
        return {name: rows.count for name, rows in parts.items() if rows}

    def facts(self) -> dict[str, Any]:
        """What the record says of it."""
        return {
            "device": self.runtime.device,
            "threads": self.runtime.threads,
            "engine": self.engine,
            "parameters": self.model.count_params(),
        }


def _build(experiment: Experiment, dataset: Dataset, device: str) -> Network:
    from nnrun.model.runtime import start_tensorflow

    runtime = start_tensorflow(device)

    from nnrun.model.build import build_model
    from nnrun.training.program import LEARNING_RATE, log_names
    from nnrun.training.rule import choose_engine

    training = network_rows(experiment, dataset.training)
    validation = network_rows(experiment, dataset.validation) if dataset.validation else None
    test = network_rows(experiment, dataset.test) if dataset.test else None
    model = build_model(experiment, training)
    names = [name for name in log_names(model, validated=validation is not None) if name != LEARNING_RATE]
    _refuse_unknown_metrics(experiment, [*names, *(f"test_{name}" for name in names if test)])
    engine = choose_engine(experiment, training.count)
    return Network(experiment, dataset, runtime, engine, model, training, validation, test)


def _refuse_unknown_metrics(experiment: Experiment, names: list[str]) -> None:
    problems = []
    for expectation, place in zip(experiment.expect, experiment.expect_places, strict=True):
        if expectation.metric not in names:
            hint = did_you_mean(expectation.metric, names) or f"This experiment measures: {', '.join(names)}."
            problems.append(Problem(f'Nothing measures "{expectation.metric}".', place, hint))
    if problems:
        raise ExperimentError(*problems)


def _train(run: Run, network: Network, watcher: Watcher) -> Trained:
    """Trains, the metrics reaching their file as they come; a diverged training ends the run."""
    from nnrun.training.train import Plan, train

    experiment = network.experiment
    plan = Plan(experiment.seed, experiment.epochs, experiment.batch_size, experiment.shuffle, network.engine)
    with MetricsFile(run.folder / "metrics.csv") as metrics:

        def observe(history: dict[str, list[float]]) -> None:
            metrics.append(history)
            watcher.trained(history)

        with _computable():
            trained = train(network.model, network.training, network.validation, plan, observe)
    if trained.diverged:
        _save_trace(run, network, trained)
        raise TrainingError(Problem(f"Training diverged: {trained.diverged}.", hint=_calmer(experiment)))
    return trained


@contextmanager
def _computable() -> Iterator[None]:
    """Says what TensorFlow could not compute, such as a loss on targets that it is not for."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        # Below a long trace stands the reason, and below it the node in double brackets.
        reason = error.message.partition("[[")[0].strip().splitlines()[-1]
        raise TrainingError(f"TensorFlow could not go on: {reason}.") from error


def _calmer(experiment: Experiment) -> str:
    hint = "Try a smaller learning rate, for example --set optimizer.learning_rate="
    rate = experiment.optimizer.arguments.get("learning_rate")
    smaller = f"{rate / 10:g}" if isinstance(rate, int | float) else "0.0001"
    scaled = "" if experiment.data.scale != "none" else ", or scale the inputs: --set data.scale=standard"
    return f"{hint}{smaller}{scaled}."


@dataclass(frozen=True, eq=False)
class Answered:
    """The model as others will use it, and what it says.

    Args:
        model: takes and gives the data's own units.
        points: of the points to predict, if any.
        judged: of the rows that judge it.
    """

    model: keras.Model
    points: Answers | None
    judged: Answers


def _answer(network: Network) -> Answered:
    from nnrun.model.deploy import with_scaling
    from nnrun.report.answers import answer_part, answer_points

    experiment, dataset = network.experiment, network.dataset
    model = with_scaling(network.model, experiment, dataset.input_scaling, dataset.target_scaling)
    return Answered(model, answer_points(model, experiment), answer_part(model, experiment, dataset))


def _save(run: Run, network: Network, trained: Trained, answers: Answered) -> Table:
    """Stores the model, its weights and its predictions; returns the latter as a table."""
    from nnrun.model.weights import name_trace, named_weights
    from nnrun.report.answers import table_of

    replace_with(run.folder / "model.keras", answers.model.save)
    _save_trace(run, network, trained)
    weights = named_weights(network.model)
    if trained.trace is not None:
        best = best_epoch(trained.history)
        weights |= {f"best/{name}": values[best] for name, values in name_trace(network.model, trained.trace).items()}
    write_arrays(run.folder / "weights.npz", weights)
    table = table_of(network.experiment, answers.points or answers.judged)
    write_predictions(run.folder / "predictions.csv", table.header, table.rows)
    return table


def _save_trace(run: Run, network: Network, trained: Trained) -> None:
    from nnrun.model.weights import name_trace

    if trained.trace is not None:
        write_arrays(run.folder / "trace.npz", name_trace(network.model, trained.trace))


def _judge(run: Run, network: Network, trained: Trained) -> None:
    """Holds the final metrics against the expectations and completes the record."""
    history = {name: values for name, values in trained.history.items() if name not in ("seconds", "learning_rate")}
    final = {name: values[-1] for name, values in history.items()} | _test(network)
    best = best_epoch(trained.history)
    run.end(
        "completed",
        final_metrics=final,
        best_metrics={"epoch": best, **{name: values[best - 1] for name, values in history.items()}},
        expectations=judge(network.experiment.expect, final),
    )


def _test(network: Network) -> dict[str, float]:
    if network.test is None:
        return {}
    from nnrun.training.program import scalars

    x, y = as_batch(network.test.flat(), len(network.test.inputs))
    results = network.model.evaluate(x, y, batch_size=network.experiment.batch_size, verbose=0, return_dict=True)
    numbers = scalars({name: np.asarray(value) for name, value in results.items()})
    return {f"test_{name}": float(value) for name, value in numbers.items()}


def best_epoch(history: History) -> int:
    """The epoch, from 1, of the lowest validation loss, or of the lowest loss where nothing was validated."""
    losses = history.get("val_loss") or history["loss"]
    return int(np.argmin(losses)) + 1


def _draw(run: Run, network: Network, trained: Trained, answers: Answered, artist: Artist, watcher: Watcher) -> None:
    """Draws what there is to see; a picture that fails is said and costs nothing else."""
    from nnrun.model.weights import name_trace
    from nnrun.report.pictures import choose_pictures

    experiment, dataset = network.experiment, network.dataset
    trace = name_trace(network.model, trained.trace) if trained.trace is not None else None
    try:
        pictures = list(choose_pictures(experiment, dataset, answers.model, trained.history, trace, answers.judged))
    except Interrupted:
        raise
    except Exception as error:
        watcher.warned(f"The pictures could not be prepared: {type(error).__name__}: {error}")
        return
    (run.folder / "plots").mkdir(exist_ok=True)
    for drawn in artist.draw(pictures):
        if drawn.png is None:
            watcher.warned(f"plots/{drawn.name} could not be drawn: {drawn.failure}")
        else:
            write_bytes(run.folder / "plots" / drawn.name, drawn.png)


def _now() -> datetime:
    return datetime.now().astimezone()
