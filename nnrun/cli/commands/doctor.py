"""`nnrun doctor`: whether a training could run here, and with what."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

import nnrun
from nnrun.cli.options import FOLDER, debug_option
from nnrun.errors import ExperimentError, NnrunError, Problem

_PACKAGES = ("keras", "tensorflow", "numpy", "scikit-learn", "matplotlib", "PyYAML", "click", "rich")


@click.command()
@click.option("--runs-dir", type=FOLDER, default=Path("runs"), show_default=True, help="The folder of all runs.")
@debug_option
def doctor(runs_dir: Path) -> int:
    """Tell whether a training could run here.

    Prints versions, devices and threads, whether the catalogue of components is that of the installed Keras, and
    whether the runs folder can be written. What stands in the way goes to standard error.

    \b
    Exit status: 0 a training could run, 2 a package or device is missing, 4 the runs folder cannot be written.
    """
    import platform

    click.echo(f"Python {platform.python_version()} on {platform.platform(terse=True)}")
    click.echo(f"nnrun {nnrun.__version__}")
    versions = [partial(_version, package) for package in _PACKAGES]
    probes: list[Callable[[], str]] = [*versions, _catalogue, _devices, partial(_writable, runs_dir)]
    status = max(_report(probe) for probe in probes)
    if status == 0:
        click.echo("A training could run here.")
    return status


def _report(probe: Callable[[], str]) -> int:
    """Prints what a probe finds; its exit status."""
    try:
        click.echo(probe())
    except NnrunError as error:
        click.echo(str(error), err=True)
        return error.exit_status
    return 0


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError as error:
        raise ExperimentError(Problem(f"{package} is missing.", hint=f"pip install {package}")) from error


def _catalogue() -> str:
    from importlib import metadata

    from nnrun.experiment.schema.catalog import load_catalog

    made_from = load_catalog().keras
    try:
        installed = metadata.version("keras")
    except metadata.PackageNotFoundError:
        return f"The catalogue of components is that of Keras {made_from}."
    if installed == made_from:
        return f"The catalogue of components is in step with Keras {installed}."
    return (
        f"The catalogue of components is that of Keras {made_from}, not of {installed}: "
        "some arguments may be refused, or unknown to an experiment."
    )


def _devices() -> str:
    """The devices, once TensorFlow has started and computed something."""
    try:
        from nnrun.model.runtime import start_tensorflow

        runtime = start_tensorflow()
        if runtime.warning:
            click.echo(runtime.warning, err=True)
        import tensorflow as tf

        tf.linalg.matmul(tf.ones((2, 2)), tf.ones((2, 2)))
        gpus = [f"gpu:{i}" for i in range(len(tf.config.list_physical_devices("GPU")))]
    except NnrunError:
        raise
    except Exception as error:
        raise ExperimentError(f"TensorFlow does not work: {type(error).__name__}: {error}") from error
    return f"Devices: {', '.join(['cpu', *gpus])}; auto takes {runtime.device}; {runtime.threads} threads"


def _writable(runs_dir: Path) -> str:
    """Whether a run folder could be made; nothing is left behind."""
    import tempfile

    from nnrun.runs.storage_errors import storage_errors

    with storage_errors("write to", runs_dir):
        there = next(folder for folder in (runs_dir, *runs_dir.absolute().parents) if folder.exists())
        with tempfile.TemporaryDirectory(dir=there):
            pass
    made = "" if there == runs_dir else ", which the first run will make"
    return f"Runs go to {runs_dir}{made}"
