"""The command `nnrun` and what happens around every command: errors and their exit statuses."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import click

from nnrun import __version__
from nnrun.cli.command_rooms import CommandRooms
from nnrun.cli.handing_over import WholeCommandLine, goes_warm
from nnrun.cli.settings import allow_code, name_variables, use_project
from nnrun.cli.signals import expect_writing, status_of_signal
from nnrun.cli.unknown_option import with_its_setting
from nnrun.errors import Bug, ExperimentError, Interrupted, OutputClosed, Reported, StorageError, UsageError
from nnrun.experiment.code.code_file import ALLOW_CODE

if TYPE_CHECKING:
    from nnrun.cli.held_resources import HeldResources

_DEBUG = "--debug"
# What a signal may end at any moment.
_WRITE_NOTHING = (
    *("catalog", "check", "compare", "diff", "doctor", "evaluate", "explain", "judge", "list", "predict", "schema"),
    *("show", "show-config", "warm"),
)
# What a warm worker runs, if there is one.
_RUN_WARM = ("train", "reproduce", "predict", "evaluate", "explain", "test")
_COMMANDS = (
    *("new", "data", "train", "live", "resume", "reproduce", "sweep", "merge", "freeze", "check", "test"),
    *("check-resume", "list", "show", "judge", "compare", "diff", "tag", "note", "rm"),
    *("predict", "evaluate", "plot", "report", "explain", "export", "catalog", "schema", "show-config", "doctor"),
    "warm",
)
_ROOMS = {name: name.replace("-", "_") for name in _COMMANDS} | {"list": "list_runs"}
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Commands(click.Group):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Uses the project for shell completion, too, which does not call the function below."""
        if ctx.resilient_parsing:
            with suppress(ExperimentError, StorageError):
                use_project(ctx, self)
        return super().parse_args(ctx, args)


def _prepared(name: str, command: click.Command) -> click.Command:
    name_variables(name, command)
    return goes_warm(command) if name in _RUN_WARM else command


@click.group(cls=_Commands, commands=CommandRooms(_ROOMS, _prepared), context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="nnrun")
@click.option(_DEBUG, is_flag=True, expose_value=False, help="Show the traceback of an error.")
@click.option(
    ALLOW_CODE,
    is_flag=True,
    expose_value=False,
    callback=allow_code,
    help="Run the Python code that an experiment or a run names; also behind a command.",
)
@click.pass_context
def nnrun(context: click.Context) -> None:
    """Train the neural network that a YAML file describes.

    \b
    nnrun new regression          write a first experiment file
    nnrun new data.csv            write one for your own data
    nnrun train regression.yaml   train it; everything about the run is saved under runs/
    nnrun check regression.yaml   find all mistakes in a file without training
    """
    use_project(context, nnrun)
    if context.invoked_subcommand not in _WRITE_NOTHING:
        expect_writing()


def main() -> NoReturn:
    """The entry point of earlier installations; the command starts in `nnrun.cli.entry`."""
    from nnrun.cli.entry import main as start

    start()


def run(arguments: list[str], *, hands_over: bool = False, held: HeldResources | None = None) -> int:
    """Runs one command and returns its exit status; errors are printed as the family of errors says.

    Args:
        arguments: the command line after `nnrun`.
        hands_over: whether a warm worker may run it in place of this process.
        held: what this process, a warm worker, holds for its commands.
    """
    debug = _DEBUG in arguments  # before a command or behind it
    found = WholeCommandLine(tuple(arguments), dict(os.environ)) if hands_over else held
    try:
        return _run(_allowing_code([argument for argument in arguments if argument != _DEBUG]), debug, found)
    except BrokenPipeError:
        return OutputClosed.exit_status
    except SystemExit as error:  # of click: 1 for a closed pipe, 0 after completions were printed for a shell
        return OutputClosed.exit_status if error.code else 0
    except OSError as error:  # of the output stream: files have messages of their own
        if (status := status_of_signal()) is not None:  # a terminal that is gone
            return status
        with suppress(OSError):
            _fail(f"The operating system refused: {error.strerror or error}", StorageError.exit_status, debug)
        return StorageError.exit_status


def _allowing_code(arguments: list[str]) -> list[str]:
    """The command line with the option of all commands before the command; what comes after `--` is no option."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if ALLOW_CODE not in options:
        return arguments
    return [ALLOW_CODE, *(argument for argument in options if argument != ALLOW_CODE), *arguments[len(options) :]]


def _run(arguments: list[str], debug: bool, found: WholeCommandLine | HeldResources | None) -> int:
    try:
        result = nnrun.main(arguments, prog_name="nnrun", standalone_mode=False, obj=found)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return Interrupted.exit_status
    except click.UsageError as error:
        with_its_setting(error).show()
        return UsageError.exit_status
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except OSError:
        raise
    except Reported as error:
        return _fail(str(error), error.exit_status, debug)
    except Exception as error:
        message = f"This is a bug in nnrun: {type(error).__name__}: {error} (see nnrun --debug)"
        return _fail(message, Bug.exit_status, debug)


def _fail(message: str, status: int, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exc()
    click.echo(message, err=True)
    return status


def ignore_strict_warnings() -> None:
    """Drops the user's filters that make warnings errors: warnings of libraries would end every command."""
    options = [option for option in sys.warnoptions if not "error".startswith(option.partition(":")[0])]
    if options != sys.warnoptions:
        sys.warnoptions[:] = options
        os.environ["PYTHONWARNINGS"] = ",".join(options)  # of the processes that this one starts
        warnings.filters[:] = [entry for entry in warnings.filters if entry[0] != "error"]  # type: ignore[index]


def flushed(status: int) -> int:
    """The exit status once all output is written."""
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except BrokenPipeError:
        return OutputClosed.exit_status
    except OSError:  # a terminal that is gone has sent SIGHUP
        return status_of_signal() or StorageError.exit_status
    return status
