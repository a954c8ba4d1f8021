"""The argument RUN of every command that takes a run: a folder or one of the names of `store.references`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnrun.cli.options import FILE, RUNS_DIR, Command

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_RUNS_DIR = "nnrun.runs_dir"


def runs_dir_of(context: click.Context | None) -> Path:
    """The folder of all runs of a command with `takes_runs`."""
    found: Path = context.meta.get(_RUNS_DIR, Path("runs")) if context else Path("runs")
    return found


class RunReference(click.ParamType):  # type: ignore[type-arg]  # generic only for type checkers, in some versions
    """A run by its folder or name; becomes the path of its folder.

    Args:
        sweeps: whether it may be a sweep.
    """

    name = "run"

    def __init__(self, *, sweeps: bool = False) -> None:
        self.sweeps = sweeps

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The folder that is meant."""
        if isinstance(value, Path):
            return value
        from nnrun.store.references import find_run

        return find_run(value, runs_dir_of(ctx), sweeps=self.sweeps)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names of runs, newest first, and folders."""
        from click.shell_completion import CompletionItem

        runs_dir = runs_dir_of(ctx)
        try:
            names = sorted((entry.name for entry in os.scandir(runs_dir) if entry.is_dir()), reverse=True)
        except OSError:
            names = []
        known = ["latest", *names] if names else []
        found = [CompletionItem(name) for name in known if name.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="dir")]


def takes_runs(command: Command) -> Command:
    """The option `--runs-dir` of a command whose arguments name runs; it is read before them."""

    def remember(context: click.Context, option: click.Parameter, value: Path) -> Path:
        context.meta[_RUNS_DIR] = value
        return value

    return click.option("--runs-dir", **RUNS_DIR, is_eager=True, expose_value=False, callback=remember)(command)


class FileOrRun(RunReference):
    """An experiment file, or a run by its folder or name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The file or the folder that is meant; what is named as an experiment file is one, also if it is missing."""
        path = Path(value)
        if path.suffix in (".yaml", ".yml") or (path.exists() and not path.is_dir()):
            return path
        return super().convert(value, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Experiment files, and the names of runs."""
        runs = [item for item in super().shell_complete(ctx, param, incomplete) if item.type == "plain"]
        return [*FILE.shell_complete(ctx, param, incomplete), *runs]


class TrialReference(RunReference):
    """A trial of a sweep as SWEEP/INDEX; becomes the path of the sweep's folder and the trial's number."""

    name = "trial"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The trial that is meant."""
        if isinstance(value, tuple):
            return value
        from nnrun.store.references import find_trial

        return find_trial(value, runs_dir_of(ctx))


RUN = RunReference()
TRIAL = TrialReference(sweeps=True)
RUN_OR_SWEEP = RunReference(sweeps=True)
FILE_OR_RUN = FileOrRun()
