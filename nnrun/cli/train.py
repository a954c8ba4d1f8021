"""`nnrun train`: an experiment file becomes a trained model and a run folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.options import FILE, FOLDER, debug_option, set_option

if TYPE_CHECKING:
    from nnrun.run import Run
    from nnrun.watch import Watcher

_NOT_MET = 1


@click.command()
@click.argument("file", type=FILE)
@set_option
@click.option("--runs-dir", type=FOLDER, default=Path("runs"), show_default=True, help="The folder of all runs.")
@click.option("--name", help="The run's name in place of the experiment's own.")
@click.option("--device", default="auto", show_default=True, metavar="auto|cpu|gpu|gpu:N", help="Where to train.")
@click.option("-q", "--quiet", is_flag=True, help="Print the run folder alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the run's record as one line of JSON.")
@debug_option
def train(
    file: Path,
    overrides: tuple[str, ...],
    runs_dir: Path,
    name: str | None,
    device: str,
    quiet: bool,
    as_json: bool,
) -> int:
    """Train the experiment of FILE.

    Writes metrics, weights, predictions and pictures into a new folder below the runs folder; its path is the last
    line of standard output, all else goes to standard error.

    \b
    Exit status: 0 done, 1 an expectation was not met, 2 bad experiment or usage, 3 training diverged,
    4 a file could not be written, 130 interrupted.
    """
    from nnrun.run import Request, train_file

    keras_home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    command = ("nnrun", *sys.argv[1:])
    request = Request(file, keras_home, overrides, name, runs_dir, device, command)
    watcher = _watcher(quiet)
    with watcher:
        run = train_file(request, watcher)
    click.echo(_json(run) if as_json else str(run.folder))
    unmet = [verdict for verdict in run.record.expectations if not verdict.met]
    if unmet:
        listed = "; ".join(f"{v.expectation} (measured {v.value:g})" for v in unmet if v.value is not None)
        click.echo(f"Not met: {listed}", err=True)
    return _NOT_MET if unmet else 0


def _watcher(quiet: bool) -> Watcher:
    if quiet:
        from nnrun.watch import Watcher

        return Watcher()
    from nnrun.cli.terminal import LogWatcher, ProgressWatcher

    plain = (
        not sys.stderr.isatty() or "NO_COLOR" in os.environ or "CI" in os.environ or os.environ.get("TERM") == "dumb"
    )
    return LogWatcher() if plain else ProgressWatcher()


def _json(run: Run) -> str:
    import json

    from nnrun.store.record import to_json

    return json.dumps({"folder": str(run.folder), **json.loads(to_json(run.record))})
