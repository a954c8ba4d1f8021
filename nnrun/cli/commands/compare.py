"""`nnrun compare`: what a sweep says about its points, and whether they differ beyond chance."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.options import FOLDER, debug_option
from nnrun.errors import printable


@click.command()
@click.argument("sweep", type=FOLDER)
@click.argument("points", nargs=-1, metavar="[POINT POINT]")
@click.option(
    "--measure",
    metavar="NAME",
    help="What is compared, as final_loss; by default what the report judges by.",
)
@debug_option
def compare(sweep: Path, points: tuple[str, ...], measure: str | None) -> int:
    """Compare the points of the sweep in the folder SWEEP.

    A point is the trials that differ in their seeds alone, named by its settings or by its variant. For each, the
    median with its 95 % interval; for two of them, or for each pair where there are at most five, the
    Mann-Whitney test and Cliff's delta, and whether the difference is beyond chance.

    \b
    nnrun compare runs/20261123-142233-xor-sweep
    nnrun compare runs/20261123-142233-xor-sweep units=16 units=32
    """
    if len(points) not in (0, 2):
        raise click.UsageError("Name two points, or none for each pair.")
    from nnrun.sweep.results.comparison import compare_configurations

    click.echo(printable("\n".join(compare_configurations(sweep, points, measure))))
    return 0
