"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from nnrun.cli.completion import ExperimentFile
from nnrun.machine import RUNS_DIR_VARIABLE

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
    "envvar": RUNS_DIR_VARIABLE,
    "show_envvar": True,
    "help": "The folder of all runs.",
}
runs_dir_option = click.option("--runs-dir", **RUNS_DIR)


WEIGHTS: Mapping[str, Any] = {
    "type": click.Choice(("kept", "best", "last")),
    "default": "kept",
    "show_default": True,
    "help": "The weights of the run's model, or those of its best or last epoch.",
}


class LeavingOut(click.Option):
    """Flags that each leave something out, as one option: its value has `plots` where `--no-plots` is given."""

    def __init__(self, names: Sequence[str], **attributes: Any) -> None:
        super().__init__(names, multiple=True, **attributes)
        self.is_flag = True

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Lets each of the flags add its own name."""
        for flag in self.opts:
            parser.add_option(
                obj=self, opts=[flag], dest=self.name, action="append_const", const=flag.removeprefix("--no-")
            )


class QuietFlag(click.Option):
    """`-q` and `--quiet`; `--no-quiet` undoes a setting of the environment or the project, and is not listed."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Lets the last of the flags count."""
        super().add_to_parser(parser, ctx)
        parser.add_option(obj=self, opts=["--no-quiet"], dest=self.name, action="store_const", const=False)


def quiet_option(help: str) -> Callable[[Command], Command]:
    """The option `-q`."""
    return click.option("-q", "--quiet", cls=QuietFlag, is_flag=True, help=help)


def format_option(formats: Iterable[str], help: str, default: str | None = "text") -> Callable[[Command], Command]:
    """The option `--format`, whose value a command takes as `form`."""
    choice = click.Choice(tuple(formats))
    return click.option("--format", "form", type=choice, default=default, show_default=default is not None, help=help)


_ROW_SUFFIXES = (".csv", ".npz")


def out_option(help: str) -> Callable[[Command], Command]:
    """The option `--out` of a command that writes rows into a CSV or npz file; an existing one is replaced."""

    def check(context: click.Context, option: click.Parameter, value: Path | None) -> Path | None:
        if value is not None and value.suffix not in _ROW_SUFFIXES:
            message = f"the name ends with {' or '.join(_ROW_SUFFIXES)}. Received: {value}"
            raise click.BadParameter(message, context, option)
        return value

    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("--out", type=kind, callback=check, metavar="FILE", help=help)


def output_options(what: str) -> Callable[[Command], Command]:
    """The options `-q` and `--json` of a command that writes a folder.

    Args:
        what: what the folder holds, such as `run`.
    """
    quiet = quiet_option(f"Print only the {what}'s folder, and failures in short.")
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
