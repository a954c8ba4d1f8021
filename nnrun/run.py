"""The story of one run: load, claim, generate, build, train, judge, save, draw, report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.errors import Interrupted, TrainingError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment
from nnrun.network.metric_names import refuse_unmeasured
from nnrun.network.sizes import refuse_too_large
from nnrun.plots.artist import Artist
from nnrun.run_listener import RunListener, optional_step
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.folder import claim_folder, removal_reported
from nnrun.runs.identity import identity_of
from nnrun.runs.lock import occupied
from nnrun.runs.provenance import git_state, tensorflow, versions
from nnrun.runs.record import RunRecord, begun, data_files_of, now
from nnrun.runs.resolved_file import resolved_text
from nnrun.runs.resume_state import ResumeState, read_resume_state
from nnrun.runs.writer import RunWriter

if TYPE_CHECKING:  # these packages import TensorFlow, which waits until the run has its folder
    from nnrun.data.dataset import Dataset
    from nnrun.training.setup import TrainingSetup
    from nnrun.training.train import Trained


@dataclass(frozen=True)
class Run:
    """A completed run: its folder and its record."""

    folder: Path
    record: RunRecord


def train_file(
    file: Path,
    options: RunOptions,
    listener: RunListener,
    *,
    overrides: tuple[str, ...] = (),
    name: str | None = None,
    runs_dir: Path = Path("runs"),
    until: int | None = None,
) -> Run:
    """Trains the experiment of a file and saves everything about the run in a new folder.

    Args:
        file: the experiment file.
        options: how it is computed and stored.
        listener: is notified of every step.
        overrides: settings to change, each `PATH=VALUE`.
        name: the experiment's name in place of the file's own.
        runs_dir: the folder of all runs.
        until: the epoch, from 1, after which the run interrupts itself.

    Returns:
        The completed run; its record holds the verdicts.

    Raises:
        ExperimentError: the experiment is not valid; no folder is left behind.
        TrainingError: training diverged; the folder keeps the metrics up to there.
        Interrupted: a signal ended the run; the folder keeps a checkpoint of the last complete epoch.
        StorageError: a file or folder could not be written.
    """
    files = data_files_of(file, options.data_folders)
    experiment = load_experiment(file, overrides, name, files)
    listener.on_safe_point()
    refuse_too_large(experiment, options.memory)
    moment = now()
    record = begun(experiment, moment, options.command, versions(), git_state(file.parent))
    writer = RunWriter(claim_folder(runs_dir, experiment.name, moment), record)
    with occupied(writer.folder):
        with writer.recording(release=True):
            writer.reserve_record()
            writer.write_experiment(experiment.source)
            writer.write_resolved(resolved_text(experiment, writer.folder))
            writer.write_record()
            listener.on_emergency_save(writer.interrupt)
            listener.on_claimed(experiment, writer.folder)
        return TrainingRun(writer, experiment, files, options, listener, until=until).perform()


def resume_run(
    folder: Path, options: RunOptions, listener: RunListener, *, overrides: tuple[str, ...] = (), force: bool = False
) -> Run:
    """Resumes an interrupted run in its folder; the result is that of an uninterrupted run, bit for bit.

    Args:
        folder: the run's folder.
        options: how it is computed and stored.
        listener: is notified of every step.
        overrides: settings to change, each `PATH=VALUE`: the learning rate of the epochs to come, and settings that
            change no trained epoch, such as epochs.
        force: whether to resume where the result will differ from that of an uninterrupted run.

    Returns:
        The completed run.

    Raises:
        ResumeError: the experiment, the data, a package or the machine has changed, every checkpoint is damaged, or
            another process is training in the folder.
        ExperimentError, TrainingError, Interrupted, StorageError: as for `train_file`.
    """
    with occupied(folder):
        resume = read_resume_state(folder, force=force)
        experiment, files = resume.load(folder / layout.RESOLVED, overrides, options.data_folders)
        resume.check_identity(identity_of(experiment.resolved, versions()))
        resume.check_changes(experiment.resolved, experiment.columns.files)
        listener.on_resumed(experiment, folder, resume.epochs)
        if resume.damage:
            listener.on_warning(f"{resume.damage}. Resuming from the checkpoint before it, epoch {resume.epochs}.")
        writer = RunWriter(folder, resume.record, seconds=resume.seconds)
        writer.reserve_record()
        listener.on_emergency_save(writer.interrupt)
        return TrainingRun(writer, experiment, files, options, listener, resume).perform()


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """A run under way in a folder of its own.

    Args:
        writer: writes the run's folder.
        experiment: the experiment.
        files: the data files that were read with it.
        options: how the run is computed and stored.
        listener: is notified of every step.
        resume: what an interrupted run left; None for a new run.
        until: the epoch, from 1, after which the run interrupts itself.
    """

    writer: RunWriter
    experiment: Experiment
    files: DataFiles
    options: RunOptions
    listener: RunListener
    resume: ResumeState | None = None
    until: int | None = None

    def perform(self) -> Run:
        """Generates the data, builds, trains, judges, saves, draws and reports."""
        try:
            with Artist() as artist:
                self._train_and_draw(artist)
        except TrainingError:
            if self.writer.folder.is_dir():  # it is released where nothing was trained
                self._report()
            raise
        except Interrupted as error:
            raise type(error)(replace(error.problems[0], hint=self.writer.remedy)) from error
        self._report()
        return Run(self.writer.folder, self.writer.record)

    def _train_and_draw(self, artist: Artist) -> None:
        with self.writer.recording(release=self.resume is None):
            setup = self._build(generate(self.experiment, self.options.keras_home, self.files))
            self.listener.on_safe_point()
            self._begin(setup)
            trained = self._train(setup)

            from nnrun.predict.predictor import make_predictor
            from nnrun.recorded_training import save_results
            from nnrun.run_plots import begin_plots, save_plots
            from nnrun.training.experiment_training import record_results

            predictor = make_predictor(setup.model, self.experiment, setup.dataset)
            held_out = predictor.predict_held_out(setup.dataset)
            table = save_results(self.writer, setup, trained, predictor, held_out)
            self.writer.end("completed", **record_results(setup, trained))
        self.listener.on_safe_point()
        with removal_reported(self.writer.folder):
            with optional_step(self.listener, "The pictures could not be prepared"):
                begin_plots(artist, self.writer, setup, trained, predictor, held_out, animated=self.options.animated)
            self.listener.on_finished(self.writer.record, table)
            self._diagnose(setup, trained)
            save_plots(artist, self.writer, self.listener)

    def _build(self, dataset: Dataset) -> TrainingSetup:
        """Starts TensorFlow on the right device and builds the model."""
        self.listener.on_stage(f"loading {tensorflow()}")
        from nnrun.model.runtime import start_tensorflow
        from nnrun.training.rule import side_by_side

        device = self.options.device or self.writer.record.device or "auto"
        threads = self.options.threads or self.writer.record.threads
        runtime = start_tensorflow(device, threads, side_by_side=side_by_side(self.experiment))
        self.listener.on_stage("building")
        from nnrun.training.experiment_training import setup_identity
        from nnrun.training.setup import build_setup

        checkpoint = self.resume.checkpoint if self.resume else None
        setup = build_setup(self.experiment, dataset, runtime, checkpoint.identity.engine if checkpoint else None)
        refuse_unmeasured(self.experiment, setup.metrics())
        if self.resume:
            self.resume.check_identity(setup_identity(setup, versions()))
        return setup

    def _begin(self, setup: TrainingSetup) -> None:
        """Stores and reports what is about to be trained."""
        from nnrun.predict.preview import make_preview
        from nnrun.training.experiment_training import setup_identity

        for warning in setup.warnings():
            self.listener.on_warning(warning)
        if self.resume:
            self.writer.write_resolved(resolved_text(self.experiment, self.writer.folder))
            identity = setup_identity(setup, versions())
            self.writer.note(**self.resume.begun(self.experiment, self.writer.began, identity))
        self.writer.note(**setup.facts())
        self.listener.on_built(self.experiment, setup.summary(), setup.facts(), setup.parts())
        if preview := make_preview(self.experiment, setup.dataset, setup.model):
            self.listener.on_preview(preview)

    def _train(self, setup: TrainingSetup) -> Trained:
        """Trains the model; a training that diverges ends the run."""
        from nnrun.recorded_training import train_and_record
        from nnrun.training.failures import divergence

        trained = train_and_record(self.writer, setup, self.options.every, self.listener, self.resume, self.until)
        if trained.diverged:
            self._diagnose(setup, trained)
            findings = self.writer.record.diagnosis
            remedy = findings[0].remedy if findings else None  # the divergence, or what explains it
            raise divergence(self.experiment, trained.diverged, remedy)
        return trained

    def _diagnose(self, setup: TrainingSetup, trained: Trained) -> None:
        from nnrun.diagnosis.training_diagnosis import diagnose_training

        with optional_step(self.listener, "The training could not be diagnosed"):
            self.writer.note(diagnosis=diagnose_training(setup, trained))
            self.listener.on_diagnosed(self.writer.record.diagnosis)

    def _report(self) -> None:
        from nnrun.report.page.write import write_report

        with optional_step(self.listener, "The report could not be written"):
            write_report(self.writer.folder)
