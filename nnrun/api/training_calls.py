"""`nnrun.train` and `nnrun.resume`: a training in the calling process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.api.ctrl_c import deferred_interrupt
from nnrun.api.python_listener import PythonListener
from nnrun.api.python_settings import NAME, Settings, document_of, experiment_source, named_settings, overrides_of
from nnrun.api.refused_arguments import refuse_count
from nnrun.api.stored import AnyPath, Run, folder_of_runs, load
from nnrun.data.files.data_files import DataFiles
from nnrun.experiment.start_section import start_overrides
from nnrun.machine import code_access, data_folders, free_memory, keras_home, machine_memory, saves_git_patch
from nnrun.run_options import RunOptions

if TYPE_CHECKING:
    from nnrun.experiment.experiment import Experiment


def train(
    experiment: AnyPath | Mapping[str, Any],
    settings: Settings | None = None,
    *,
    name: str | None = None,
    start_from: AnyPath | Run | None = None,
    if_needed: bool = False,
    baseline: AnyPath | Run | None = None,
    runs_dir: AnyPath | None = None,
    device: str | None = None,
    threads: int | None = None,
    plots: bool = True,
    animated: bool = False,
    report: bool = True,
    verbose: bool = False,
    allow_code: bool = False,
) -> Run:
    """Trains an experiment in this process and saves everything about the run in a new folder, as `nnrun train` does.

    Args:
        experiment: an experiment file, or the settings of one as a mapping; paths in a mapping are relative to the
            present folder.
        settings: settings to change, by path, such as `{"optimizer.learning_rate": 0.01}`.
        name: the run's name in place of the experiment's own.
        start_from: the run whose weights it starts from, as `load` takes it; see `start` in an experiment file.
        if_needed: whether to train only what no completed run has trained, and to return that run otherwise; while
            another process trains it in this way, this one waits.
        baseline: the run that `baseline(…)` means in an expectation, as `load` takes it, or a file as its `run.json`.
        runs_dir: the folder of all runs; by default `NNRUN_RUNS_DIR`, else `runs`.
        device: `auto`, `cpu`, `gpu`, `gpu:N` or `all`; by default the first GPU, else the CPU.
        threads: threads within one operation; by default one per processor.
        plots: whether to draw the pictures of the run.
        animated: whether the animation of the training is among them.
        report: whether to write the report of the run.
        verbose: whether to print a line of progress a second.
        allow_code: whether to run the Python code that the experiment names; without it that is refused.

    Returns:
        The completed run; its `expectations` say which of them failed.

    Raises:
        ExperimentError: the experiment is not valid, or has folds of which none is chosen, which `sweep` trains; no
            folder is left behind.
        TrainingError: training diverged; the folder keeps the metrics up to there.
        StorageError: a file or folder could not be written.
        KeyboardInterrupt: Ctrl-C; the folder keeps a checkpoint of the last complete epoch, for `resume`.
    """
    from nnrun.needed_run import needed_run
    from nnrun.run import train_experiment

    source = experiment_source(experiment) if isinstance(experiment, Mapping) else None
    options = _options(device, threads, plots=plots, animated=animated, report=report, allow_code=allow_code)
    with named_settings(), _listening(verbose) as listener, _random_state_kept():
        started = start_overrides(load(start_from, runs_dir=runs_dir).path) if start_from is not None else ()
        files, found, folder = _read(experiment, source, (*overrides_of(settings), *started), name, options)
        where = folder_of_runs(runs_dir)
        options = replace(options, baseline=_baseline(baseline, runs_dir))
        train_new = partial(train_experiment, found, files, options, listener, folder, where)
        if if_needed:
            needed = needed_run(found, folder, where, device=device, threads=threads, baseline=options.baseline)
            return Run((needed.find() or needed.find_or_train(train_new, listener)[0]).folder)
        run = train_new()
    return Run(run.folder)


def resume(
    run: AnyPath | Run,
    settings: Settings | None = None,
    *,
    runs_dir: AnyPath | None = None,
    force: bool = False,
    device: str | None = None,
    threads: int | None = None,
    plots: bool = True,
    animated: bool = False,
    report: bool = True,
    verbose: bool = False,
    allow_code: bool = False,
) -> Run:
    """Resumes an interrupted run in its folder; the result is that of an uninterrupted run, bit for bit.

    Args:
        run: the run, as `load` takes it.
        settings: settings to change, by path: the learning rate of the epochs to come, or more epochs.
        runs_dir: the folder of all runs; by default `NNRUN_RUNS_DIR`, else `runs`.
        force: whether to resume where the result will differ from that of an uninterrupted run.
        device: the device; by default that of the run.
        threads: threads within one operation; by default those of the run.
        plots: whether to draw the pictures of the run.
        animated: whether the animation of the training is among them.
        report: whether to write the report of the run.
        verbose: whether to print a line of progress a second.
        allow_code: whether to run the Python code that the experiment names; without it that is refused.

    Returns:
        The completed run.

    Raises:
        ResumeError: the experiment, the data, a package or the machine has changed, or every checkpoint is damaged.
        ExperimentError, TrainingError, StorageError, KeyboardInterrupt: as for `train`.
    """
    from nnrun.run import resume_run

    folder = load(run, runs_dir=runs_dir).path
    options = _options(device, threads, plots=plots, animated=animated, report=report, allow_code=allow_code)
    with named_settings(), _listening(verbose) as listener, _random_state_kept():
        resumed = resume_run(folder, options, listener, overrides=overrides_of(settings), force=force)
    return Run(resumed.folder)


def _options(
    device: str | None, threads: int | None, *, plots: bool, animated: bool, report: bool, allow_code: bool
) -> RunOptions:
    refuse_count("threads", threads)
    return RunOptions(
        keras_home(),
        device,
        threads,
        animated=animated,
        plotted=plots,
        reported=report,
        memory=machine_memory(),
        free_memory=free_memory(),
        git_patch=saves_git_patch(),
        data_folders=data_folders(),
        code=code_access(allow_code),
    )


def _baseline(run: AnyPath | Run | None, runs_dir: AnyPath | None) -> Path | None:
    """The folder or file of the run that expectations compare with."""
    if run is None or (not isinstance(run, Run) and Path(run).is_file()):
        return None if run is None else Path(run)
    return load(run, runs_dir=runs_dir).path


def _read(
    experiment: AnyPath | Mapping[str, Any],
    source: bytes | None,
    overrides: tuple[str, ...],
    name: str | None,
    options: RunOptions,
) -> tuple[DataFiles, Experiment, Path]:
    """The data files that are read, the experiment, and the folder that it lies in."""
    from nnrun.load import interpret, load_experiment, override
    from nnrun.runs.recorded_files import data_files_of

    if source is None:
        assert not isinstance(experiment, Mapping)
        file = Path(experiment)
        files = data_files_of(file, *options.files)
        return files, load_experiment(file, overrides, name, files), file.parent
    files, folder = DataFiles(options.data_folders, (), *options.files[1:]), Path.cwd()
    document = document_of(source)
    override(document, overrides, name)
    return files, interpret(document, source, NAME, folder, files), folder


@contextmanager
def _listening(verbose: bool) -> Iterator[PythonListener]:
    listener = PythonListener(verbose=verbose)
    with deferred_interrupt(listener.describe_interrupt) as listener.check:
        yield listener


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Restores the generators of Python and NumPy, which Keras seeds for a training."""
    import random

    import numpy as np

    states = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
