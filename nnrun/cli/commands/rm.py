"""`nnrun rm`: runs and sweeps removed."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path

import click

from nnrun.cli.run_argument import RUN_OR_SWEEP, runs_dir_of, takes_runs

_AGE = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _age(context: click.Context, option: click.Parameter, value: str | None) -> timedelta | None:
    if value is None:
        return None
    found = _AGE.fullmatch(value)
    if found is None:
        raise click.BadParameter(f"write an age as 30d, 12h or 2w. Received: {value}", context, option)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


@click.command()
@click.argument("runs", nargs=-1, type=RUN_OR_SWEEP, metavar="[RUN]…")
@click.option("--older", callback=_age, metavar="AGE", help="Remove the runs that started longer ago, as 30d.")
@click.option("--keep-best", metavar="METRIC", help="Keep the best run of each experiment by this final metric.")
@click.option("--weights-only", is_flag=True, help="Remove only models, weights and checkpoints.")
@click.option("--dry-run", is_flag=True, help="Only print what would be removed.")
@click.option("--yes", is_flag=True, help="Do not ask; required without a terminal.")
@takes_runs
def rm(
    runs: tuple[Path, ...], older: timedelta | None, keep_best: str | None, weights_only: bool, dry_run: bool, yes: bool
) -> None:
    """Remove runs and sweeps.

    Only folders of runs and sweeps in the folder of runs are removed; none in which a process is training. The removed
    folders are printed. With --keep-best, the completed runs of an experiment of which none has the metric are kept.

    \b
    nnrun rm latest
    nnrun rm --older 30d --keep-best val_loss --dry-run
    nnrun rm --older 7d --weights-only --yes
    """
    from nnrun.runs.record import now
    from nnrun.store.removal import check_removable, older_runs, remove_run, without_best

    if not runs and older is None:
        raise click.UsageError("Name runs to remove, or give --older.")
    if runs and older is not None:
        raise click.UsageError("Name runs to remove, or give --older, not both.")
    runs_dir = runs_dir_of(click.get_current_context())
    folders = list(dict.fromkeys(runs)) if older is None else older_runs(runs_dir, older, now())
    if keep_best is not None:
        folders, unmeasured = without_best(folders, runs_dir, keep_best)
        for name in unmeasured:
            click.echo(f'The completed runs of {name} are kept: none has the metric "{keep_best}".', err=True)
    check_removable(folders, runs_dir)
    if not folders:
        click.echo("No runs to remove.", err=True)
    elif not dry_run and not yes:
        _confirm(folders, weights_only)
    for folder in folders:
        if not dry_run:
            remove_run(folder, weights_only=weights_only)
        click.echo(str(folder))


def _confirm(folders: list[Path], weights_only: bool) -> None:
    if not _is_terminal():
        raise click.UsageError("Without a terminal nothing is removed; add --yes.")
    for folder in folders:
        click.echo(str(folder), err=True)
    what = f"{len(folders)} run{'s' if len(folders) > 1 else ''}"
    click.confirm(f"Remove {'the weights of ' if weights_only else ''}{what}?", abort=True, err=True)


def _is_terminal() -> bool:
    return sys.stdin.isatty()
