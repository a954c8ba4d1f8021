"""The story of one run: load, claim, generate, build, train, judge, save, draw, report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.data.stream.rule import stream_if_large
from nnrun.errors import Interrupted, TrainingError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment
from nnrun.network.trainable import refuse_untrainable
from nnrun.plots.artist import Artist, artist_for
from nnrun.run_listener import RunListener, optional_step
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.completed_run import CompletedRun
from nnrun.runs.folder import claim_folder, removal_reported
from nnrun.runs.identity import identity_of
from nnrun.runs.judge.baseline_run import baseline_for
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.lock import occupied
from nnrun.runs.provenance import git_changes, loading_stage, versions
from nnrun.runs.record import begun, now
from nnrun.runs.recorded_files import data_files_of
from nnrun.runs.resolved_file import resolved_text
from nnrun.runs.resume_state import ResumeState, read_resume_state
from nnrun.runs.writer import RunWriter
from nnrun.store.start_run import pin_start
from nnrun.tracking.tracker import TrackedRun
from nnrun.tracking.tracking import refuse_missing, tracked

if TYPE_CHECKING:  # these packages import TensorFlow, which waits until the run has its folder
    from nnrun.data.dataset import Dataset
    from nnrun.training.setup import TrainingSetup
    from nnrun.training.train import Trained


def train_file(
    file: Path,
    options: RunOptions,
    listener: RunListener,
    *,
    overrides: tuple[str, ...] = (),
    name: str | None = None,
    runs_dir: Path = Path("runs"),
) -> CompletedRun:
    """Trains the experiment of a file and saves everything about the run in a new folder.

    Args:
        file: the experiment file.
        options: how it is computed and stored.
        listener: is notified of every step.
        overrides: settings to change, each `PATH=VALUE`.
        name: the experiment's name in place of the file's own.
        runs_dir: the folder of all runs.

    Returns:
        The completed run; its record holds the verdicts.

    Raises:
        ExperimentError: the experiment is not valid; no folder is left behind.
        TrainingError: training diverged; the folder keeps the metrics up to there.
        Interrupted: a signal ended the run; the folder keeps a checkpoint of the last complete epoch.
        StorageError: a file or folder could not be written.
    """
    files = data_files_of(file, *options.files)
    experiment = load_experiment(file, overrides, name, files)
    return train_experiment(experiment, files, options, listener, file.parent, runs_dir)


def train_experiment(
    experiment: Experiment, files: DataFiles, options: RunOptions, listener: RunListener, folder: Path, runs_dir: Path
) -> CompletedRun:
    """As `train_file`, for an experiment that was read with these data files and lies in `folder`."""
    listener.on_safe_point()
    experiment = stream_if_large(experiment, options.free_memory)
    refuse_untrainable(experiment, options.memory)
    baseline = baseline_for(experiment.placed_expectations, options.baseline)
    experiment, moment = pin_start(experiment, folder, runs_dir), now()
    git, patch = git_changes(folder, saved=options.git_patch)
    record = begun(experiment, moment, options.command, versions(), git)
    writer = RunWriter(claim_folder(runs_dir, experiment.name, moment), record)
    with occupied(writer.folder):
        with writer.recording(release=True):
            writer.begin(experiment, resolved_text(experiment, writer.folder), patch, options.source_run)
            listener.on_emergency_save(writer.interrupt)
            listener.on_claimed(experiment, writer.folder)
        return TrainingRun(writer, experiment, files, options, listener, baseline=baseline).perform()


def resume_run(
    folder: Path, options: RunOptions, listener: RunListener, *, overrides: tuple[str, ...] = (), force: bool = False
) -> CompletedRun:
    """Resumes an interrupted run in its folder; the result is that of an uninterrupted run, bit for bit.

    Args:
        folder: the run's folder.
        options: how it is computed and stored.
        listener: is notified of every step.
        overrides: settings to change, each `PATH=VALUE`: those that change no trained epoch, and the learning rate.
        force: whether to resume where the result will differ from that of an uninterrupted run.

    Returns:
        The completed run.

    Raises:
        ResumeError: what decides the result has changed, no checkpoint is whole, or another process trains there.
        ExperimentError, TrainingError, Interrupted, StorageError: as for `train_file`.
    """
    with occupied(folder):
        resume = read_resume_state(folder, force=force)
        experiment, files = resume.load(folder / layout.RESOLVED, overrides, *options.files)
        baseline = baseline_for(experiment.placed_expectations, options.baseline)
        resume.check_identity(identity_of(experiment.resolved, versions()), listener.on_warning)
        resume.check_changes(experiment.resolved, experiment.columns.files)
        listener.on_resumed(experiment, folder, resume.epochs)
        if resume.damage:
            listener.on_warning(f"{resume.damage}. Resuming from the checkpoint before it, epoch {resume.epochs}.")
        writer = RunWriter(folder, resume.record, seconds=resume.seconds)
        writer.reserve_record()
        listener.on_emergency_save(writer.interrupt)
        return TrainingRun(writer, experiment, files, options, listener, resume, baseline).perform()


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
        baseline: the run that its expectations compare it with.
    """

    writer: RunWriter
    experiment: Experiment
    files: DataFiles
    options: RunOptions
    listener: RunListener
    resume: ResumeState | None = None
    baseline: RunEvidence | None = None

    def perform(self) -> CompletedRun:
        """Generates the data, builds, trains, judges, saves, draws and reports; trackers are notified, too."""
        run = TrackedRun(self.experiment, self.writer.folder, self.resume.epochs if self.resume else 0)
        with tracked(run, self.listener) as listener:
            return replace(self, listener=listener).perform_untracked()

    def perform_untracked(self) -> CompletedRun:
        """The same without trackers."""
        try:
            with artist_for(self.options.plotted, self.options.artist) as artist:
                self._train_and_draw(artist)
        except TrainingError:
            if self.writer.folder.is_dir():  # it is released where nothing was trained
                self._report()
            raise
        except Interrupted as error:
            raise type(error)(replace(error.problems[0], hint=self.writer.remedy)) from error
        self._report()
        return CompletedRun(self.writer.folder, self.writer.record)

    def _train_and_draw(self, artist: Artist | None) -> None:
        with self.writer.recording(release=self.resume is None):
            setup = self._build(generate(self.experiment, self.options.keras_home, self.files))
            self.listener.on_safe_point()
            self._begin(setup)
            trained = self._train(setup)

            from nnrun.recorded_training import save_results
            from nnrun.run_plots import begin_plots, save_plots

            predictor, held_out, table = save_results(self.writer, setup, trained, self.baseline)
        self.listener.on_safe_point()
        with removal_reported(self.writer.folder):
            with optional_step(self.listener, "The pictures could not be prepared"):
                begin_plots(artist, self.writer, setup, trained, predictor, held_out, animated=self.options.animated)
            self.listener.on_finished(self.writer.record, table)
            self._diagnose(setup, trained)
            save_plots(artist, self.writer, self.listener)

    def _build(self, dataset: Dataset) -> TrainingSetup:
        """Starts TensorFlow on the right device and builds the model."""
        refuse_missing(self.experiment.tracking)
        if stage := loading_stage():
            self.listener.on_stage(stage)
        from nnrun.model.runtime import start_tensorflow
        from nnrun.training.rule import side_by_side

        device = self.options.device or self.writer.record.device or "auto"
        threads = self.options.threads or self.writer.record.threads
        runtime = start_tensorflow(device, threads, side_by_side=side_by_side(self.experiment))
        self.listener.on_stage("building")
        from nnrun.predict.class_check import refuse_classes_of_values
        from nnrun.training.expectation_check import refuse_unknown
        from nnrun.training.experiment_training import setup_identity
        from nnrun.training.setup import build_setup

        checkpoint = self.resume.checkpoint if self.resume else None
        if self.options.models and not self.resume:
            setup = self.options.models.setup(self.experiment, dataset, runtime)
        else:
            setup = build_setup(self.experiment, dataset, runtime, checkpoint.identity.engine if checkpoint else None)
        refuse_unknown(setup)
        refuse_classes_of_values(setup.experiment, setup.model)
        if self.resume:
            self.resume.check_identity(setup_identity(setup, versions()), self.listener.on_warning)
        return setup

    def _begin(self, setup: TrainingSetup) -> None:
        """Stores and reports what is about to be trained."""
        from nnrun.predict.preview import make_preview
        from nnrun.training.experiment_training import setup_identity

        for warning in setup.warnings():
            self.listener.on_warning(warning)
        if self.resume:
            self.writer.write_resolved(resolved_text(self.experiment, self.writer.folder))
            now = setup_identity(setup, versions())
            self.writer.note(**self.resume.begun(self.experiment, self.writer.began, now))
        self.writer.note(**setup.facts(), layers=setup.summary())
        self.listener.on_built(self.experiment, self.writer.record.layers, setup.facts(), setup.parts())
        if preview := make_preview(self.experiment, setup.dataset, setup.model):
            self.listener.on_preview(preview)

    def _train(self, setup: TrainingSetup) -> Trained:
        """Trains the model; a training that diverges ends the run."""
        from nnrun.recorded_training import train_and_record
        from nnrun.training.failures import divergence

        trained = train_and_record(self.writer, setup, self.options, self.listener, self.resume)
        if trained.diverged:
            self._diagnose(setup, trained)
            first = next(iter(self.writer.record.diagnosis), None)  # the divergence, or what explains it
            raise divergence(self.experiment, trained.diverged, first.remedy if first else None)
        return trained

    def _diagnose(self, setup: TrainingSetup, trained: Trained) -> None:
        from nnrun.diagnosis.training_diagnosis import diagnose_training

        with optional_step(self.listener, "The training could not be diagnosed"):
            self.writer.note(diagnosis=diagnose_training(setup, trained))
            self.listener.on_diagnosed(self.writer.record.diagnosis)

    def _report(self) -> None:
        with optional_step(self.listener, "The report could not be written"):
            if self.options.reported:
                from nnrun.report.page.write import write_report

                write_report(self.writer.folder)
