"""`nnrun check`: what is wrong with experiment files, without TensorFlow."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.options import FILE, debug_option, set_option


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@set_option
@debug_option
def check(files: tuple[Path, ...], overrides: tuple[str, ...]) -> int:
    """Check experiment files without training them.

    Prints a line per file that is well, and every problem of the others with its place and what to do about it.
    Exit status 0 when all are well, 2 otherwise.
    """
    from nnrun.errors import ExperimentError
    from nnrun.spec.load import load_experiment

    status = 0
    for file in files:
        try:
            load_experiment(file, overrides)
            click.echo(f"{file}: ok")
        except ExperimentError as error:
            click.echo(str(error), err=True)
            status = error.exit_status
    return status
