"""Writes a run as a plain Keras program, runs it, and compares the weights that it ends with."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array, Dataset
from nnrun.errors import ExperimentError, Problem, TrainingError, listed
from nnrun.export.column_code import NoDataCode
from nnrun.export.exported import Exported, release
from nnrun.export.script import program_variables, repeatable_training, script_text
from nnrun.export.stored_parts import stored_parts
from nnrun.export.target import staged
from nnrun.runs.arrays import read_arrays, write_arrays
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


@dataclass(frozen=True)
class _Program:
    """The text of a program, the arrays that lie beside it, and why they do."""

    text: str
    arrays: Mapping[str, Array]
    said: tuple[str, ...] = ()


def export_script(
    files: TrainedFiles,
    out: Path,
    read_data: Callable[[], Dataset],
    *,
    check: bool,
    on_stage: Callable[[str], None],
) -> Exported:
    """Writes the program of a run, and its data where no code makes them.

    Args:
        files: what the run's folder holds, with the weights that the program is to end with.
        out: the place of the program; the data are written beside it, as `NAME-data.npz`.
        read_data: gives the data that the run was trained with.
        check: whether to run it before it takes its place.
        on_stage: is notified of what is done, and may raise.

    Raises:
        ExperimentError: no program can repeat the run, or something is at a place.
        TrainingError: the program fails, or ends with other weights.
        StorageError: a file cannot be read or written, or the data are no longer those of the training.
    """
    if files.experiment.code:
        names = listed([file.name for file in files.experiment.code])
        message = f"A script holds no code of your own, and this run is made of some: {names}."
        raise ExperimentError(Problem(message, hint="Export the model: --format keras"))
    program = _program(files, out, read_data, on_stage)
    compile(program.text, str(out), "exec")
    with staged([*([_data_file(out)] if program.arrays else []), out]) as paths:
        paths[-1].write_text(program.text, encoding="utf-8")
        if program.arrays:
            write_arrays(paths[0], program.arrays)
        said = "The weights were not compared: the script was not run."
        if check:
            on_stage("running the script")
            place = paths[-1] if program.arrays else out  # beside its data
            said = _compare(files, _run(program.text, place, on_stage))
    return Exported(out, (*program.said, said))


def _program(
    files: TrainedFiles, out: Path, read_data: Callable[[], Dataset], on_stage: Callable[[str], None]
) -> _Program:
    training = repeatable_training(files, best=_ends_with_best(files))
    folder, head = out.parent.absolute(), _head(files)
    try:
        return _Program(script_text(training, folder, head), {})
    except NoDataCode as lacking:
        reason = lacking.problems[0].message
        if files.experiment.data.stream:
            message = f"{reason} Rows that were streamed are not written beside it."
            raise ExperimentError(Problem(message, hint="Export the model: --format keras")) from lacking
    on_stage("preparing the data")
    file = _data_file(out).name
    stored = stored_parts(files.experiment, files.data, read_data(), file, program_variables())
    said = f"{reason} Its data are in {file}, prepared for the network."
    return _Program(script_text(training, folder, f"{head}\n{said}\n", stored), stored.arrays, (said,))


def _data_file(out: Path) -> Path:
    return out.with_name(f"{out.stem}-data.npz")


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
