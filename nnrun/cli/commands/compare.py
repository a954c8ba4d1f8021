"""`nnrun compare`: the configurations of a sweep, and whether they differ significantly."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.options import FOLDER
from nnrun.errors import printable


@click.command()
@click.argument("sweep", type=FOLDER)
@click.argument("configurations", nargs=-1, metavar="[CONFIGURATION CONFIGURATION]")
@click.option(
    "--measure",
    metavar="NAME",
    help="The metric to compare, as final_loss; by default the one that the report compares.",
)
def compare(sweep: Path, configurations: tuple[str, ...], measure: str | None) -> int:
    """Compare the configurations of a sweep statistically.

    SWEEP is the folder of a sweep. A configuration is all trials that differ only in their seeds; its name is its
    settings or its variant. Prints the median of each with its 95 % confidence interval. For two configurations, or for
    each pair of at most five, it prints which is better, and whether that is statistically significant: by the Wilcoxon
    signed-rank test of the trials paired by seed where both have the same seeds, else by the Mann-Whitney U test.

    \b
    nnrun compare runs/20261123-142233-xor-sweep
    nnrun compare runs/20261123-142233-xor-sweep units=16 units=32
    """
    if len(configurations) not in (0, 2):
        raise click.UsageError("Name two configurations, or none to compare each pair.")
    from nnrun.sweep.results.comparison import compare_configurations

    click.echo(printable("\n".join(compare_configurations(sweep, configurations, measure))))
    return 0
