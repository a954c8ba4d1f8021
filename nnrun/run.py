"""The story of one run: load, claim, generate, build, train, judge, save, draw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from nnrun.data.dataset import Dataset
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.errors import Interrupted, Problem, ResumeError, StorageError, TrainingError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.dump import dump
from nnrun.load import load_experiment
from nnrun.network.metric_names import refuse_unmeasured
from nnrun.plots.artist import Artist
from nnrun.plots.picture import drawings
from nnrun.report.scene import read_scene, write_scene
from nnrun.run_listener import RunListener
from nnrun.runs.arrays import write_arrays
from nnrun.runs.atomic import replace_with, write_bytes, write_text
from nnrun.runs.checkpoint import Checkpoint, find_checkpoint
from nnrun.runs.checkpoint_writer import Interval, Keeper
from nnrun.runs.folder import claim_folder
from nnrun.runs.identity import Identity, identity_of, refuse_differences
from nnrun.runs.lock import occupied
from nnrun.runs.metrics_file import MetricsFile
from nnrun.runs.open_run import Run, now, recorded
from nnrun.runs.predictions_file import write_predictions
from nnrun.runs.provenance import git_state, versions
from nnrun.runs.record import RunRecord, begun, read_record
from nnrun.runs.verdict import judge

if TYPE_CHECKING:  # these rooms import TensorFlow, which waits until the run has its folder
    import keras

    from nnrun.data.dataset import Array
    from nnrun.predict.predict import Predictions
    from nnrun.predict.prediction_rows import PredictionTable
    from nnrun.training.rule import ComputedBy
    from nnrun.training.setup import TrainingSetup
    from nnrun.training.snapshot import History
    from nnrun.training.train import Trained, Training, TrainingPlan


@dataclass(frozen=True)
class RunOptions:
    """With what runs are computed and kept.

    Args:
        keras_home: where Keras keeps downloaded sets.
        device: `auto`, `cpu`, `gpu`, `gpu:N` or `all`.
        threads: threads that one operation may use; None for every processor of this process.
        every: how far apart checkpoints are.
        command: the command line, for the record.
        animated: whether the pictures include the animation of the training.
    """

    keras_home: Path
    device: str | None = None
    threads: int | None = None
    every: Interval = field(default_factory=Interval)
    command: tuple[str, ...] = ()
    animated: bool = True


@dataclass(frozen=True)
class ResumeState:
    """What an interrupted run left.

    Args:
        record: its record.
        checkpoint: the state to go on from; None where none was written yet.
        force: whether to go on where the result will not be that of an uninterrupted run.
    """

    record: RunRecord
    checkpoint: Checkpoint | None
    force: bool


def train_file(
    file: Path,
    means: RunOptions,
    watcher: RunListener,
    *,
    overrides: tuple[str, ...] = (),
    name: str | None = None,
    runs_dir: Path = Path("runs"),
    until: int | None = None,
) -> Run:
    """Trains the experiment of a file and keeps all there is to know of it in a run folder.

    Args:
        file: the experiment file.
        means: with what it is computed.
        watcher: hears of every step.
        overrides: settings to change, each `PATH=VALUE`.
        name: the experiment's name in place of the file's own.
        runs_dir: the folder of all runs.
        until: the epoch, from 1, after which the run interrupts itself.

    Returns:
        The completed run; its record holds the verdicts.

    Raises:
        ExperimentError: the experiment cannot be; no folder is left behind.
        TrainingError: training diverged; the folder keeps the metrics up to there.
        Interrupted: a signal ended the run; the folder keeps a checkpoint of the last whole epoch.
        StorageError: a file or folder could not be written.
    """
    files = DataFiles()
    experiment = load_experiment(file, overrides, name, files)
    run = _claim(experiment, file, runs_dir, means)
    with occupied(run.folder):
        with recorded(run, release=True):
            watcher.claimed(experiment, run.folder)
        _perform(run, experiment, files, None, means, watcher, until)
    return run


def resume_run(
    folder: Path, means: RunOptions, watcher: RunListener, *, overrides: tuple[str, ...] = (), force: bool = False
) -> Run:
    """Goes on with an interrupted run in its folder; the result is that of a run that never stopped.

    Args:
        folder: the run's folder.
        means: with what it is computed; device and threads are by default those of the run.
        watcher: hears of every step.
        overrides: settings to change, each `PATH=VALUE`; the epochs may be others.
        force: whether to go on where the result will not be that of an uninterrupted run.

    Returns:
        The completed run.

    Raises:
        ResumeError: the experiment, the data, Keras or the machine are others, every checkpoint is damaged, or another
            process is training in the folder.
        ExperimentError, TrainingError, Interrupted, StorageError: as for `train_file`.
    """
    with occupied(folder):
        record = read_record(folder)
        files = DataFiles()
        experiment = load_experiment(folder / "resolved.yaml", overrides, files=files)
        found = find_checkpoint(folder)
        past = ResumeState(record, found.checkpoint if found else None, force)
        _check(past, identity_of(experiment.resolved, versions()))
        run = Run(folder, record)
        epochs = int(past.checkpoint.arrays["epochs"]) if past.checkpoint else 0
        _check_epochs(epochs, experiment.epochs)
        watcher.resumed(experiment, folder, epochs)
        if found and found.damage:
            watcher.warned(f"{found.damage}. Going on from the checkpoint before it, epoch {epochs}.")
        _perform(run, experiment, files, past, means, watcher, None)
    return run


def _check(past: ResumeState, now: Identity) -> None:
    if past.checkpoint and not past.force:
        hint = "The result would differ from that of an uninterrupted run. To resume anyway: --force"
        refuse_differences(past.checkpoint.identity, now, "when the run stopped", hint)


def _check_epochs(trained: int, requested: int) -> None:
    if requested < trained:
        message = f"The run has already trained {trained} epochs. Received: epochs={requested}"
        raise ResumeError(Problem(message, hint="For a shorter run, train the experiment again."))


def _claim(experiment: Experiment, file: Path, runs_dir: Path, means: RunOptions) -> Run:
    """Takes a folder of its own and writes down what is asked, before anything costly begins."""
    moment = now()
    record = begun(experiment, moment, means.command, versions(), git_state(file.parent))
    folder = claim_folder(runs_dir, experiment.name, moment)
    run = Run(folder, record)
    with recorded(run, release=True):  # from the claim on, whatever ends the run leaves word of it
        write_bytes(folder / "experiment.yaml", experiment.source)
        write_text(folder / "resolved.yaml", dump(experiment.resolved))
        run.note()
    return run


def _perform(
    run: Run,
    experiment: Experiment,
    files: DataFiles,
    past: ResumeState | None,
    means: RunOptions,
    watcher: RunListener,
    until: int | None,
) -> None:
    """What a fresh run and one that goes on have in common."""
    try:
        _train_and_show(run, experiment, files, past, means, watcher, until)
    except TrainingError:
        if run.folder.is_dir():  # it is gone where nothing was trained
            _report(run, watcher)
        raise
    except Interrupted as error:
        raise _with_way_on(error, run.folder) from error
    _report(run, watcher)


def _with_way_on(error: Interrupted, folder: Path) -> Interrupted:
    return type(error)(replace(error.problems[0], hint=f"nnrun resume {folder} goes on."))


def _train_and_show(
    run: Run,
    experiment: Experiment,
    files: DataFiles,
    past: ResumeState | None,
    means: RunOptions,
    watcher: RunListener,
    until: int | None,
) -> None:
    with Artist() as artist:
        with recorded(run, release=past is None):
            dataset = generate(experiment, means.keras_home, files)
            network = _build(experiment, dataset, past, means)
            if network.runtime.warning:
                watcher.warned(network.runtime.warning)
            _begin(run, experiment, past)
            run.note(**network.facts())
            watcher.built(experiment, network.summary(), network.facts(), network.parts())
            _let_look(network, watcher)
            trained = _train(run, network, past, means, watcher, until)
            answers = _answer(network)
            table = _save(run, network, trained, answers)
            _judge(run, network, trained)
        _sketch(run, network, trained, answers, artist, watcher, animated=means.animated)
        watcher.finished(run.record, table)
        _diagnose(run, network, trained, watcher)
        _draw(run, artist, watcher)


def _let_look(network: TrainingSetup, watcher: RunListener) -> None:
    from nnrun.predict.preview import live_prediction

    look = live_prediction(network.experiment, network.dataset, network.model)
    if look is not None:
        watcher.answering(look)


def _build(experiment: Experiment, dataset: Dataset, past: ResumeState | None, means: RunOptions) -> TrainingSetup:
    """Starts TensorFlow where the run is to take place, or took place before, and builds the model."""
    from nnrun.model.runtime import start_tensorflow
    from nnrun.training.rule import side_by_side

    record = past.record if past else None
    device = means.device or (record.device if record else None) or "auto"
    threads = means.threads or (record.threads if record else None)
    runtime = start_tensorflow(device, threads, side_by_side=side_by_side(experiment))

    from nnrun.training.setup import build_setup

    engine = past.checkpoint.identity.engine if past and past.checkpoint else None
    network = build_setup(experiment, dataset, runtime, engine)
    refuse_unmeasured(experiment, network.metrics())
    if past:
        _check(past, _identity(network))
    return network


def _begin(run: Run, experiment: Experiment, past: ResumeState | None) -> None:
    """Writes down that an interrupted run goes on."""
    if past is not None:
        write_text(run.folder / "resolved.yaml", dump(experiment.resolved))
        run.note(status="running", reason=None, finished=None, resumed=(*run.record.resumed, now()))


def _identity(network: TrainingSetup) -> Identity:
    return msgspec.structs.replace(
        identity_of(network.experiment.resolved, versions()),
        engine=network.engine,
        device=network.runtime.device,
        threads=network.runtime.threads,
        data=network.digest,
    )


def _train(
    run: Run,
    network: TrainingSetup,
    past: ResumeState | None,
    means: RunOptions,
    watcher: RunListener,
    until: int | None,
) -> Trained:
    """Trains, the metrics and checkpoints reaching their files as they come; a diverged training ends the run."""
    from nnrun.training.failures import divergence, tensorflow_errors

    training = _training(run, network, past, means)
    identity = _identity(network)
    done = training.epochs
    keeper = Keeper(run.folder, lambda: Checkpoint(identity, training.snapshot().arrays()), means.every, done)
    with MetricsFile(run.folder / "metrics.csv", training.history) as metrics:

        def observe(history: History) -> None:
            metrics.append(history)
            watcher.trained(history)
            keeper.passed(len(history["seconds"]))

        watcher.entrusted(lambda: _give_up(run, keeper))
        try:
            with tensorflow_errors():
                training.run(observe, until)
        except Interrupted:
            keeper.write()
            raise
        keeper.write()
    if until is not None and training.epochs == until:
        raise Interrupted(f"Interrupted after epoch {until}, as asked.")
    trained = training.finish()
    if trained.diverged:
        _save_trace(run, network, trained)
        _diagnose(run, network, trained, watcher)
        remedy = next((finding.remedy for finding in run.record.diagnosis if finding.kind == "divergence"), None)
        raise divergence(network.experiment, trained.diverged, remedy)
    return trained


def _training(run: Run, network: TrainingSetup, past: ResumeState | None, means: RunOptions) -> Training:
    from nnrun.training.snapshot import to_snapshot
    from nnrun.training.train import Training

    plan = training_plan(network.experiment, network.engine, run.folder, means.every.epochs)
    start = to_snapshot(past.checkpoint.arrays) if past and past.checkpoint else None
    return Training(network.model, network.training, network.validation, plan, start)


def training_plan(
    experiment: Experiment, engine: ComputedBy, folder: Path, longest_chunk: int | None = None
) -> TrainingPlan:
    """How an experiment is trained.

    Args:
        experiment: the experiment.
        engine: what computes its epochs.
        folder: where its callbacks write.
        longest_chunk: the most epochs between two looks, if there is such a limit.
    """
    from nnrun.model.callback_objects import build_callbacks, build_schedule
    from nnrun.training.train import TrainingPlan

    return TrainingPlan(
        seed=experiment.seed,
        epochs=experiment.epochs,
        batch_size=experiment.batch_size,
        shuffle=experiment.shuffle,
        engine=engine,
        keep=experiment.keep,
        callbacks=build_callbacks(experiment, folder),
        schedule=build_schedule(experiment),
        longest_chunk=longest_chunk,
    )


def _give_up(run: Run, keeper: Keeper) -> None:
    """Keeps what can be kept of a run that does not come back from a long computation."""
    if run.record.status == "running":
        keeper.write()
        run.end("interrupted", "Interrupted.")


@dataclass(frozen=True, eq=False)
class Answered:
    """The model as others will use it, and what it says.

    Args:
        model: takes and gives the data's own units.
        points: of the points to predict, if any.
        judged: of the rows that judge it.
    """

    model: keras.Model
    points: Predictions | None
    judged: Predictions


def _answer(network: TrainingSetup) -> Answered:
    from nnrun.model.deploy import with_scaling
    from nnrun.predict.predict import answer_part, answer_points

    experiment, dataset = network.experiment, network.dataset
    model = with_scaling(network.model, experiment, dataset.input_scaling, dataset.target_scaling)
    return Answered(model, answer_points(model, experiment), answer_part(model, experiment, dataset))


def _save(run: Run, network: TrainingSetup, trained: Trained, answers: Answered) -> PredictionTable:
    """Stores the model, its weights and its predictions; returns the latter as a table."""
    from nnrun.predict.predict import table_of

    replace_with(run.folder / "model.keras", answers.model.save)
    _save_trace(run, network, trained)
    write_arrays(run.folder / "weights.npz", kept_weights(network, trained))
    table = table_of(network.experiment, answers.points or answers.judged)
    write_predictions(run.folder / "predictions.csv", table.header, table.rows)
    return table


def kept_weights(network: TrainingSetup, trained: Trained) -> dict[str, Array]:
    """The weights of the trained model by name and, where every epoch's are known, those of the best under `best/`."""
    from nnrun.model.weights import name_trace, named_weights
    from nnrun.training.train import best_epoch

    weights = named_weights(network.model)
    if trained.trace is not None:
        best = best_epoch(trained.history)
        weights |= {f"best/{name}": values[best] for name, values in name_trace(network.model, trained.trace).items()}
    return weights


def _save_trace(run: Run, network: TrainingSetup, trained: Trained) -> None:
    from nnrun.model.weights import name_trace

    if trained.trace is not None:
        write_arrays(run.folder / "trace.npz", name_trace(network.model, trained.trace))


def _judge(run: Run, network: TrainingSetup, trained: Trained) -> None:
    """Holds the metrics of the model against the expectations and completes the record."""
    run.end("completed", **results(network, trained))


def results(network: TrainingSetup, trained: Trained) -> dict[str, Any]:
    """What the record of a completed run says of its training."""
    from nnrun.training.train import best_epoch

    experiment = network.experiment
    history = {name: values for name, values in trained.history.items() if name not in ("seconds", "learning_rate")}
    final = {name: values[trained.kept - 1] for name, values in history.items()} | network.test_metrics()
    best = best_epoch(trained.history)
    early = f"A callback stopped the training after epoch {trained.epochs} of {experiment.epochs}."
    return {
        "reason": early if trained.stopped else None,
        "epochs": trained.epochs,
        "kept_epoch": trained.kept,
        "final_metrics": final,
        "best_metrics": {"epoch": best, **{name: values[best - 1] for name, values in history.items()}},
        "expectations": judge(experiment.expect, final),
    }


def _diagnose(run: Run, network: TrainingSetup, trained: Trained, watcher: RunListener) -> None:
    """Says what ails the training."""
    import numpy as np

    from nnrun.diagnosis.diagnose import diagnose
    from nnrun.diagnosis.gather import gather
    from nnrun.predict.task import task_of

    model, experiment = network.model, network.experiment
    rng = np.random.default_rng(experiment.seed)
    with _costing_nothing_else(watcher, "The training could not be diagnosed"):
        task = task_of(experiment, experiment.outputs[0], int(np.prod(model.outputs[0].shape[1:])))
        findings = diagnose(gather(model, experiment, network.training, network.validation, trained, task, rng))
        run.note(diagnosis=findings)
        watcher.diagnosed(findings)


@contextmanager
def _costing_nothing_else(watcher: RunListener, failure: str) -> Iterator[None]:
    """Says what failed where a run is worth keeping without it; a full disk is not passed over."""
    try:
        yield
    except (Interrupted, StorageError):
        raise
    except Exception as error:
        watcher.warned(f"{failure}: {type(error).__name__}: {error}")


def _sketch(
    run: Run,
    network: TrainingSetup,
    trained: Trained,
    answers: Answered,
    artist: Artist,
    watcher: RunListener,
    *,
    animated: bool,
) -> None:
    """Chooses what there is to see, and lets the artist begin to draw it."""
    from nnrun.report.picture_source import PictureSource
    from nnrun.report.pictures import choose_pictures

    subject = PictureSource(
        network.experiment,
        network.dataset,
        network.model,
        network.training,
        answers.model,
        trained.history,
        trained.trace,
        answers.judged,
    )
    with _costing_nothing_else(watcher, "The pictures could not be prepared"):
        write_scene(run.folder, choose_pictures(subject, animated=animated))
        artist.begin(list(drawings(read_scene(run.folder))))


def _draw(run: Run, artist: Artist, watcher: RunListener) -> None:
    """Keeps what the artist has drawn."""
    from nnrun.report.page.write import prepare

    prepare()  # while others draw
    for drawn in artist.drawn():
        if drawn.data is None:
            watcher.warned(f"plots/{drawn.file} could not be drawn: {drawn.failure}")
        else:
            write_bytes(run.folder / "plots" / drawn.file, drawn.data)


def _report(run: Run, watcher: RunListener) -> None:
    """Writes the page that shows the run."""
    from nnrun.report.page.write import write_report

    with _costing_nothing_else(watcher, "The report could not be written"):
        write_report(run.folder)
