"""`nnrun reproduce`: a run trained again, and whether its results are the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli import train_options
from nnrun.cli.options import format_option, quiet_option, set_option
from nnrun.cli.run_argument import RUN, runs_dir_of, takes_runs
from nnrun.cli.terminal import terminal_width

if TYPE_CHECKING:
    from nnrun.run_options import RunOptions

_DIFFERENT = 1


@click.command()
@click.argument("run", type=RUN)
@set_option
@takes_runs
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=1e-3,
    show_default=True,
    metavar="PART",
    help="By how much a final metric may differ, as a part of its value.",
)
@format_option(("text", "json"), "Output format of the result.")
@train_options.computing_options
@quiet_option("Print only the result.")
def reproduce(
    run: Path, overrides: tuple[str, ...], tolerance: float, form: str, options: RunOptions, quiet: bool
) -> int:
    """Train a completed run again and compare the results.

    RUN is the folder of a run, the beginning of its name, latest, latest:NAME, best:METRIC or SWEEP/INDEX. Its
    resolved.yaml is trained in a new folder, on the device and with the number of threads of the run unless the options
    name others. Prints whether weights and metrics are identical bit for bit, the final metrics equal within the
    tolerance, or different, and which versions, settings of the machine or data differ. --set can only name the place
    of a data file, or of the run that it starts from, where that was moved.

    \b
    nnrun reproduce latest
    nnrun reproduce best:val_loss --no-plots --format json

    \b
    Exit status: 0 identical or equal, 1 different; otherwise as for train.
    """
    with train_options.make_listener(quiet) as listener:
        listener.on_stage(f"reading {run}")
        from nnrun.reproduction import reproduce_run

        runs_dir = runs_dir_of(click.get_current_context())
        done = reproduce_run(run, options, listener, overrides=overrides, runs_dir=runs_dir, tolerance=tolerance)
    from nnrun.cli.reproduction_page import as_json, as_text

    click.echo(as_json(done) if form == "json" else as_text(done, terminal_width()))
    return _DIFFERENT if done.result == "different" else 0
