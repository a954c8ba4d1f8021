"""Writes a run as a plain Keras program, runs it, and compares the weights that it ends with."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nnrun.errors import ExperimentError, Problem, TrainingError, listed
from nnrun.experiment.code.callable_code import NAME as PYTHON
from nnrun.export.exported import Exported, release
from nnrun.export.script import repeatable_training, script_text
from nnrun.export.target import staged
from nnrun.runs.arrays import read_arrays
from nnrun.runs.storage_errors import temporary_file_errors
from nnrun.runs.trained_files import TrainedFiles

# Runs the program as `python FILE` does where it will lie, then writes the weights of its variable `model`.
_RUNNER = """
import sys
program, place, weights = sys.argv[1:]
names = {"__name__": "__main__", "__file__": place}
with open(program, encoding="utf-8") as file:
    exec(compile(file.read(), place, "exec"), names)
import numpy
numpy.savez(weights, **{f"{i:06}": values for i, values in enumerate(names["model"].get_weights())})
"""
# Of the largest weight. Rounding that differs, under XLA or with another number of threads, grows from step to step.
_TOLERANCE = 1e-3
_POLL = 0.2  # seconds


def export_script(files: TrainedFiles, out: Path, *, check: bool, on_stage: Callable[[str], None]) -> Exported:
    """Writes the program of a run.

    Args:
        files: what the run's folder holds, with the weights that the program is to end with.
        out: the place of the program.
        check: whether to run it before it takes its place.
        on_stage: is notified of what is done, and may raise.

    Raises:
        ExperimentError: no program can repeat the run, or something is at `out`.
        TrainingError: the program fails, or ends with other weights.
        StorageError: a file cannot be written.
    """
    if files.experiment.code or files.experiment.data.generator.name == PYTHON:
        names = listed([file.name for file in files.experiment.code]) or "a function that makes its rows"
        message = f"A script holds no code of your own, and this run is made of some: {names}."
        raise ExperimentError(Problem(message, hint="Export the model: --format keras"))
    best = _ends_with_best(files)
    text = script_text(repeatable_training(files, best=best), out.parent.absolute(), _head(files))
    compile(text, str(out), "exec")
    with staged([out]) as (path,):
        path.write_text(text, encoding="utf-8")
        said = "The weights were not compared: the script was not run."
        if check:
            on_stage("running the script")
            said = _compare(files, _run(text, out, on_stage))
    return Exported(out, (said,))


def _ends_with_best(files: TrainedFiles) -> bool:
    """Whether the weights are those of the best epoch, which no callback restores.

    Raises:
        ExperimentError: they are of an epoch with which no program ends.
    """
    record, epoch = files.record, files.weights.epoch
    if epoch == record.kept_epoch:
        return files.experiment.keep == "best"
    if epoch == record.best_metrics.get("epoch"):
        return True
    if epoch == record.epochs and not any("restore_best_weights" in c.arguments for c in files.experiment.callbacks):
        return False
    raise ExperimentError(
        Problem(f"A script cannot end with the weights of epoch {epoch}.", hint="Leave --weights out.")
    )


def _head(files: TrainedFiles) -> str:
    versions = files.record.versions
    known = [f"{name} {versions[name]}" for name in ("keras", "tensorflow", "numpy") if name in versions]
    return (
        f"The experiment {files.experiment.name} as a plain Keras program.\n\n"
        f"Written by nnrun {release()} for a run with {', '.join(known)}; with these versions, the same\n"
        "processor and the same number of threads it ends with the same weights."
        + (
            "\nXLA rounds differently when it compiles other code: equal up to rounding."
            * (files.record.engine == "xla")
        )
        + "\n"
    )


def _run(text: str, out: Path, on_stage: Callable[[str], None]) -> list[np.ndarray]:
    """The weights that the program ends with."""
    with temporary_file_errors(), tempfile.TemporaryDirectory(prefix="nnrun-") as name:
        folder = Path(name)
        program, weights, log = folder / out.name, folder / "weights.npz", folder / "log"
        program.write_text(text, "utf-8")
        command = [sys.executable, "-c", _RUNNER, str(program), str(out.absolute()), str(weights)]
        with log.open("wb") as stream:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, cwd=folder)
            try:
                while process.poll() is None:
                    on_stage("running the script")
                    _wait(process)
            finally:
                process.kill()
                process.wait()
        if process.returncode:
            lines = log.read_text("utf-8", "replace").strip().splitlines() or ["no message"]
            raise TrainingError(Problem(f"The script ended with status {process.returncode}: {lines[-1]}"))
        return list(read_arrays(weights).values())


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_POLL)
    except subprocess.TimeoutExpired:
        return


def _compare(files: TrainedFiles, found: list[np.ndarray]) -> str:
    """What the weights of the program are beside those of the run."""
    own = list(files.weights.arrays.values())
    if [values.shape for values in own] != [values.shape for values in found]:
        raise TrainingError(Problem("The script builds a network of other shapes than the run's; it was not kept."))
    if all(np.array_equal(a, b, equal_nan=True) for a, b in zip(own, found, strict=True)):
        return "Run again, it ends with the run's weights, bit for bit."
    difference = max(float(np.abs(a - b).max(initial=0)) for a, b in zip(own, found, strict=True))
    largest = max(float(np.abs(values).max(initial=0)) for values in own)
    if difference <= _TOLERANCE * largest:
        return f"Run again, it ends with the run's weights up to rounding: the largest difference is {difference:.2g}."
    message = f"The script ends with other weights than the run: the largest difference is {difference:.2g}."
    hint = "Versions, threads or environment variables differ from those in run.json, or rounding has grown."
    raise TrainingError(Problem(f"{message} It was not kept.", hint=f"{hint} --no-check writes it all the same."))
