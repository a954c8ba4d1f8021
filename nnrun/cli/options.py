"""Options that several commands share, and what the environment says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from nnrun.cli.completion import ExperimentFile

Command = TypeVar("Command", bound=Callable[..., Any])

# A file that cannot be opened is reported like every other problem, so click does not check it.
FILE = ExperimentFile(path_type=Path, readable=False)
FOLDER = click.Path(path_type=Path, readable=False)

set_option = click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a setting, as optimizer.learning_rate=0.01."
)
RUNS_DIR: Mapping[str, Any] = {
    "type": FOLDER,
    "default": Path("runs"),
    "show_default": True,
    "envvar": "NNRUN_RUNS_DIR",
    "show_envvar": True,
    "help": "The folder of all runs.",
}
runs_dir_option = click.option("--runs-dir", **RUNS_DIR)


def format_option(formats: Iterable[str], help: str, default: str | None = "text") -> Callable[[Command], Command]:
    """The option `--format`, whose value a command takes as `form`."""
    choice = click.Choice(tuple(formats))
    return click.option("--format", "form", type=choice, default=default, show_default=default is not None, help=help)


def output_options(what: str) -> Callable[[Command], Command]:
    """The options `-q` and `--json` of a command that writes a folder.

    Args:
        what: what the folder holds, such as `run`.
    """
    quiet = click.option("-q", "--quiet", is_flag=True, help=f"Print only the {what}'s folder.")
    as_json = click.option("--json", "as_json", is_flag=True, help=f"Print the {what}'s record as one line of JSON.")
    return lambda command: quiet(as_json(command))


def moved_option(name: str, instead: str, *, takes_value: bool = False) -> Callable[[Command], Command]:
    """An option of earlier versions: hidden, and a usage error that names what replaces it."""

    def refuse(context: click.Context, option: click.Parameter, value: object) -> None:
        if value:
            raise click.UsageError(f"{name} was replaced: {instead}", context)

    return click.option(
        name, is_flag=not takes_value, is_eager=True, hidden=True, expose_value=False, callback=refuse, help=instead
    )


def refuse_options(names: Iterable[str], reason: str) -> None:
    """Refuses those of the running command's options that are given and would have no effect.

    Args:
        names: the parameters' names.
        reason: why they do not apply; the end of a sentence.

    Raises:
        click.UsageError: one of them is on the command line.
    """
    context = click.get_current_context()
    for parameter in context.command.params:
        if parameter.name in names and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{parameter.opts[-1]} does not apply: {reason}", context)


def keras_home() -> Path:
    """The folder in which Keras keeps downloaded data sets."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))


def data_folders() -> tuple[Path, ...]:
    """The folders whose data files may be read wherever an experiment lies, from `NNRUN_DATA_DIR`; a colon between."""
    return tuple(Path(folder) for folder in os.environ.get("NNRUN_DATA_DIR", "").split(os.pathsep) if folder)
