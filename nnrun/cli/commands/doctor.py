"""`nnrun doctor`: whether this machine is ready to train, and with which versions and devices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from click.core import ParameterSource

import nnrun
from nnrun.cli.options import runs_dir_option
from nnrun.errors import ExperimentError, NnrunError, Problem

_PACKAGES = ("keras", "tensorflow", "numpy", "scikit-learn", "matplotlib", "PyYAML", "click", "rich")


@click.command()
@runs_dir_option
def doctor(runs_dir: Path) -> int:
    """Check that this machine is ready to train.

    Prints versions, devices and threads, whether the catalog of components matches the installed Keras, whether the
    runs folder is writable, the settings of commands with where they come from: the command line, the environment,
    pyproject.toml or the default, and warm workers. Problems go to standard error.

    \b
    Exit status: 0 ready to train, 2 a package or device is missing, 4 the runs folder is not writable.
    """
    import platform

    click.echo(f"Python {platform.python_version()} on {platform.platform(terse=True)}")
    click.echo(f"nnrun {nnrun.__version__}")
    versions = [partial(_version, package) for package in _PACKAGES]
    probes: list[Callable[[], str]] = [*versions, _catalog, _devices, partial(_writable, runs_dir)]
    status = max(_report(probe) for probe in probes)
    _print_settings()
    _print_workers()
    if status == 0:
        click.echo("Ready to train.")
    return status


def _print_settings() -> None:
    """Prints the settings that hold for all commands, and the variables that look like one and are none."""
    from nnrun.cli.settings import settings_in_force, unknown_variables
    from nnrun.cli.terminal import table, terminal_width
    from nnrun.errors import printable

    context = click.get_current_context()
    group = context.find_root().command
    assert isinstance(group, click.Group)
    source = context.get_parameter_source("runs_dir")
    given = {"runs-dir": context.params["runs_dir"]} if source is ParameterSource.COMMANDLINE else {}
    rows = [["setting", "value", "from"], *(list(row) for row in settings_in_force(group, given))]
    click.echo(printable("\n".join(table(rows, terminal_width()))))
    for message in unknown_variables(group):
        click.echo(printable(message), err=True)


def _print_workers() -> None:
    """Prints the warm workers, if there are any."""
    from nnrun.cli.commands.warm import state_in_words, states

    try:
        for state in states("state"):
            click.echo(f"Warm worker: {state_in_words(state)}")
    except NnrunError as error:  # a folder that is not the user's own: commands run without a worker
        click.echo(str(error), err=True)


def _report(probe: Callable[[], str]) -> int:
    """Prints the result of a probe; its exit status."""
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


def _catalog() -> str:
    from importlib import metadata

    from nnrun.experiment.schema.catalog import load_catalog

    made_from = load_catalog().keras
    try:
        installed = metadata.version("keras")
    except metadata.PackageNotFoundError:
        return f"The catalog of components was made from Keras {made_from}."
    if installed == made_from:
        return f"The catalog of components matches Keras {installed}."
    return (
        f"The catalog of components was made from Keras {made_from}, not {installed}: "
        "some new arguments are unknown to nnrun, some removed ones fail when the model is built."
    )


def _devices() -> str:
    """The devices, after a first computation with TensorFlow."""
    from nnrun.cli.stage_line import shown_stages
    from nnrun.runs.provenance import tensorflow

    try:
        with shown_stages(f"loading {tensorflow()}"):
            from nnrun.model.runtime import start_tensorflow

            runtime = start_tensorflow()
            import tensorflow as tf

            tf.linalg.matmul(tf.ones((2, 2)), tf.ones((2, 2)))
        if runtime.warning:
            click.echo(runtime.warning, err=True)
        gpus = [f"gpu:{i}" for i in range(len(tf.config.list_physical_devices("GPU")))]
    except NnrunError:
        raise
    except Exception as error:
        raise ExperimentError(f"TensorFlow does not work: {type(error).__name__}: {error}") from error
    return f"Devices: {', '.join(['cpu', *gpus])}; auto selects {runtime.device}; {runtime.threads} threads"


def _writable(runs_dir: Path) -> str:
    """Whether a run folder can be created; nothing is left behind."""
    import tempfile

    from nnrun.runs.storage_errors import storage_errors

    with storage_errors("write to", runs_dir):
        there = next(folder for folder in (runs_dir, *runs_dir.absolute().parents) if folder.exists())
        with tempfile.TemporaryDirectory(dir=there):
            pass
    created = "" if there == runs_dir else ", which the first run creates"
    return f"Runs folder: {runs_dir}{created}"
